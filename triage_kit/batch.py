"""Many files, one function: each file is triaged by itself, on this computer's cores or on a Dask cluster.

Where the work is done is chosen by one argument; both places offer the executor interface of `concurrent.futures`. What
comes back are counts, not rows, unless rows are asked for: a million rows are then a few kilobytes.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from triage_kit.cluster import cluster_executor
from triage_kit.domains import School
from triage_kit.errors import TriageKitError
from triage_kit.reading import read_failed_rows
from triage_kit.rulebook import Rules
from triage_kit.settings import choose_rules, choose_school
from triage_kit.stopping import end_with_parent, keyboard_left_to_us
from triage_kit.summarize import Summary, summarize
from triage_kit.triage import triage

__all__ = ["FileResult", "triage_file", "triage_files"]

#: How often a file is tried that lost its worker. The last time it runs alone: a file that breaks its worker each time,
#: such as one larger than the memory, then takes no other along.
TRIES = 3


@dataclass(frozen=True, repr=False)
class FileResult:
    """What became of one file; it holds no identifiers.

    Attributes
    ----------
    path
        The file; its name may say more than its counts.
    place, of
        Its number among the files, from 1, and how many these are.
    summary
        The counts (`triage_kit.summarize.Summary`); None if the file failed.
    problem
        The sentence that says why there is none; else empty.
    school, assumed
        For which school it was triaged, and the sentence that says so where nobody named one.
    untrusted
        How many cells may not hold what was uploaded.
    table
        The triage table, where it was asked for.
    """

    path: Path
    place: int = 1
    of: int = 1
    summary: Summary | None = None
    problem: str = ""
    school: str = ""
    assumed: str = ""
    untrusted: int = 0
    table: pd.DataFrame | None = None

    def __repr__(self) -> str:
        return f"<FileResult: {self.place} of {self.of}, {'counted' if self.summary else 'failed'}>"


def triage_file(
    path: str | Path, *, school: School | None = None, rules: Rules | None = None, rows: bool = False
) -> FileResult:
    """Return the counts of one file, and with ``rows`` its triage table; a bad file gives a sentence, never an error.

    School and rules that are not given are looked for beside the file, as `triage_kit.settings` says.
    """
    path = Path(path)
    try:
        failed = read_failed_rows(path)
        school = school or choose_school(failed, near=path)
        rules = rules or choose_rules(near=path)
        table = triage(failed, school, rules=rules)
        summary = summarize(table, rules=rules, broken=len(failed.broken))
    except TriageKitError as error:
        return FileResult(path, problem=str(error))
    except Exception as error:  # one file's trouble must not cost the others; its text could hold a student's value
        return FileResult(path, problem=f"{path.name}: an error that should not occur ({type(error).__name__}).")
    return FileResult(
        path,
        summary=summary,
        school=school.name or ", ".join(school.domains),
        assumed=school.assumed,
        untrusted=len(failed.untrusted),
        table=table if rows else None,
    )


def triage_files(
    files: Iterable[str | Path],
    *,
    school: School | None = None,
    rules: Rules | None = None,
    jobs: int | None = None,
    scheduler: str = "",
    rows: bool = False,
    progress: Callable[[FileResult], None] = lambda result: None,
) -> tuple[FileResult, ...]:
    """Return what became of each file, in order; neither a bad file nor a lost worker stops the others.

    Parameters
    ----------
    files
        Failed-rows files. On a cluster every worker has to reach them under the same path.
    school, rules
        For all files; if not given they are looked for beside each.
    jobs
        How many processes work here; as many as there are processors if not given.
    scheduler
        The address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``: its workers do the work instead.
    rows
        Whether the triage tables come back too.
    progress
        Called with each result as it comes.

    Raises
    ------
    SettingsError
        If the cluster cannot be reached, or what is needed for one is not installed.
    """
    paths = [Path(file).resolve() for file in files]
    work = partial(triage_file, school=school, rules=rules, rows=rows)
    workers = max(1, min(jobs or os.cpu_count() or 1, len(paths)))
    found: dict[int, FileResult] = {}
    with _executors(workers, scheduler) as open_executor, closing(_run(work, paths, open_executor)) as results:
        for position, result in results:
            found[position] = replace(result, path=paths[position], place=position + 1, of=len(paths))
            progress(found[position])
    return tuple(found[position] for position in range(len(paths)))


_Work = Callable[[Path], FileResult]
_Results = Generator[tuple[int, FileResult], None, None]
_OpenExecutor = Callable[[], AbstractContextManager[Executor]]


def _run(work: _Work, paths: Sequence[Path], open_executor: _OpenExecutor) -> _Results:
    """Yield each file's position and result as they come; files whose worker was lost are tried again."""
    left = list(range(len(paths)))
    for attempt in range(1, TRIES + 1):
        groups = [left] if attempt < TRIES else [[position] for position in left]
        lost: dict[int, str] = {}
        for group in groups:
            if group:
                yield from _run_group(work, paths, group, open_executor, lost)
        left = sorted(lost)
    for position in left:
        problem = f"{paths[position].name}: the process that read it ended {TRIES} times ({lost[position]})."
        yield position, FileResult(paths[position], problem=f"{problem} The file may be larger than the memory.")


def _run_group(
    work: _Work, paths: Sequence[Path], group: Sequence[int], open_executor: _OpenExecutor, lost: dict[int, str]
) -> _Results:
    """Yield the results of a group of files; note in ``lost`` those whose worker was lost, and the error's name."""
    with open_executor() as executor:
        submitted: dict[Future[FileResult], int] = {}
        try:
            with keyboard_left_to_us():  # this is when the pool starts its processes
                for position in group:
                    try:
                        submitted[executor.submit(work, paths[position])] = position
                    except RuntimeError as error:  # a pool that broke while files were still being handed to it
                        lost[position] = type(error).__name__
            for future in as_completed(submitted):
                # The work itself raises nothing: what is raised here tells of its worker.
                trouble = future.exception()
                if trouble is None:
                    yield submitted[future], future.result()
                else:
                    lost[submitted[future]] = type(trouble).__name__
        finally:  # whoever stops early does not wait for the rest
            for future in submitted:
                future.cancel()


@contextmanager
def _executors(workers: int, scheduler: str) -> Iterator[_OpenExecutor]:
    """Give a function that opens an executor: a new process pool each time, or the cluster's."""
    if scheduler:
        with cluster_executor(scheduler) as executor:
            yield lambda: nullcontext(executor)
        return
    # Not forked: a copy of a process with threads, which pyarrow has, can hang.
    context = multiprocessing.get_context("spawn")
    yield partial(ProcessPoolExecutor, workers, mp_context=context, initializer=end_with_parent)
