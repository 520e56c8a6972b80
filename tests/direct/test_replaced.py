"""What is said where an import took a name away, and that nobody is accused for it."""

from autograder.intake.names import Replacement
from autograder.intake.submission import Submission
from autograder.judging.defect import Defect
from autograder.judging.replaced import explain_replacement, read_replacement
from autograder.verdict import Outcome

CELLS = Submission("a file", "attention", {1: "def softmax(x): pass", 2: "from torch import *"}, is_notebook=True)
BY_STAR = Replacement("softmax", 2, was_own=True, by_star=True)
OF_PYTHON = Replacement("range", 2, was_own=False, by_star=True)
BY_NAME = Replacement("softmax", 2, was_own=True, by_star=False)
TOLD = "the import in your cell that begins with `from torch import *` replaced your own `softmax`"
ACCUSED = Defect(Outcome.FORBIDDEN, "torch.softmax is a ready-made answer", "a ready-made answer")


def explain(defect, *replacements, library="torch", was_read=False):
    return explain_replacement(defect, replacements, CELLS, library, was_read)


def test_what_a_star_put_there_is_no_ready_made_answer_of_the_students():
    found = explain(ACCUSED, BY_STAR)
    assert (found.outcome, found.text) == (Outcome.CRASHED, f"{TOLD}. Import only the names that you need, not `*`.")
    other = Defect(Outcome.FORBIDDEN, "torch.exp is PyTorch", "")
    assert explain(other, BY_STAR, library="numpy").outcome is Outcome.CRASHED
    assert explain(other, BY_STAR).outcome is Outcome.FORBIDDEN
    assert explain(ACCUSED, BY_STAR, was_read=True).text.startswith(f"{TOLD}: ")
    assert explain(ACCUSED, BY_NAME).outcome is Outcome.FORBIDDEN


def test_a_defect_of_another_kind_keeps_its_words_behind_the_import():
    wrong = Defect(Outcome.WRONG, "output differs", "differs")
    assert explain(wrong, BY_STAR) == Defect(Outcome.WRONG, f"{TOLD}: output differs", f"{TOLD}: differs")
    assert explain(wrong, OF_PYTHON) == wrong
    crash = Defect(Outcome.CRASHED, "TypeError: range() takes no integers", "TypeError")
    assert "replaced Python's own `range`" in explain(crash, OF_PYTHON).text
    assert explain(wrong) == wrong


def test_the_cause_is_the_import_with_advice():
    told = explain(Defect(Outcome.WRONG, "output differs", ""), BY_NAME)
    reading = read_replacement(told, [BY_NAME], CELLS)
    assert reading and reading.name == "import-replaces-a-name"
    assert reading.sentence == f"T{TOLD[1:]}. Give what you import another name: `from … import … as …`."
    assert read_replacement(ACCUSED, [BY_NAME], CELLS) is None
