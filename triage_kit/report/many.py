"""Many reports, two at a time: a file that fails stops no other, and what did not change is not redone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from triage_kit.errors import TriageKitError
from triage_kit.report.one import FILE_NAME, Made, make_report
from triage_kit.report.parameters import ReportParameters, check_parameters
from triage_kit.report.shelf import Entry, Shelf, fingerprint

__all__ = ["JOBS", "MOST_JOBS", "Built", "build_reports"]

#: Reports made at a time: each has a Python process of its own, with its own memory.
JOBS = 2
MOST_JOBS = 4


@dataclass(frozen=True)
class Built:
    """What became of one file: the report's path, or the sentence that says why there is none."""

    place: int
    of: int
    failed_rows: Path
    report: Path | None = None
    error: str = ""
    rows: int = 0
    broken: int = 0
    untrusted: int = 0
    doubt: str = ""
    unchanged: bool = False

    def __repr__(self) -> str:
        return f"Built({self.place} of {self.of}, {'report' if self.report else 'no report'})"


@dataclass(frozen=True)
class _Task:
    place: int
    of: int
    source: Path
    parameters: ReportParameters | None
    error: str = ""
    key: str = ""


def build_reports(
    files: Iterable[str | Path],
    out: str | Path,
    *,
    jobs: int = JOBS,
    progress: Callable[[Built], None] = lambda built: None,
    force: bool = False,
    notebook: str | Path | None = None,
    keep_notebook: bool = False,
    **settings: Any,
) -> tuple[Built, ...]:
    """Return what became of each file, in the order given; a file that fails does not stop the others.

    One file gives ``report.html``. Several give ``report-1.html`` and so on, ``index.html`` and ``summary.json``; a
    report whose file, settings and version are those of the last run is kept, under its number. Pages of earlier runs
    that are no longer asked for stay until their number is used again.

    Parameters
    ----------
    jobs
        Reports made at a time, at most `MOST_JOBS`.
    progress
        Called after each, in the order in which they are done.
    force
        Make all anew, and overwrite files that triage-kit did not write.
    settings
        Those of `triage_kit.report.build_report`, for all files.
    """
    sources = [Path(file) for file in files]
    tasks = [_task(place, sources, settings, notebook, keep_notebook) for place in range(1, len(sources) + 1)]
    make = partial(make_report, notebook=notebook, force=force, keep_notebook=keep_notebook)
    if len(tasks) == 1:
        built = _outcome(tasks[0], partial(_make, make, tasks[0], Path(out) / FILE_NAME))
        progress(built)
        return (built,)
    shelf = Shelf(Path(out), str(settings.get("audience") or "no-names"), force=force)
    numbers = shelf.place([task.key for task in tasks])
    results = []
    for built in _build_all(tasks, numbers, shelf, make, max(1, min(jobs, MOST_JOBS))):
        progress(built)
        results.append(built)
    shelf.write_index(len(tasks))
    return tuple(sorted(results, key=lambda built: built.place))


def _task(
    place: int, sources: Sequence[Path], settings: dict[str, Any], notebook: str | Path | None, keep: bool
) -> _Task:
    source = sources[place - 1]
    given = {name: value for name, value in settings.items() if value is not None}
    try:
        parameters = check_parameters({"failed_rows": source, **given})
    except TriageKitError as error:
        return _Task(place, len(sources), source, None, str(error))
    key = fingerprint(parameters, notebook, keep_notebook=keep) if len(sources) > 1 else ""
    return _Task(place, len(sources), source, parameters, key=key)


def _build_all(
    tasks: Sequence[_Task], numbers: Sequence[int], shelf: Shelf, make: Callable[..., Made], jobs: int
) -> Iterator[Built]:
    """Yield what became of each file as it is done; kept ones first. The shelf is written by this thread alone."""
    from triage_kit.report.export import load_libraries
    from triage_kit.report.runner import quiet

    load_libraries()
    todo: dict[Future[Made], tuple[_Task, int]] = {}
    with quiet(), ThreadPoolExecutor(jobs) as pool:
        try:
            for task, number in zip(tasks, numbers, strict=True):
                kept = shelf.kept(number)
                if kept:
                    yield _built(task, shelf.page(number), kept, unchanged=True)
                else:
                    todo[pool.submit(_make_apart, make, task, shelf.page(number))] = (task, number)
            for future in as_completed(todo):
                task, number = todo[future]
                built = _outcome(task, future.result)
                if built.report:
                    shelf.add(Entry.of(number, task.key, future.result()))
                yield built
        finally:  # also when the caller stops early: what has not begun never will
            pool.shutdown(cancel_futures=True)


def _make(make: Callable[..., Made], task: _Task, target: Path) -> Made:
    if task.parameters is None:
        raise TriageKitError(task.error)
    return make(task.parameters, target)


def _make_apart(make: Callable[..., Made], task: _Task, target: Path) -> Made:
    """Make a report in a thread of its own, and close what the notebook's run leaves open there."""
    from triage_kit.report.runner import close_loop

    try:
        return _make(make, task, target)
    finally:
        close_loop()


def _outcome(task: _Task, result: Callable[[], Made]) -> Built:
    try:
        made = result()
    except TriageKitError as error:
        return Built(task.place, task.of, task.source, error=str(error))
    return _built(task, made.report, Entry.of(0, "", made))


def _built(task: _Task, report: Path, entry: Entry, *, unchanged: bool = False) -> Built:
    return Built(
        task.place,
        task.of,
        task.source,
        report,
        rows=entry.rows,
        broken=entry.broken,
        untrusted=entry.untrusted,
        doubt=entry.doubt,
        unchanged=unchanged,
    )
