"""The order in which a class's hand-ins are read, graded and finished; the jobs here are no processes."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from autograder.intake.submission import from_python
from instructor.shells import class_flow
from instructor.shells.class_flow import Flow, HandIn
from instructor.shells.class_jobs import Died
from instructor.shells.class_store import Checks, Store, pack
from instructor.shells.notebooks.graded import Graded
from instructor.shells.notebooks.submitted import Place, Read


class SlowJobs:
    """One job, which answers at once, but for what is graded of `slow` code: that is answered when all else is done."""

    count = 1

    def __init__(self, slow: str = "none is", fails: str = "none does") -> None:
        self.slow, self.fails = slow, fails
        self.graded: list[str] = []
        self.late: list[Callable[[], None]] = []
        self.inside = self.most = 0

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        future: Future[Any] = Future()

        def answer() -> None:
            try:
                future.set_result(function(*arguments))
            except Exception as error:
                future.set_exception(error)

        later = function == self.grade and self.slow in str(arguments[1].cells)
        self.late.append(answer) if later else answer()
        return future

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if function is class_flow.read_hand_in:
            self.inside += 1
            self.most = max(self.most, self.inside)
            source = arguments[0].name
            if source == "unreadable":
                raise Died("it cannot be read")
            return Read({}, {}, Path(), "", from_python(source, "a.py", "attention"), ("softmax",))
        self.inside -= 1
        _, packed, _, _, _, fault = arguments
        return Graded("", {}, {}, fault or ("right" if packed else "refused"))

    def grade(self, checks: Checks, submission: Any, exercises: list[str]) -> bytes:
        (source,) = submission.cells.values()
        self.graded.append(source)
        if self.fails in source:
            raise Died("its process has ended")
        return pack([])


@pytest.fixture
def checks(tmp_path: Path) -> Checks:
    return Checks(tmp_path, "attention")


def code(number: int | str) -> str:
    return f"def softmax(x): return {number}"


def run(flow: Flow, checks: Checks, sources: list[str]) -> Iterator[tuple[str, str]]:
    """What comes of each, as soon as it does; where nothing more comes, the slow ones are answered."""
    hand_ins = (HandIn(Place(Path(), source, "attention", Path()), "{}", None, checks) for source in sources)
    jobs: Any = flow.jobs
    wait = flow._wait

    def wait_or_answer(seconds: float | None) -> Iterator[HandIn]:
        if flow._done.empty() and jobs.late:
            jobs.late.pop()()
        return wait(seconds)

    flow._wait = wait_or_answer  # type: ignore[method-assign]
    for some in flow.run(hand_ins):
        for hand_in in some:
            yield hand_in.place.name, hand_in.graded.sentence if hand_in.graded else str(hand_in.error)


def make(jobs: SlowJobs, folder: Path, regrade: bool = False) -> Flow:
    wanted: Any = jobs
    return Flow(wanted, Store(folder), regrade)


def test_what_is_written_alike_is_run_once_even_while_it_is_running(tmp_path, checks):
    jobs = SlowJobs(slow="return 7")
    flow = make(jobs, tmp_path)
    sources = [code(7), code(7), code(1), code(1), code(7)]
    found = list(run(flow, checks, sources))
    assert found[:2] == [(code(1), "right")] * 2  # the others did not wait
    assert sorted(found) == sorted((source, "right") for source in sources)
    assert (sorted(jobs.graded), flow.ran) == ([code(1), code(7)], 2)
    assert list(run(flow, checks, sources)) and len(jobs.graded) == 2
    again = make(SlowJobs(), tmp_path, regrade=True)
    assert len(list(run(again, checks, sources))) == 5 and again.ran == 2


def test_one_that_takes_long_holds_up_no_other_and_few_are_under_way(tmp_path, checks, monkeypatch):
    monkeypatch.setattr(class_flow, "AHEAD", 3)
    jobs = SlowJobs(slow="return 0")
    found = list(run(make(jobs, tmp_path), checks, [code(number) for number in range(60)]))
    assert len(found) == 60 and found[-1] == (code(0), "right")
    assert jobs.most == 3


def test_one_that_fails_costs_only_its_own_grade(tmp_path, checks):
    flow = make(SlowJobs(fails="return 3"), tmp_path)
    found = dict(run(flow, checks, [code(1), code(3), "unreadable", code(2)]))
    assert found.pop(code(3)).startswith("This could not be graded: its process has ended.")
    assert found == {code(1): "right", code(2): "right", "unreadable": "it cannot be read"}
    assert (flow.ran, len(flow.store.given_up)) == (2, 1)
