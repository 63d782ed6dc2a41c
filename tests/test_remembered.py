"""What was worked out of a file is kept for as long as the file is."""

import gc
import weakref

from triage_kit.remembered import remembered


class File:
    """Something that can be kept."""


def counted():
    calls = []

    @remembered
    def work(file, about):
        calls.append(about)
        return [about]

    return work, calls


def test_the_work_is_done_once_for_a_file():
    work, calls = counted()
    file, about = File(), object()
    assert work(file, about) is work(file, about)
    assert calls == [about]


def test_another_file_or_another_argument_is_other_work():
    work, calls = counted()
    first, second, one, other = File(), File(), object(), object()
    assert [work(first, one), work(second, one), work(first, other)] == [[one], [one], [other]]
    assert calls == [one, one, other]


def test_the_file_is_not_kept_by_what_was_worked_out_of_it():
    work, _ = counted()
    file = File()
    work(file, object())
    gone = weakref.ref(file)
    del file
    gc.collect()
    assert gone() is None
