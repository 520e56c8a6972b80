"""Crashes in which two things do not fit: a name and what it stands for, a call and its parameters, two dtypes, the
names of weights and the part that they are for, a count and the first step of the schedule."""

import ast
import builtins
import re
from collections.abc import Iterator
from difflib import get_close_matches

from autograder.intake.submission import Submission
from autograder.judging.reading import Crash, Sentence, always


def _name_of_python(crash: Crash, found: re.Match[str]) -> str:
    """A name of Python's own in the line that the student's code has given to something else."""
    for name in re.findall(r"\b[a-z]\w*\b", crash.line):
        for cell, statement in crash.submission.code.definitions.get(name, ()):
            if callable(getattr(builtins, name, None)) and isinstance(statement, (ast.Assign, ast.AnnAssign)):
                place = crash.submission.place(cell, statement.lineno)
                return (
                    f"`{name}` is Python's own, and {place}, gives the name to something else. Take another name there."
                )
    return ""


def _parameter_renamed(crash: Crash, found: re.Match[str]) -> str:
    """The student's function, called by ours with the name of a parameter that it does not have."""
    owner, _, method = found["name"].rpartition(".")
    takes = [name for name in _parameters(crash.submission, owner or method, method) if name != "self"]
    if crash.line or not takes:
        return ""
    key = found["key"]
    meant = get_close_matches(key, takes, 1, 0.5)
    hint = f"Is that your `{meant[0]}`?" if meant else f"Yours has {', '.join(f'`{name}`' for name in takes)}."
    return f"`{method}` is called with `{key}=…`, and has no parameter of that name. {hint} Keep the release's names."


def _parameters(submission: Submission, name: str, method: str) -> list[str]:
    """The parameters of a method of the class `name` at the top of a cell, or of the function `name` there."""
    for _, statement in reversed(submission.code.definitions.get(name, [])):
        inside = statement.body if isinstance(statement, ast.ClassDef) else [statement]
        for function in inside:
            if isinstance(function, ast.FunctionDef) and function.name == method:
                own = function.args
                return [parameter.arg for parameter in (*own.posonlyargs, *own.args, *own.kwonlyargs)]
    return []


def _one_for_several(crash: Crash, found: re.Match[str]) -> str:
    """A call of the student's own attention, whose one array is unpacked into the output and the weights."""
    names, _, call = crash.line.partition("=")
    if not re.fullmatch(r"\s*(self\.)?\w+\(.*", call) or names.count(",") + 1 != int(found["names"]):
        return ""
    return (
        f"What is called here returns one array, and its rows are taken for {found['names']} results "
        f"(`{names.strip()}`). Return all of them there."
    )


def _other_dtype(crash: Crash, found: re.Match[str]) -> str:
    if not crash.in_torch:
        return ""
    return (
        "Tensors of two dtypes meet. One that you make yourself (`torch.eye`, `torch.zeros`, `torch.tensor`, "
        "`.float()`) does not have the inputs' dtype: say `dtype=x.dtype`, or `.to(x.dtype)`."
    )


def _name_not_cut(crash: Crash, found: re.Match[str]) -> str:
    """A part that is called with a dict of weights, and does not find one of its own in it. A decoder looks for its
    cross-attention last: where that alone is missing, the names are cut, and are those of an encoder."""
    called = re.search(r"\b(multi_head_attention|feed_forward|(en|de)coder(_layer)?)(_backward)?\(", crash.line)
    if not called or (called[2] == "de" and found["key"].startswith("cross_attention.")):
        return ""
    return (
        f"`{called[0][:-1]}` looks for '{found['key']}' in the weights that it gets, and there is no such name. Pick "
        "the names that begin with the path to this part, and cut off the whole path, with the dot at its end."
    )


def _step_zero(crash: Crash, found: re.Match[str]) -> str:
    """A loop of training that counts from 0, and the schedule that has no such step."""
    is_refused = crash.function == "learning_rate" and (found["type"] != "ValueError" or crash.line[:6] == "raise ")
    if crash.exercise.name not in ("train", "training_run") or not (is_refused or "negative power" in crash.message):
        return ""
    return (
        "The schedule is asked for step 0, and its first step is 1. Count with `range(1, steps + 1)`, or ask for "
        "`learning_rate(step + 1, …)`."
    )


OF_ATTENTION = r"[\w.]*(attention|attn|mha)\w*\("


def _weights_for_output(crash: Crash, found: re.Match[str]) -> str:
    """The second result of attention where the first one is needed, in the student's line or in one before it."""
    if re.search(rf"{OF_ATTENTION}.*\)\[1\]", crash.line, re.IGNORECASE):
        return "`[1]` takes the second result of attention, the weights. Take the first one, the output: `[0]`."
    for name, text in _second_results(crash.submission, crash.exercise.name):
        if re.search(rf"\b{name}\b", crash.line):
            return f"`{text}`: the second result of attention is the weights. Take the first one, the output."
    return ""


def _second_results(submission: Submission, name: str) -> Iterator[tuple[str, str]]:
    """Names of which each gets the second result of attention while the first is thrown away, as in `_, seen = …`."""
    for _, statement in submission.code.definitions.get(name, ()):
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                names, call = ast.unparse(node.targets[0]).strip("()"), ast.unparse(node.value)
                if (pair := re.fullmatch(r"_, (\w+)", names)) and re.match(OF_ATTENTION, call, re.IGNORECASE):
                    yield pair[1], f"_, {pair[1]} = …"


def _short_row(crash: Crash, found: re.Match[str]) -> str:
    """A sequence that is written into a row of a batch that has less room."""
    if crash.exercise.name != "pad_batch" or int(found["got"]) <= int(found["room"]):
        return ""
    return (
        f"A sequence of {found['got']} ids does not fit into a row of {found['room']}. The batch is as wide as its "
        "longest sequence: `max(len(sequence) for sequence in sequences)`."
    )


def _step_before_backward(crash: Crash, found: re.Match[str]) -> str:
    """An optimizer that takes its step before the gradient is there."""
    if "backward(" not in crash.line:
        return ""
    for places in crash.submission.code.definitions.values():
        for _, statement in places:
            calls = [n for n in ast.walk(statement) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
            lines = {n.func.attr: n.lineno for n in calls if isinstance(n.func, ast.Attribute)}
            if "step" in lines and lines["step"] < lines.get("backward", 0):
                return (
                    "`optimizer.step()` comes before `backward()`, and changes parameters that the gradient still "
                    "needs. Call `backward` first, and then take the step."
                )
    return ""


MISMATCHES: tuple[tuple[str, str, Sentence], ...] = (
    ("python-name-replaced", r"TypeError: ", _name_of_python),
    (
        "parameter-renamed",
        r"TypeError: (?P<name>[\w.]+)\(\) got an unexpected keyword argument '(?P<key>\w+)'",
        _parameter_renamed,
    ),
    ("name-not-cut", r"KeyError: '(?P<key>[\w.]+\.(weight|bias|gamma|beta))'$", _name_not_cut),
    (
        "weights-for-output",
        r"broadcast|must match the (existing )?size|is invalid for input of size|cannot reshape|"
        r"shapes cannot be multiplied|matmul: Input",
        _weights_for_output,
    ),
    (
        "row-too-short",
        r"broadcast input array from shape \((?P<got>\d+),\) into shape \((?P<room>\d+),\)",
        _short_row,
    ),
    ("step-before-backward", r"modified by an inplace operation", _step_before_backward),
    ("step-zero", r"(?P<type>ValueError|ZeroDivisionError): ", _step_zero),
    ("one-result-for-two", r"ValueError: too many values to unpack \(expected (?P<names>\d+)", _one_for_several),
    (
        "mask-of-bytes",
        r"masked_fill_? only supports boolean masks",
        always(
            "`masked_fill` asks for a boolean mask, and this one holds numbers. Turn the mask around with `~mask`, or "
            "`mask.logical_not()`, not by subtracting it from 1."
        ),
    ),
    (
        "half-precision",
        r"(scalar type|same dtype).*\b(BFloat16|Half)\b",
        always(
            "A part is calculated with half the digits (`autocast`, `.half()`, `.bfloat16()`), and meets what is not. "
            "Calculate in the dtype of the inputs."
        ),
    ),
    (
        "dtype-of-a-constant",
        r"to have the same dtype, but got|expected scalar type \w+ but found|must have the same dtype",
        _other_dtype,
    ),
    (
        "no-graphics-card",
        r"not compiled with CUDA|No CUDA GPUs|NVIDIA driver|MPS backend|Cannot access accelerator device",
        always(
            "There is no graphics card where your answers are checked. Leave `.cuda()`, `.to('cuda')` and "
            "`device='cuda'` out: new tensors belong where the inputs are, `device=x.device`."
        ),
    ),
)
