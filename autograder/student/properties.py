"""Properties that need no reference answer: tools with which students question their own code.

Most tools change something that must not matter and say how far the output moved: 0.0, up to rounding, where the
property holds. NumPy functions and PyTorch modules work alike, and may return the output alone or first in a tuple. Put
a module into evaluation mode before: dropout moves everything.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from inspect import unwrap
from traceback import walk_tb
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder import syllabus
from autograder.execution.alarm import Alarm, TookTooLong
from autograder.protocol.without_pytorch import NeedsPyTorch, is_installed
from autograder.shells.notebook_check import did_not_end, last_grade, show
from autograder.student.calculated import judge_number
from autograder.student.predictions import NoGuess, choose, explain
from autograder.verdict import Outcome

if TYPE_CHECKING:
    import torch

SEED = 1706
_OF_WAITING_CELLS: set[str] = set()  # names that cells use or make which were not run for want of a guess
_SECONDS_FOR_AN_ENDLESS_ONE = 2.0  # of an experiment with an exercise whose check was stopped


@contextmanager
def when_written() -> Iterator[None]:
    """Run the block. Where an exercise that the cell uses is not written yet, or not right, say so; never fail."""
    caller = sys._getframe(2)
    names = _find_own_exercises(caller.f_code, caller.f_globals)
    endless = [name for name in names if did_not_end(name, caller.f_globals)]
    try:
        with Alarm(_SECONDS_FOR_AN_ENDLESS_ONE) if endless else nullcontext():
            yield
    except TookTooLong:
        print(f"This cell was stopped, because {endless[0]} does not end: mend it first, then run this cell again.")
    except NeedsPyTorch as error:
        print(f"This cell cannot run: {error}.")
    except Exception as error:
        if _is_stub(error):
            print(f"Not yet: write {_raised_by(error)} first, then run this cell again.")
        elif isinstance(error, NoGuess):
            _OF_WAITING_CELLS.update(caller.f_code.co_names)
            print(error)
        elif isinstance(error, NameError) and str(error.name).startswith("guess_"):
            print("Guess first: run the cell above with your guess in it, then run this one.")
        elif isinstance(error, NameError) and error.name in _OF_WAITING_CELLS:
            print(f"Not yet: {error.name} comes from a cell above that waits for your guess. Guess there, and run it.")
        elif isinstance(error, NameError) and error.name in syllabus.exercise_names():
            print(f"Not yet: run the cell of {error.name} first, then this one again.")
        elif not _say_what_is_open(names, caller.f_globals):
            _say_where_it_stopped(error, caller.f_code.co_filename)
    else:
        _say_what_is_open(names, caller.f_globals)


@contextmanager
def predicted(name: str, guess: object) -> Iterator[None]:
    """Run the block once a guess was made; then say whether it was right, if every exercise that the cell uses is.

    It stands inside `when_written`, which shows what NoGuess says. Raises NoGuess where nothing was chosen.
    """
    caller = sys._getframe(2)
    choice = choose(name, guess)
    yield
    names = _find_own_exercises(caller.f_code, caller.f_globals)
    if all(last_grade(exercise, caller.f_globals).outcome is Outcome.PASSED for exercise in names):
        text = explain(name, choice)
        show(text.replace("**", ""), {"text/markdown": text})


def check_number(name: str, answer: object) -> None:
    """Say whether `answer` is the number that is asked for. It never fails, and costs and earns nothing."""
    text = judge_number(name, answer)
    show(text.replace("**", ""), {"text/markdown": text})


def _is_stub(error: Exception) -> bool:
    """Whether it comes from an exercise that is not written: PyTorch, for one, says what it cannot do."""
    return isinstance(error, NotImplementedError) and not error.args


def _say_what_is_open(names: Sequence[str], namespace: dict[str, Any]) -> bool:
    """Name the first exercise among these that is not written, or not right; False where there is none."""
    for name in names:
        if syllabus.exercise(name).library == "torch" and not is_installed("torch"):
            continue
        outcome = last_grade(name, namespace).outcome
        if outcome is Outcome.NOT_ATTEMPTED:
            print(f"Not yet: write {name} first, then run this cell again.")
            return True
        if outcome is not Outcome.PASSED:
            print(f'Not right yet: mend {name} first (check("{name}") says what is wrong), then run this cell again.')
            return True
    return False


def _say_where_it_stopped(error: Exception, file: str) -> None:
    """For an error that no exercise of the cell explains."""
    line = next(line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == file)
    what = ": ".join(filter(None, (type(error).__name__, str(error))))
    why = "Did you change something in it, or in what it uses?"
    if isinstance(error, NameError) and not is_installed("torch"):
        why = "Without PyTorch, the cell that defines it cannot run."
    print(f"This cell stopped in line {line}: {what}. {why}")


def _find_own_exercises(code: CodeType, namespace: dict[str, Any]) -> list[str]:
    """The exercises that a cell uses and that were written in this notebook: not those of the course or of PyTorch."""
    used = _names_used(code, namespace) & namespace.keys()
    return [name for name in syllabus.exercise_names() if name in used and _is_from_here(name, namespace)]


def _is_from_here(name: str, namespace: dict[str, Any]) -> bool:
    """Whether it is a function or a class of the notebook; a variable may have the same name."""
    found = unwrap(namespace[name])
    return isinstance(found, FunctionType | type) and found.__module__ == namespace.get("__name__")


def _names_used(code: CodeType, namespace: dict[str, Any]) -> set[str]:
    """The globals and attributes that a cell names, and the functions of the notebook that it calls, cached or not."""
    used: set[str] = set()
    open_codes = [code]
    while open_codes:
        new = _names_in(open_codes.pop()) - used
        used |= new
        called = (getattr(unwrap(namespace[name]), "__code__", None) for name in new if name in namespace)
        open_codes += [found for found in called if isinstance(found, CodeType)]
    return used


def _names_in(code: CodeType) -> set[str]:
    """The names in a piece of code, and in what it defines."""
    inside = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return {*code.co_names}.union(*map(_names_in, inside))


def what_moves(f: Callable, x: Any, position: int = -1, replacement: Any = None) -> np.ndarray:
    """Change the token at `position` and return how far each output moved: (tokens,), the largest change of any number.

    `f` maps x (..., tokens, features) to outputs (..., tokens, features). The token becomes random numbers, or
    `replacement`, which is needed where x holds token ids (..., tokens).
    """
    changed = _array(x).copy()
    holds_ids = not np.issubdtype(changed.dtype, np.floating)
    if holds_ids and replacement is None:
        raise ValueError("x holds token ids: say which id to put in, replacement=...")
    place = (..., position) if holds_ids else (..., position, slice(None))
    noise = np.random.default_rng(SEED).normal(size=changed[place].shape) if replacement is None else replacement
    changed[place] = noise
    moved = np.abs(_output(f, _like(changed, x)) - _output(f, x))
    return np.moveaxis(moved, -2, 0).reshape(moved.shape[-2], -1).max(axis=1)


def influence(f: Callable, x: Any) -> np.ndarray:
    """Entry [i, j] is how far output i moves when token j changes: (tokens, tokens), for x (..., tokens, features)."""
    return np.stack([what_moves(f, x, position) for position in range(x.shape[-2])], axis=1)


def causality(f: Callable, x: Any) -> float:
    """How far an output moves when a later token changes, at most, for x (..., tokens, features)."""
    return float(np.triu(influence(f, x), 1).max())


def padding_invariance(f: Callable, x: Any, extra: int = 3) -> float:
    """How far the outputs of x (..., tokens, features) move when `extra` hidden tokens of garbage are appended.

    `f` takes x and a mask (1, tokens), True = may attend.
    """
    tokens = x.shape[-2]
    garbage = np.random.default_rng(SEED).normal(0.0, 10.0, (*x.shape[:-2], extra, x.shape[-1]))
    longer = _like(np.concatenate([_array(x), garbage], axis=-2), x)
    visible = np.arange(tokens + extra)[None] < tokens
    before = _output(f, x, _like(visible[:, :tokens], x, dtype=bool))
    after = _output(f, longer, _like(visible, x, dtype=bool))
    return _distance(after[..., :tokens, :], before)


def key_permutation_invariance(attention: Callable, q: Any, k: Any, v: Any) -> float:
    """How far the output moves when keys and values (..., keys, features) are shuffled together: a set has no order."""
    order = _shuffled(k.shape[-2])
    return _distance(_output(attention, q, k[..., order, :], v[..., order, :]), _output(attention, q, k, v))


def query_permutation_equivariance(attention: Callable, q: Any, k: Any, v: Any) -> float:
    """How far shuffling the queries (..., queries, features) and shuffling the outputs differ: each asks for itself."""
    order = _shuffled(q.shape[-2])
    return _distance(_output(attention, q[..., order, :], k, v), _output(attention, q, k, v)[..., order, :])


def permutation_equivariance(f: Callable, x: Any) -> float:
    """How far shuffling the tokens of x (..., tokens, features) and the outputs differ: `f` has no positions."""
    order = _shuffled(x.shape[-2])
    return _distance(_output(f, x[..., order, :]), _output(f, x)[..., order, :])


def rows_sum_to_one(attention_weights: Any) -> float:
    """How far the sum of a row of the weights (..., queries, keys) is from 1, at most."""
    return float(np.abs(_array(attention_weights).sum(axis=-1) - 1).max())


def hidden_weight(attention_weights: Any, mask: Any) -> float:
    """The largest weight (..., queries, keys) at a key that the mask hides from a query that sees something."""
    weights, mask = np.broadcast_arrays(_array(attention_weights), _array(mask))
    hidden = ~mask & mask.any(axis=-1, keepdims=True)
    return float(np.abs(weights[hidden]).max(initial=0.0))


def entropy(attention_weights: Any) -> np.ndarray:
    """The entropy in bits of each row of the weights (..., queries, keys): 0 for one key, log2(keys) for all alike."""
    weights = _array(attention_weights)
    return -(weights * np.log2(np.where(weights > 0, weights, 1.0))).sum(axis=-1)


def _output(f: Callable, *arguments: Any) -> np.ndarray:
    result = f(*arguments)
    return _array(result[0] if isinstance(result, tuple) else result)


def _is_tensor(x: Any) -> bool:
    """Whether it is PyTorch's; where PyTorch is not imported, nothing is."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def _array(x: Any) -> np.ndarray:
    return x.detach().cpu().numpy() if _is_tensor(x) else np.asarray(x)


def _like(array: np.ndarray, x: Any, dtype: type | None = None) -> Any:
    """Return `array` as what `x` is, an array or a tensor, of the same dtype unless another one is asked for."""
    if _is_tensor(x):
        import torch

        return torch.as_tensor(array, dtype=torch.bool if dtype is bool else x.dtype, device=x.device)
    return np.asarray(array, dtype=dtype or np.asarray(x).dtype)


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())


def _shuffled(count: int) -> list[int]:
    """Every index, none of them in its own place."""
    order = np.random.default_rng(SEED).permutation(count)
    followed_by = dict(zip(order, np.roll(order, -1), strict=True))
    return [int(followed_by[i]) for i in range(count)]


def _raised_by(error: BaseException) -> str:
    """The function, or the class of the method, that raised `error`."""
    frame = [frame for frame, _ in walk_tb(error.__traceback__)][-1]
    owner = frame.f_locals.get("self")
    return frame.f_code.co_name if owner is None else type(owner).__name__


def numerical_gradient(f: Callable, x: np.ndarray, upstream: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """The gradient of Σ upstream · f(x) by x, from a small step there and one back for every number: slow and sure."""
    gradient = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        there, back = x.copy(), x.copy()
        there[place] += step
        back[place] -= step
        gradient[place] = ((_output(f, there) - _output(f, back)) * upstream).sum() / (2 * step)
    return gradient


def shift_and_scale_invariance(norm: Callable, x: Any, shift: float = 11.0, scale: float = 7.0) -> float:
    """How far norm(scale · x + shift) and norm(x) differ: a token's level and its size must not matter."""
    return _distance(_output(norm, scale * x + shift), _output(norm, x))


def attention_maps(model: "torch.nn.Module", *inputs: Any) -> list[np.ndarray]:
    """The attention weights (batch, heads, queries, keys) of every `self_attention` in a model, in order of use."""
    maps: list[np.ndarray] = []
    modules = [module for name, module in model.named_modules() if name.split(".")[-1] == "self_attention"]
    hooks = [module.register_forward_hook(lambda _, __, output: maps.append(_array(output[1]))) for module in modules]
    try:
        model(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return maps


def batch_independence(f: Callable, x: Any) -> float:
    """How far the outputs of the samples of x (batch, tokens, features) move when each is computed alone."""
    alone = [_output(f, x[i : i + 1]) for i in range(len(x))]
    return _distance(np.concatenate(alone), _output(f, x))
