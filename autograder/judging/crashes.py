"""Read a crash: the commonest slips, told by the error's type and words and by the student's own line.

Here nothing is compared, so a reading names only what the error itself says, and never a second thing.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from autograder.evidence import Failure
from autograder.exercise import Exercise
from autograder.intake.code import parse_statements
from autograder.intake.submission import Submission
from autograder.judging.mismatches import MISMATCHES
from autograder.judging.reading import Crash, Reading, Sentence, always

DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
SELF_MISSING = "`{}` is a method: its first parameter is `self`, which is missing."
A_PRODUCT = (
    "A matrix product does not fit: the last axis of the first factor must be as long as the last but one of the "
    "second. A transpose is missing, or there is one too many."
)


def read_crash(failure: Failure, exercise: Exercise, submission: Submission) -> Reading | None:
    """What a crash says about the code; None where it may mean many things."""
    line = submission.line_of(failure.cell, failure.line) or ""
    shapes = {name: shape for name, shape in failure.shapes if re.search(rf"\b{re.escape(name)}\b", line)}
    crash = Crash(failure.type, failure.message, failure.function, line.strip(), shapes, exercise, submission)
    for name, pattern, say in (*MISMATCHES, *RULES):
        found = re.search(pattern, f"{crash.type}: {crash.message}")
        sentence = say(crash, found) if found else ""
        if sentence:
            return Reading(name, sentence)
    return None


def _not_stored(crash: Crash, found: re.Match[str]) -> str:
    """A class of the student's reads an attribute of `self` that nothing stores."""
    owner, attribute = found["owner"], found["name"]
    places = crash.submission.code.definitions.get(owner, [])
    stored = sorted({name for _, statement in places for name in _stored_on_self(statement)})
    if not places or attribute in stored:
        return ""
    if outer := _find_outer(places, attribute):
        return f"`{attribute}` is defined inside `{outer}`. Indent it like the other methods of `{owner}`."
    if _is_method_outside(crash, attribute):
        return f"`{attribute}` is defined outside `{owner}`. Indent it like the methods of `{owner}`, and run the cell."
    meant = get_close_matches(attribute, stored, 1)
    hint = f" Did you mean `self.{meant[0]}`?" if meant else f" Store it in `__init__`: `self.{attribute} = …`."
    return f"`self.{attribute}` is used in `{owner}`, but nothing stores it on `self`.{hint}"


def _find_outer(places: Sequence[tuple[int, ast.stmt]], name: str) -> str:
    """The method inside which a function of this name is defined that was meant to be a method beside it."""
    methods = [
        method
        for _, owner in places
        if isinstance(owner, ast.ClassDef)
        for method in owner.body
        if isinstance(method, ast.FunctionDef)
    ]
    inside = (m.name for m in methods for n in ast.walk(m) if n is not m and isinstance(n, DEFINED) and n.name == name)
    return next(inside, "")


def _is_method_outside(crash: Crash, name: str) -> bool:
    """Whether a function of this name stands in no class, and has a parameter `self`."""
    outside = (function for _, function in crash.submission.code.definitions.get(name, []))
    return any(
        isinstance(f, ast.FunctionDef) and [parameter.arg for parameter in f.args.args][:1] == ["self"] for f in outside
    )


def _stored_on_self(statement: ast.stmt) -> set[str]:
    return {
        node.attr
        for node in ast.walk(statement)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
    }


def _inner_sizes(crash: Crash, found: re.Match[str]) -> str:
    """A matrix product whose inner axes differ, with both shapes where the line shows them."""
    product = _find_product(crash)
    if product is None:
        return A_PRODUCT
    (left, a), (right, b) = product
    if not (a and b):
        return (
            f"`{right if a else left}` is a single number, and `@` multiplies arrays. To multiply by a number, write "
            "`*`. If it should be an array, look for a sum or a mean that took all axes together."
        )
    inner = b[-2] if len(b) > 1 else b[-1]
    if a[-1] != inner:
        swap = f" Swap the last two axes of `{right}`." if a[-1] == b[-1] else ""
        return (
            f"`{left} @ {right}` multiplies {a} by {b}: the last axis of `{left}` has {a[-1]} entries, and the axis of "
            f"`{right}` that it meets has {inner}.{swap}"
        )
    if _broadcast(a[:-2], b[:-2]):  # it is another product that does not fit, in a function that the line calls
        return A_PRODUCT
    return (
        f"`{left} @ {right}` multiplies {a} by {b}: the leading axes, {a[:-2]} and {b[:-2]}, do not fit. Only the "
        "last two axes are multiplied; the others must be the same."
    )


def _broadcast(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two shapes fit together, counted from the end."""
    return all(a == b or 1 in (a, b) for a, b in zip(reversed(one), reversed(other), strict=False))


def _find_product(crash: Crash) -> tuple[tuple[str, tuple[int, ...]], tuple[str, tuple[int, ...]]] | None:
    """The two named factors of the one matrix product in the line."""
    try:
        tree = ast.parse(crash.line)
    except SyntaxError:
        return None
    products = [n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult)]
    if len(products) != 1:
        return None
    sides = [ast.unparse(products[0].left), ast.unparse(products[0].right)]
    if not all(side in crash.shapes for side in sides):
        return None
    left, right = ((side, crash.shapes[side]) for side in sides)
    return left, right


def _axes_by_number(crash: Crash, found: re.Match[str]) -> str:
    """A transpose, or another function, of axes that are counted from the front."""
    if not re.search(r"transpose|permute|swapaxes|moveaxis|\.T\b|dim\s*=\s*\d|axis\s*=\s*\d|\(\s*\d", crash.line):
        return ""
    example = "transpose(-1, -2)" if crash.in_torch else "swapaxes(-1, -2)"
    return (
        "An axis is counted from the front, which works with one number of axes only. Leading axes are free here: "
        f"count from the end, as in `{example}`."
    )


def _axes_assumed(crash: Crash, found: re.Match[str]) -> str:
    if not re.search(r"\.shape|\.size\(\)", crash.line):
        return ""
    return (
        "The shape is unpacked into a fixed number of axes. The input may have more axes, or fewer: take the ones that "
        "you need from the end, such as `x.shape[-1]`."
    )


def _lost_axis(crash: Crash, found: re.Match[str]) -> str:
    """Two shapes that do not broadcast: a mask without an axis, or a sum that has lost one."""
    masks = [name for name in crash.shapes if "mask" in name]
    others = [shape for name, shape in crash.shapes.items() if name not in masks]
    if masks and others and (deepest := max(others, key=len)):
        shape = crash.shapes[masks[0]]
        if len(shape) == len(deepest) - 1 and shape[:1] == deepest[:1]:
            return (
                f"`{masks[0]}` has shape {shape}, and meets {deepest}: an axis is missing, that of the heads. Put it "
                f"in: `{masks[0]}[:, None]`."
            )
    shapes = [tuple(map(int, re.findall(r"\d+", text))) for text in re.findall(r"\(([\d, ]*)\)", crash.message)]
    if crash.in_torch or len(shapes) != 2:
        shapes = [*crash.shapes.values()]
    if len(shapes) != 2 or _broadcast(*shapes):
        return ""
    longer, shorter = sorted(shapes, key=len, reverse=True)
    if longer[:-1] == shorter:
        word = "keepdim=True" if crash.in_torch else "keepdims=True"
        return (
            f"Arrays of shapes {longer} and {shorter} do not fit: the second has lost its last axis, in a sum, a mean "
            f"or a maximum. Keep it, with `{word}`."
        )
    advice = " An axis is missing: put it in with `[:, None]`." if _lacks_an_axis(longer, shorter) else ""
    return (
        f"Arrays of shapes {shapes[0]} and {shapes[1]} do not fit together: counted from the end, two axes must be "
        f"equal, or one of them 1.{advice}"
    )


def _lacks_an_axis(longer: tuple[int, ...], shorter: tuple[int, ...]) -> bool:
    """Whether the two would fit if the shorter shape had one more axis, behind its first."""
    filled = (*shorter[:1], 1, *shorter[1:])
    return len(longer) == len(filled) and _broadcast(longer, filled)


def _no_truth(crash: Crash, found: re.Match[str]) -> str:
    if re.search(r"\b(and|or|not)\b(?! None)", crash.line):
        return (
            "`and`, `or` and `not` ask for one truth value, and a mask has many. Combine masks with `&`, `|` and `~`."
        )
    return "An array of many elements has no single truth value. To ask whether there is a mask: `if mask is not None`."


def _key_without_a_dot(crash: Crash, found: re.Match[str]) -> str:
    name, part = found["name"].rstrip("_."), found["part"]
    if f"{name}.{part}" == found["key"]:
        return ""
    return f"There is no key '{found['key']}': the keys of `weights` have a dot, as in '{name}.{part}'."


def _signature(crash: Crash, found: re.Match[str]) -> str:
    takes, given = int(found["takes"]), int(found["given"])
    name = found["name"].rpartition(".")[2]
    return SELF_MISSING.format(name) if given == takes + 1 and _lacks_self(crash, name) else ""


def _lacks_self(crash: Crash, name: str) -> bool:
    """Whether a class of the student's has a method of this name without `self`."""
    classes = [
        statement
        for places in crash.submission.code.definitions.values()
        for _, statement in places
        if isinstance(statement, ast.ClassDef)
    ]
    return any(
        isinstance(node, ast.FunctionDef)
        and node.name == name
        and not node.decorator_list
        and [parameter.arg for parameter in node.args.args][:1] != ["self"]
        for owner in classes
        for node in owner.body
    )


def _no_self(crash: Crash, found: re.Match[str]) -> str:
    return SELF_MISSING.format(crash.function) if _lacks_self(crash, crash.function) else ""


def _several_values(crash: Crash, found: re.Match[str]) -> str:
    name = found["name"].rpartition(".")[2]
    return SELF_MISSING.format(name) if _lacks_self(crash, name) else ""


def _misspelt(crash: Crash, found: re.Match[str]) -> str:
    """A name that is not there, next to one that is."""
    name = found["name"]
    known = {node.id for cell in crash.submission.cells.values() for node in _walk(cell) if isinstance(node, ast.Name)}
    known |= {node.arg for cell in crash.submission.cells.values() for node in _walk(cell) if isinstance(node, ast.arg)}
    meant = get_close_matches(name, sorted(known - {name}), 1, 0.75)
    return f"There is no `{name}`. Did you mean `{meant[0]}`?" if meant else ""


def _walk(source: str) -> Iterator[ast.AST]:
    for statement in parse_statements(source):
        yield from ast.walk(statement)


def _module_not_called(crash: Crash, found: re.Match[str]) -> str:
    """A module in place of its output; it is named where the line has only one that is not called."""
    names = set(re.findall(r"\bself\.\w+\b(?![.\[(])", crash.line))
    named = f"`{names.pop()}`" if len(names) == 1 else "it"
    return f"A module is used where its output is meant. Call {named} on its input, with round brackets."


def _features_of_a_map(crash: Crash, found: re.Match[str]) -> str:
    """A linear map that gets another number of features than it takes."""
    if "@" in crash.line or "matmul" in crash.line:
        return ""
    got, takes = found["got"], found["takes"]
    return (
        f"A linear map that takes {takes} features gets {got}. Look at what goes in, and at the sizes of the map: "
        "`nn.Linear` takes the inputs first, then the outputs."
    )


def _method_of_tensors(crash: Crash, found: re.Match[str]) -> str:
    return f"`.{found['name']}` belongs to PyTorch's tensors; a NumPy array has no such method. Use NumPy's function."


def _keywords_of_torch(crash: Crash, found: re.Match[str]) -> str:
    if crash.in_torch:
        return ""
    return "`dim` and `keepdim` are PyTorch's words. NumPy says `axis` and `keepdims`."


def _mask_of_numbers(crash: Crash, found: re.Match[str]) -> str:
    if "NoneType" in crash.message:
        return ""
    return "`~` turns truth values around, and this mask holds numbers. Make it boolean first."


def _none(crash: Crash, found: re.Match[str]) -> str:
    if "mask" in crash.line:
        return "The mask may be None, and then there is nothing to hide. Ask `if mask is not None` first."
    return ""


RULES: tuple[tuple[str, str, Sentence], ...] = (
    (
        "super-init-missing",
        r"before Module\.__init__\(\) call|has no attribute '_(modules|parameters|buffers)'",
        always("`super().__init__()` is missing. Call it first thing in `__init__`."),
    ),
    ("self-missing", r"TypeError: (?P<name>[\w.<>]+)\(\) got multiple values for argument", _several_values),
    ("self-missing", r"AttributeError: '\w+' object has no attribute", _no_self),
    ("not-stored-on-self", r"AttributeError: '(?P<owner>\w+)' object has no attribute '(?P<name>\w+)'", _not_stored),
    (
        "method-of-tensors",
        r"AttributeError: 'numpy\.ndarray' object has no attribute "
        r"'(?P<name>masked_fill|unsqueeze|permute|view|softmax|exp|transpose_|size|dim|float|bool|contiguous)'",
        _method_of_tensors,
    ),
    (
        "array-called",
        r"TypeError: '(Tensor|numpy\.ndarray)' object is not callable",
        always(
            "An array is called as if it were a function. Pass a sublayer as a function (`lambda x: …`), not as its "
            "result; and index an array with square brackets."
        ),
    ),
    (
        "shape-called",
        r"TypeError: '(tuple|torch\.Size|int)' object is not callable",
        lambda crash, found: (
            "`.shape` is a tuple, and NumPy's `.size` a number: neither is called. Write `x.shape[0]`."
            if re.search(r"\.(shape|size)\(", crash.line)
            else ""
        ),
    ),
    (
        "pair-used-as-array",
        r"must be Tensor, not tuple|'(Tensor|numpy\.ndarray)' and 'tuple'|'tuple' and '(Tensor|numpy\.ndarray)'|"
        r"'tuple' object has no attribute '(shape|size|dim|view|transpose|swapaxes|reshape|dtype)'",
        always(
            "A pair is used as if it were one array. Attention returns two results, the output and the weights: take "
            "the output."
        ),
    ),
    (
        "module-used-as-output",
        r"must be Tensor, not (?!tuple|int|float|bool|NoneType|list|dict|str|numpy|method|function)\w+|"
        r"'Tensor' and '(Linear|Dropout|ReLU|Sequential|ModuleList|Embedding|Softmax|\w+Attention|\w*Norm)'|"
        r"'(Linear|Dropout|ReLU|Sequential|ModuleList|Embedding|Softmax|\w+Attention|\w*Norm)' and 'Tensor'",
        _module_not_called,
    ),
    ("key-without-a-dot", r"KeyError: '?(?P<key>(?P<name>[\w.]+?)\.?(?P<part>weight|bias))'?$", _key_without_a_dot),
    (
        "batch-of-one",
        r"with \d+ elements cannot be converted to Scalar|can only convert an array of size 1|"
        r"only (one element tensors|length-1 arrays|0-dimensional arrays)",
        always(
            "A batch of one is taken for granted: `.item()`, `int(…)` and `float(…)` take a single number, and here "
            "there is one for each row. Keep the tensor."
        ),
    ),
    ("keywords-of-pytorch", r"unexpected keyword argument '(dim|keepdim)'", _keywords_of_torch),
    (
        "numpy-on-tensors",
        r"Can't call numpy\(\) on Tensor that requires grad|'Tensor' object has no attribute 'astype'",
        always(
            "A NumPy function is called on a tensor. No gradient can pass through it: use PyTorch's function of that "
            "name."
        ),
    ),
    (
        "pytorch-on-arrays",
        r"must be Tensor, not numpy\.ndarray",
        always("A PyTorch function is called on a NumPy array. This exercise is done in NumPy: use `np.…`."),
    ),
    (
        "function-used-as-result",
        r"must be Tensor, not (function|method|builtin_function_or_method)|"
        r"'(Tensor|numpy\.ndarray)' and '(function|method)'|'(function|method)' and '(Tensor|numpy\.ndarray)'",
        always("A function is used where its result is meant. Call it: `sublayer(x)`, not `sublayer`."),
    ),
    (
        "features-of-a-map",
        r"mat1 and mat2 shapes cannot be multiplied \(\d+x(?P<got>\d+) and (?P<takes>\d+)x\d+\)",
        _features_of_a_map,
    ),
    ("name-misspelt", r"(NameError|UnboundLocalError): .*'(?P<name>\w+)'", _misspelt),
    (
        "inner-sizes-differ",
        r"matmul: Input operand|shapes .* not aligned|shapes cannot be multiplied|"
        r"Expected size for first two dimensions of batch2|size mismatch, got",
        _inner_sizes,
    ),
    (
        "axis-by-number",
        r"Dimension out of range|axes don't match array|AxisError|is out of bounds for array of dimension|"
        r"input\.dim\(\) = \d+ is not equal to len\(dims\)",
        _axes_by_number,
    ),
    (
        "axis-by-number",
        r"could not be broadcast together|must match the (existing )?size",
        lambda crash, found: (
            _axes_by_number(crash, found) if re.search(r"(transpose|permute|swapaxes)\(\s*\d", crash.line) else ""
        ),
    ),
    ("axes-assumed", r"ValueError: (not enough|too many) values to unpack", _axes_assumed),
    ("axis-lost", r"could not be broadcast together|could not broadcast|must match the size of tensor", _lost_axis),
    ("no-single-truth", r"truth value of an array|Boolean value of Tensor", _no_truth),
    (
        "mask-of-numbers",
        r"bad operand type for unary ~|ufunc 'invert' not supported|bitwise_not.* not implemented for",
        _mask_of_numbers,
    ),
    (
        "written-in-place",
        r"modified by an inplace operation|leaf Variable that requires grad is being used in an in-place",
        always("A tensor that autograd still needs is overwritten (`+=`, `x[…] = …`, `masked_fill_`). Make a new one."),
    ),
    (
        "view-needs-contiguous-memory",
        r"view size is not compatible",
        always("`view` needs memory without gaps, and a transpose leaves some. Use `reshape`."),
    ),
    (
        "self-missing",
        r"TypeError: (?P<name>[\w.<>]+)\(\) takes (?P<takes>\d+) positional arguments? but (?P<given>\d+)",
        _signature,
    ),
    ("none-used", r"'?NoneType'?", _none),
)
