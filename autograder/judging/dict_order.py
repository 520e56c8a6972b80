"""Read what goes wrong only where a dict's entries come in another order, or with others among them."""

import ast
from collections.abc import Iterator, Sequence

import numpy as np

from autograder import syllabus
from autograder.evidence import Failure, Shown
from autograder.exercise import Trial, Weight
from autograder.intake.submission import Submission
from autograder.judging.reading import Reading

Names = tuple[str, ...]


def read_dict_order(trial: Trial, shown: Shown, passing: Sequence[Trial], submission: Submission) -> Reading | None:
    """What is the matter where the code takes a dict's values without their names, and fails with no usual order.

    Every trial that passes gives the names in other orders than the failing one, and some pass.
    """
    if isinstance(shown, Failure) and shown.type == "KeyError":
        return None
    usual = [names for other in passing for names in _orders(other)]
    if not usual or set(usual) & set(_orders(trial)) or not _takes_values(trial.exercise, submission):
        return None
    sentence = f'The weights are taken in the order of the dict. Take them by name: `weights["{usual[0][0]}"]`.'
    return Reading("taken-by-order", sentence, Weight.MISTAKE.value)


def _orders(trial: Trial) -> Iterator[Names]:
    """The names of each dict of arrays that a trial hands over, in their order."""
    for action in syllabus.probe_of(trial).actions:
        for given in action.get("arguments", ()):
            if isinstance(given, dict) and given and all(isinstance(entry, np.ndarray) for entry in given.values()):
                yield tuple(map(str, given))


def _takes_values(exercise: str, submission: Submission) -> bool:
    """Whether the code of an exercise asks a dict for its values alone, or throws the names of its entries away."""
    nodes = [node for _, statement in submission.code.definitions.get(exercise, []) for node in ast.walk(statement)]
    loops = [node for node in nodes if isinstance(node, (ast.For, ast.comprehension))]
    nameless = [loop.iter for loop in loops if ast.unparse(loop.target).startswith(("_,", "(_,"))]
    return any(_is_call(node, "values") for node in nodes) or any(_is_call(node, "items") for node in nameless)


def _is_call(node: ast.AST, method: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
