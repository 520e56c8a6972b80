"""Read a learning rate that is always the same number, whatever the number is."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from autograder.evidence import Shown
from autograder.exercise import Trial, Weight
from autograder.intake.code import Code
from autograder.intake.scopes import read_statement
from autograder.intake.submission import Submission
from autograder.judging.reading import Reading
from autograder.protocol.probe import Observation

NAME = "rate-always-the-same"
SCHEDULERS = "lr_scheduler"  # PyTorch's module of them
FEWEST = 3  # rates of which it says something that all are the same


def read_fixed_rate(trial: Trial, viewed: Mapping[Trial, Shown], submission: Submission) -> Reading | None:
    """What is the matter where the schedule gives one number for every step, or the loop sets no other; None anywhere
    else."""
    if not isinstance(viewed[trial], Observation):
        return None
    if trial.exercise == "learning_rate" and _is_one_number(viewed):
        sentence = "The rate is the same number at every step. It rises during the warm-up, and then it falls."
        return Reading(NAME, sentence)
    number = _only_rate(submission.code) if trial.exercise == "train" else ""
    if not number:
        return None
    sentence = (
        f"The learning rate is fixed at {number}. Set the optimizer's rate before every step, from `learning_rate`."
    )
    return Reading(NAME, sentence, Weight.MISTAKE.value)


def _is_one_number(viewed: Mapping[Trial, Shown]) -> bool:
    public = [shown for trial, shown in viewed.items() if trial.is_public and isinstance(shown, Observation)]
    rates = [number for shown in public for array in shown.arrays.values() for number in array.ravel().tolist()]
    return len(rates) >= FEWEST and len(set(rates)) == 1


def _only_rate(code: Code) -> str:
    """The number that the optimizer gets in `train`, in the student's words; "" where it gets anything that is
    calculated, or may get it from a scheduler."""
    statements = list(code.names.walk("train"))
    uses = [(use, *place) for place in statements for use in read_statement(place[1]).uses]
    if any(SCHEDULERS in name for use in uses for name in code.names.resolve(*use)[2]):
        return ""
    trees = [statement for _, statement in statements]
    numbers = _numbers_at_the_top(trees)
    rates = [numbers.get(ast.unparse(rate), rate) for tree in trees for rate in _find_rates(tree)]
    fixed = all(isinstance(rate, ast.Constant) for rate in rates)
    return ast.unparse(rates[-1]) if rates and fixed else ""


def _numbers_at_the_top(trees: Sequence[ast.stmt]) -> dict[str, ast.expr]:
    """What names stand for that statements like `LR = 1e-3` bind, and nothing else does."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    bound = Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    bound.update(node.arg for node in nodes if isinstance(node, ast.arg))
    assigned = [tree for tree in trees if isinstance(tree, ast.Assign) and isinstance(tree.value, ast.Constant)]
    return {name: tree.value for tree in assigned if bound[name := ast.unparse(tree.targets[0])] == 1}


def _find_rates(statement: ast.stmt) -> Iterator[ast.expr]:
    """What is passed or stored as `lr`, what is stored later last."""
    nodes = list(ast.walk(statement))
    for node in nodes:
        if isinstance(node, ast.keyword) and node.arg == "lr":
            yield node.value
        if isinstance(node, ast.Dict):
            yield from (value for key, value in zip(node.keys, node.values, strict=True) if _is_lr(key))
    for node in nodes:
        if isinstance(node, ast.Assign):
            yield from (node.value for target in node.targets if _is_lr_of_a_group(target))
        if isinstance(node, ast.AugAssign) and _is_lr_of_a_group(node.target):
            yield node.target


def _is_lr_of_a_group(target: ast.expr) -> bool:
    return isinstance(target, ast.Subscript) and _is_lr(target.slice)


def _is_lr(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == "lr"
