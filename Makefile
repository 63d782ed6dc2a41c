# One list of commands for people and for CI. Each only wraps "python -m triage_kit" or a tool: nothing needs make.
# "make help" lists them. Works with GNU make 3.81 and newer, and in a folder whose path holds spaces.

.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.installed
DEV := $(VENV)/.installed-dev

# make report FILE=data/my_file.csv SCHOOL=myschool.edu OUT=reports
# The sample's school is the sample's alone: of another file, school.toml or the file itself says whose it is.
ifeq ($(FILE),)
FILE := data/sample/failed_rows.csv
SCHOOL ?= example.edu
endif
OUT ?= reports
# make test ARGS="tests/test_reading.py -k bom"
ARGS ?=

# uv compiles no bytecode unless asked, and without it every start takes seconds longer.
export UV_COMPILE_BYTECODE := 1
export UV_NO_PROGRESS := 1

.PHONY: setup report test proof lint format bench docs lab clean help

setup: $(RUNTIME) ## install everything into .venv (the other commands do it themselves when needed)

report: $(RUNTIME) ## write the report of the sample file, or of FILE=… SCHOOL=… OUT=…
	@$(PY) -m triage_kit report "$(FILE)" $(if $(SCHOOL),--school-domain "$(SCHOOL)") --out "$(OUT)"

test: $(DEV) ## run the tests, or ARGS="tests/test_reading.py"
	$(PY) -m pytest $(ARGS)

proof: $(DEV) ## prove the to-do folder for 200 invented schools and show the share of rows claimed
	PROOF_SCHOOLS=200 $(PY) -m pytest -q -s tests/test_actions_proof.py

lint: $(DEV) ## check style, types, and that no notebook carries outputs
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m nbstripout --keep-id --verify notebooks/*.ipynb

format: $(DEV) ## put modules and notebooks into the house style
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PY) -m nbstripout --keep-id notebooks/*.ipynb

bench: $(DEV) ## measure speed and memory
	$(PY) -m benchmarks $(ARGS)

docs: $(RUNTIME) ## write the pages in docs/ anew from the rule files
	$(PY) docs/write_pages.py

lab: $(RUNTIME) ## open the notebooks in JupyterLab
	JUPYTER_CONFIG_PATH="$(CURDIR)/triage_kit/templates/app/settings" $(PY) -m jupyter lab notebooks

clean: ## remove .venv and what tools made; reports and to-do folders stay
	rm -rf "$(VENV)" build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find triage_kit tests benchmarks notebooks -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -exec rm -rf {} +

help: ## this list
	@echo "make COMMAND, where COMMAND is one of:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-9s %s\n", $$1, $$2 }'

# --- the environment ---------------------------------------------------------------------------------------------------

$(PY):
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python '>=3.11' "$(VENV)"; \
	else \
		for python in "$${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do \
			if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
				"$$python" -m venv "$(VENV)" && exit 0; \
				echo "Could not make $(VENV): see above. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; \
			fi; \
		done; \
		echo "triage-kit needs Python 3.11 or newer; found: $$(python3 --version 2>/dev/null || echo none)." >&2; \
		echo "Install it from python.org (or install uv, which brings its own), then say: make setup" >&2; \
		exit 1; \
	fi

# In a variable, because "call" would cut the list at its comma.
DEV_EXTRAS := app,dev

# $(1) is what to install: "." with or without extras.
define install
	@echo "Installing into $(VENV); the first time takes about a minute."
	@if command -v uv >/dev/null 2>&1; then \
		uv pip install --quiet --python "$(PY)" --constraint constraints.txt --editable $(1); \
	else \
		$(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable $(1); \
	fi
	@$(PY) -m compileall -q triage_kit
	@touch "$@"
endef

$(RUNTIME): $(PY) pyproject.toml constraints.txt
	$(call install,".")

$(DEV): $(PY) pyproject.toml constraints.txt
	$(call install,".[$(DEV_EXTRAS)]")
	@touch "$(RUNTIME)"
