"""From scratch means from scratch: find ready-made answers in the code that an exercise uses, by reading it."""

from dataclasses import dataclass

from autograder import syllabus
from autograder.intake.code import Code
from autograder.intake.names import BLOCKS, Imported
from autograder.intake.scopes import read_statement
from autograder.protocol.ready_made_names import (
    CLASSES,
    ENGINES,
    INSIDES,
    LOSS_CLASSES,
    LOSSES,
    OF_TRAINING,
    OPERATORS,
    PRIVATE_CLASSES,
)

SOLUTIONS = ("transformer_ref", "instructor", "solutions")
MASK = "generate_square_subsequent_mask"  # a function of nn.Transformer that is no part of it
REFUSED_WHEN_RUN = ("torch._C.CompilationUnit",)  # a cell that makes one fails, and says so
INSIDE = (*OPERATORS, *PRIVATE_CLASSES)


@dataclass(frozen=True)
class ReadyMade:
    """A ready-made answer, and where it is used."""

    name: str
    cell: int
    line: int


def explain_ready_made(name: str) -> str:
    """Say why a dotted name may not be used."""
    if name.split(".")[0] != "torch":
        return f"{name} is the course's own solution: build it yourself"
    if _is_engine(name) and not _is_operator(name):
        what = (
            "is a private part of PyTorch" if name.startswith("torch._") else "runs a program that is not your Python"
        )
        return f"{name} {what}: build the answer from PyTorch's public functions"
    if _is_ready_made(name) or _is_loss(name) or name.startswith(INSIDES):
        return f"{name} is a ready-made answer: build it yourself"
    return f"{name} is PyTorch, and this exercise is for NumPy"


def find_ready_made(code: Code, target: str, library: str = "torch") -> ReadyMade | None:
    """The first ready-made answer in the definition of `target`, or in what it uses; None if there is none.

    An exercise whose `library` is "numpy" may not use PyTorch at all. The known-good modules in `autograder.blocks`
    are for later units: in its own unit each of them is the answer. A star import that takes the student's own name
    away, or Python's, is a slip and no answer; `find_replacement` tells of it.
    """
    blocks = {
        f"{BLOCKS}.{e.name}" for unit in syllabus.units().values() for e in unit.exercises if _holds(unit, target)
    }
    value = code.names.final.get(target)
    if isinstance(value, Imported) and value.replaced is None and value.name in blocks:
        return ReadyMade(value.name, value.cell, value.line)
    for cell, statement in code.names.walk(target):
        for use in read_statement(statement).uses:
            head, value, names = code.names.resolve(use, cell, statement)
            if isinstance(value, Imported) and value.hides(head):
                continue
            for name in names:
                if (
                    name in blocks
                    or _is_ready_made(name)
                    or (target in OF_TRAINING and _is_loss(name))
                    or (library == "numpy" and name.split(".")[0] == "torch")
                ):
                    return ReadyMade(name, cell, use.line)
    return None


def _holds(unit: syllabus.Unit, target: str) -> bool:
    return any(exercise.name == target for exercise in unit.exercises)


def _is_ready_made(name: str) -> bool:
    """Whether a dotted name is a ready-made answer of PyTorch's, wherever it is kept, or the course's solution."""
    first, *rest = name.split(".")
    if first == "torch":
        return rest[-1:] != [MASK] and (_is_operator(name) or _is_engine(name))
    return name.startswith(f"{BLOCKS}._") or is_the_courses(name)


def _is_operator(name: str) -> bool:
    return any(part in CLASSES or part.lstrip("_").startswith(INSIDE) for part in name.split(".")[1:])


def _is_engine(name: str) -> bool:
    """Whether a dotted name lies in what PyTorch keeps to itself, or makes or loads a program that is no Python."""
    return any(name == engine or name.startswith(f"{engine}.") for engine in ENGINES) and name not in REFUSED_WHEN_RUN


def _is_loss(name: str) -> bool:
    """Whether a dotted name is a ready-made loss of PyTorch's, the answer of the unit on training."""
    first, *rest = name.split(".")
    return first == "torch" and any(part in LOSS_CLASSES or part.lstrip("_").startswith(LOSSES) for part in rest)


def is_the_courses(name: str) -> bool:
    """Whether a dotted name is a part of the course that knows answers."""
    return any(name == solution or name.startswith(f"{solution}.") for solution in SOLUTIONS)
