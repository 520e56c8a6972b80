"""The course of those who have the bank: its units, and answers for this process."""

from functools import partial

from autograder.answers.recorded import RecordedAnswers
from autograder.execution.executor import Executor
from autograder.recorded import Recorded
from autograder.syllabus import Unit
from instructor.answers.fingerprint import is_fresh
from instructor.answers.layered import LayeredAnswers
from instructor.answers.oracle import OracleAnswers
from instructor.bank import read_bank


class Bank:
    """The source of the course that knows the answers."""

    def units(self) -> dict[str, Unit]:
        """All units by name."""
        return read_bank()

    def answers(self) -> LayeredAnswers:
        """Recorded answers of the units whose code is still what was recorded, and live ones for the rest."""
        recorded = Recorded()
        return LayeredAnswers(RecordedAnswers(recorded), partial(is_fresh, folder=recorded.folder))

    def answers_beside(self, executor: Executor) -> OracleAnswers:
        """Answers from oracles beside the executor's workers: PyTorch is not imported here."""
        return OracleAnswers(executor)
