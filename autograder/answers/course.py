"""The course of those who have the bank: its units, and answers for this process."""

from autograder.answers.layered import LayeredAnswers
from autograder.answers.recorded import RecordedAnswers
from autograder.bank import read_bank
from autograder.recorded import Recorded
from autograder.recorded.fingerprint import find_fresh
from autograder.syllabus import Unit


class Bank:
    """The source of the course that knows the answers."""

    def units(self) -> dict[str, Unit]:
        """All units by name."""
        return read_bank()

    def answers(self) -> LayeredAnswers:
        """Recorded answers of the units whose code is still what was recorded, and live ones for the rest."""
        recorded = Recorded()
        return LayeredAnswers(RecordedAnswers(recorded), find_fresh(recorded.folder))
