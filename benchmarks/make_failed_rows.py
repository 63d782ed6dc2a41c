"""Make failed-rows files of invented students: the sample of the repository, and files of any size.

    python -m benchmarks.make_failed_rows --sample
    python -m benchmarks.make_failed_rows --rows 199999 --seed 1 -o benchmarks/generated/failed_rows.csv

The same seed gives the same bytes. Nobody in these files exists. Local parts are `sample.0143` where a domain
belongs to somebody; telephone numbers are those reserved for fiction.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random

from benchmarks.invented import Case, Invented, load_invented, name, pick, plain, shuffled

SAMPLE_FILE = Path(__file__).resolve().parents[1] / "data" / "sample" / "failed_rows.csv"
SAMPLE_SEED = 2017
#: Rows of a large file that are made at a time.
BLOCK = 20_000

#: The order in which a real college uploads its columns, some of them left out; the Importer's two at the end.
SAMPLE_COLUMNS = (
    "email_address",
    "username",
    "auth_identifier",
    "card_id",
    "first_name",
    "last_name",
    "middle_name",
    "preferred_name",
    "school_year_name",
    "primary_education:education_level_name",
    "primary_education:cumulative_gpa",
    "primary_education:primary_major_name",
    "primary_education:major_names",
    "primary_education:minor_names",
    "primary_education:college_name",
    "primary_education:start_date",
    "primary_education:end_date",
    "primary_education:currently_attending",
    "campus_name",
    "gender",
    "disabled",
    "mobile_number",
    "athlete",
    "hometown_location_attributes:name",
    "status",
    "response",
)
LARGE_COLUMNS = tuple(
    column
    for column in SAMPLE_COLUMNS
    if column.rpartition(":")[2]
    not in ("preferred_name", "major_names", "minor_names", "gender", "disabled", "mobile_number", "athlete", "name")
)


def make_values(invented: Invented, number: int, domain: str) -> dict[str, str]:
    """Return the identifiers of an invented student, old ones too."""
    first, last = invented.named.get(number) or name(invented, number)
    reserved = domain.removeprefix("alumni.").startswith("example.")
    local = f"{plain(first)}.{plain(last)}" if reserved else f"sample.{number:04d}"
    auth = f"{48_000 + 7 * number:07d}"
    return {
        "first": first,
        "last": last,
        "email": f"{local}@{domain}",
        "old_email": f"sample.{number:04d}@gmail.com" if reserved else f"{plain(first)}.{plain(last)}@example.edu",
        "username": f"{plain(first)[0]}{plain(last)[:6]}{number:03d}",
        "old_username": f"{plain(last)[:6]}{plain(first)[:2]}",
        "auth": auth,
        "old_auth": auth.lstrip("0") if number % 2 else f"X{auth}",
    }


def make_row(random: Random, invented: Invented, number: int, case: Case) -> dict[str, str]:
    """Return one failed row of the sample."""
    values = make_values(invented, number, case.domain)
    year = "Alumni" if case.domain.startswith("alumni.") else pick(random, list(invented.years)[:-1])
    begin, end = invented.years[year]
    majors, college = pick(random, invented.majors)
    row = {
        "email_address": values["email"],
        "username": values["username"],
        "auth_identifier": values["auth"],
        "card_id": f"{6_003_000 + 13 * number:010d}",
        "first_name": values["first"],
        "last_name": values["last"],
        "middle_name": pick(random, ("", "", "", "A.", "Marí", "Jo")),
        "preferred_name": pick(random, ("", "", "", "", "", "Sam", "Kit")),
        "school_year_name": year,
        "primary_education:education_level_name": year if year in ("Masters", "Doctorate") else "Bachelors",
        "primary_education:cumulative_gpa": f"{2 + 2 * random.random():.2f}",
        "primary_education:primary_major_name": majors.partition(";")[0],
        "primary_education:major_names": majors,
        "primary_education:minor_names": pick(random, ("", "", "", "Spanish", "Spanish; Dance")),
        "primary_education:college_name": college,
        "primary_education:start_date": f"{begin}-09-01",
        "primary_education:end_date": f"{end}-05-19",
        "primary_education:currently_attending": "FALSE" if year == "Alumni" else "TRUE",
        "campus_name": pick(random, ("Main Campus", "Main Campus", "Lakeside")),
        "gender": pick(random, ("", "female", "male", "nonbinary")),
        "disabled": "FALSE",
        "mobile_number": pick(random, ("", f"{pick(random, invented.area_codes)}55501{number % 100:02d}")),
        "athlete": pick(random, ("FALSE", "FALSE", "FALSE", "TRUE")),
        "hometown_location_attributes:name": pick(random, invented.towns),
        "status": "failed",
        "response": case.answer % values if "%(" in case.answer else case.answer,
    }
    return {**row, **case.cells}


def make_sample(seed: int = SAMPLE_SEED) -> str:
    """Return the text of the sample file, line ends included."""
    random, invented = Random(seed), load_invented()
    cases = shuffled(random, [case for case in invented.sample for _ in range(case.rows)])
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, SAMPLE_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(make_row(random, invented, number, case) for number, case in enumerate(cases, start=1))
    return text.getvalue()


def quoted(cell: str) -> str:
    """Return a cell as CSV writes it when it has to be quoted."""
    return '"' + cell.replace('"', '""') + '"' if cell else ""


def draw(random: Random, weighted: Sequence[tuple[int, str]], rows: int) -> list[str]:
    """Return so many values, each as often as its weight says."""
    weights, values = zip(*weighted, strict=True)
    return random.choices(values, cum_weights=list(accumulate(weights)), k=rows)


def make_block(random: Random, invented: Invented, start: int, rows: int) -> str:
    """Return the lines of so many rows of a large file, numbered from `start`."""
    answers = draw(random, [(weight, quoted(answer)) for weight, answer in invented.large], rows)
    domains = draw(random, invented.large_domains, rows)
    middles = draw(random, [(1, middle) for middle in make_middles(invented)], rows)
    lines = []
    for number, (answer, domain, middle) in enumerate(zip(answers, domains, middles, strict=True), start=start):
        email, username, auth = f"sample.{number:07d}@{domain}", f"user{number:07d}", f"{number:09d}"
        if "%(" in answer:
            old = {"old_username": f"old{number:07d}", "old_auth": str(number), "old_email": f"old.{number}@gmail.com"}
            answer %= {"email": email, "username": username, "auth": auth, **old}
        lines.append(f"{email},{username},{auth},00{number:08d},{middle},failed,{answer}\r\n")
    return "".join(lines)


def make_middles(invented: Invented) -> list[str]:
    """Return the cells between the identifiers and the status, in a few hundred combinations."""
    middles = []
    for number in range(len(invented.first_names) * len(invented.last_names)):
        first, last = name(invented, number)
        year, (begin, end) = list(invented.years.items())[number % len(invented.years)]
        majors, college = invented.majors[number % len(invented.majors)]
        studies = f"{2 + number % 200 / 100:.2f},{majors.partition(';')[0]},{quoted(college)}"
        middles.append(f"{first},{last},,{year},Bachelors,{studies},{begin}-09-01,{end}-05-19,TRUE,Main Campus")
    return middles


def make_large(rows: int, seed: int, skipped: int = 0) -> Iterator[str]:
    """Yield the text of a large file, block by block; of the first ``skipped`` blocks nothing.

    So a file can be the next week's of another: some students less, some more, the rest the same.
    """
    random, invented = Random(seed), load_invented()
    yield ",".join(LARGE_COLUMNS) + "\r\n"
    end = rows + skipped * BLOCK
    for place, start in enumerate(range(0, end, BLOCK)):
        block = make_block(random, invented, start + 1, min(BLOCK, end - start))
        if place >= skipped:
            yield block


def make_short(rows: int) -> Iterator[str]:
    """Yield the lines of a large file of short cells, none quoted but the answers."""
    yield ",".join(LARGE_COLUMNS) + "\r\n"
    answer = quoted('{"success":false,"errors":{"username":["has already been taken"]}')
    for number in range(1, rows + 1):
        names = f"Sam,Lee,,Senior,Bachelors,{number % 5}.5,Art,Arts,2022-09-01,2026-05-19,TRUE,Main"
        yield f"s{number}@example.edu,{number:07},,,{names},failed,{answer}\r\n"


def write_text(path: Path, blocks: Iterator[str] | list[str]) -> Path:
    """Write blocks of text as UTF-8, line ends as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(blocks)
    return path


def main() -> None:
    """Make the file that the command line asks for."""
    parser = argparse.ArgumentParser(description="Make a failed-rows file of invented students.")
    parser.add_argument("--sample", action="store_true", help="make data/sample/failed_rows.csv again")
    parser.add_argument("--rows", type=int, default=199_999, help="rows of a large file (default: %(default)s)")
    parser.add_argument("--short", action="store_true", help="a large file of short cells")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes (default: 1)")
    parser.add_argument(
        "--skip", type=int, default=0, help=f"make it without the first so many times {BLOCK:,} students"
    )
    parser.add_argument("-o", "--output", type=Path, help="where to write; needed for a large file")
    asked = parser.parse_args()
    if asked.sample:
        print(write_text(asked.output or SAMPLE_FILE, [make_sample()]))
    elif asked.output:
        blocks = make_short(asked.rows) if asked.short else make_large(asked.rows, asked.seed, asked.skip)
        print(write_text(asked.output, blocks))
    else:
        parser.error("give --sample, or a file with -o")


if __name__ == "__main__":
    main()
