"""Read what was returned: nothing, one result of two, results in the wrong order, parameters that are frozen."""

import ast
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import permutations

from autograder.exercise import Exercise
from autograder.intake.submission import Submission
from autograder.judging.compare import same_arrays
from autograder.judging.reading import Reading
from autograder.protocol.probe import Observation

MOST_RESULTS = 4
FROZEN = "frozen"
OF_NUMPY = re.compile(rb"\b(u?int\d+|float\d+)\(")


def read_result(
    exercise: Exercise, shown: Observation, expected: Observation, tolerance: float, submission: Submission
) -> Reading | None:
    """What is the matter with what was returned, apart from its numbers; None where it has the right kind."""
    return (
        _read_nothing(exercise, shown, submission)
        or _read_count(shown)
        or _read_order(shown, expected, tolerance)
        or _read_numbers_of_numpy(shown, expected)
        or _read_frozen(shown)
        or _read_parameters(exercise, shown, expected, submission)
        or _read_shape_of_gradient(exercise, shown, expected, tolerance)
        or _read_modes(shown, expected)
    )


def _read_nothing(exercise: Exercise, shown: Observation, submission: Submission) -> Reading | None:
    """None instead of a result."""
    nothing = any(
        (name.startswith("type of ") and fact == "None") or (name.endswith("results") and fact == "1 (None)")
        for name, fact in shown.facts.items()
    )
    if not nothing:
        return None
    functions = list(_find_functions(exercise.name, submission))
    prints = any(_calls_print(function) for function in functions)
    if functions and not any(_returns_something(function) for function in functions):
        if prints:
            return Reading("prints-instead", "The result is printed, not returned. Use `return`, not `print`.")
        return Reading("no-return", "Nothing is returned: `return` is missing at the end.")
    return Reading("returns-nothing", "None is returned here: some way through the code ends without `return`.")


def _find_functions(name: str, submission: Submission) -> Iterator[ast.FunctionDef]:
    """The function of an exercise, or the `forward` of its class."""
    for _, statement in submission.code.definitions.get(name, ()):
        if isinstance(statement, ast.FunctionDef):
            yield statement
        if isinstance(statement, ast.ClassDef):
            yield from (n for n in statement.body if isinstance(n, ast.FunctionDef) and n.name == "forward")


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those of functions inside it."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            todo += ast.iter_child_nodes(node)


def _returns_something(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Return) and node.value is not None for node in _own_nodes(function))


def _calls_print(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        for node in _own_nodes(function)
    )


def _read_count(shown: Observation) -> Reading | None:
    """Another number of results than the contract asks for."""
    for name, fact in shown.facts.items():
        if name.endswith("results") and fact.partition(" ")[0].isdecimal():
            if fact.startswith("1 "):
                return Reading("one-result", "One result is returned where several are asked for. Return all of them.")
            count = fact.partition(" ")[0]
            return Reading("other-number-of-results", f"{count} results are returned, which is not what was asked for.")
    return None


def _read_order(shown: Observation, expected: Observation, tolerance: float) -> Reading | None:
    """The right results in another order."""
    labels = {name.rpartition(": ")[0] for name in expected.arrays}
    for label in labels:
        names = [name for name in expected.arrays if name.rpartition(": ")[0] == label and name in shown.arrays]
        if 2 <= len(names) <= MOST_RESULTS and _is_reordered(names, shown, expected, tolerance):
            wanted = ", ".join(f"`{name.rpartition(': ')[2]}`" for name in names)
            return Reading("results-in-another-order", f"The results are right, but in another order. Return {wanted}.")
    return None


def _is_reordered(names: Sequence[str], shown: Observation, expected: Observation, tolerance: float) -> bool:
    fits = [
        all(
            same_arrays(expected.arrays[wanted], shown.arrays[name], tolerance)
            for wanted, name in zip(order, names, strict=True)
        )
        for order in permutations(names)  # the first is the order that is asked for
    ]
    return any(fits) and not fits[0]


def _read_numbers_of_numpy(shown: Observation, expected: Observation) -> Reading | None:
    """NumPy's numbers in a list where Python's are asked for."""
    for name in expected.arrays:
        if f"type of {name}" not in expected.facts or name not in shown.arrays:
            continue
        wanted, seen = (OF_NUMPY.search(which.arrays[name].tobytes()) for which in (expected, shown))
        if seen and not wanted:
            return Reading(
                "numbers-of-numpy",
                f"The numbers in the result are NumPy's (`{seen[1].decode()}`), and plain ones are asked for: "
                "`.tolist()` makes them so. If they come from `np.argsort`, it needs `kind='stable'` to keep the order "
                "of equal ones.",
            )
    return None


def _read_frozen(shown: Observation) -> Reading | None:
    """Parameters that are not trained."""
    frozen = [name.removeprefix("parameter ") for name, fact in shown.facts.items() if fact.endswith(FROZEN)]
    if not frozen:
        return None
    return Reading(
        "parameter-frozen",
        f"`{frozen[0]}` is frozen (`requires_grad=False`): it would never learn. Parameters are trained by default, so "
        "leave `requires_grad` alone.",
    )


def _read_parameters(
    exercise: Exercise, shown: Observation, expected: Observation, submission: Submission
) -> Reading | None:
    """Parameters under other names, or with other shapes, than the contract asks for."""
    wanted, seen = ({n: f for n, f in which.facts.items() if "parameter " in n} for which in (expected, shown))
    for name, shape in wanted.items():
        short = name.rpartition("parameter ")[2]
        if name not in seen:
            if times := _find_repeated_module(exercise.name, submission):
                return Reading(
                    "one-object-several-times",
                    f"There is no parameter `{short}`: `[…] * {times}` is one object {times} times, and PyTorch counts "
                    "its weights once. Make a new object for each name.",
                )
            meant = get_close_matches(name, sorted(seen.keys() - wanted.keys()), 1)
            hint = f" Is that your `{meant[0].rpartition('parameter ')[2]}`?" if meant else ""
            return Reading("parameter-missing", f"There is no parameter `{short}`.{hint} Weights are loaded by name.")
        if seen[name] != shape:
            turned = _numbers(seen[name]) == _numbers(shape)[::-1]
            hint = " `nn.Linear` takes the inputs first, then the outputs." * (turned and "linear" in short)
            return Reading("parameter-shape", f"`{short}` has the shape {seen[name]}, and should have {shape}.{hint}")
    return None


def _find_repeated_module(name: str, submission: Submission) -> str:
    """How often a class repeats one object of PyTorch's, as in `[nn.Linear(8, 8)] * 4`; empty where it does not."""
    for _, statement in submission.code.definitions.get(name, ()):
        for node in ast.walk(statement):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List):
                made = [ast.unparse(element) for element in node.left.elts]
                if made and all(text.startswith(("nn.", "torch.nn.", "Linear(")) for text in made):
                    return ast.unparse(node.right)
    return ""


def _read_shape_of_gradient(
    exercise: Exercise, shown: Observation, expected: Observation, tolerance: float
) -> Reading | None:
    """A gradient in another shape than what it belongs to. Where there are others and all are right, it costs at most
    half."""
    if not exercise.name.endswith("_backward"):
        return None
    found = {name: array for name, array in expected.arrays.items() if name in shown.arrays}
    other = [name for name, array in found.items() if shown.arrays[name].shape != array.shape]
    if not other:
        return None
    name, wanted, seen = (other[0].rpartition(": ")[2], found[other[0]].shape, shown.arrays[other[0]].shape)
    sentence = f"`{name}` has the shape {seen}, and a gradient has the shape of what it belongs to: {wanted}."
    if len(wanted) == 1 and re.search(r"bias|beta|gamma", name):
        sentence += " Sum over all axes but the last: every position of every sample used the same numbers."
    rest = [n for n in found if n not in other and not n.endswith("after the call")]
    are_right = [same_arrays(found[n], shown.arrays[n], tolerance) for n in rest]
    return Reading("gradient-of-another-shape", sentence, 0.5 if are_right and all(are_right) else 1.0)


def _read_modes(shown: Observation, expected: Observation) -> Reading | None:
    """A model of which only the flag at the top was put back."""
    own, parts = "the mode in which the model is left", "the mode in which its parts are left"
    if parts not in expected.facts or shown.facts.get(parts) == expected.facts[parts]:
        return None
    if shown.facts.get(own) != expected.facts.get(own):
        return None
    return Reading(
        "mode-of-the-parts",
        "Only the model's own flag is put back, and its parts stay in evaluation: call `model.train(was_training)`.",
    )


def _numbers(shape: str) -> list[str]:
    return re.findall(r"\d+", shape)
