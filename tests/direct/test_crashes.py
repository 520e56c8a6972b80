"""What a crash says about the code: real messages of NumPy and PyTorch, and the student's line."""

from typing import Any

import pytest

from autograder.evidence import Failure, FailureKind
from autograder.intake.submission import Submission
from autograder.judging.crashes import read_crash
from autograder.judging.not_there import error_words
from tests.direct.made_up import exercise, raised

NUMPY, TORCH = exercise(name="double"), exercise(name="Double")


def read(type_, message, line="", shapes=(), cells="", of=NUMPY, function=""):
    source = f"{cells}\n{line}" if cells else line
    where: dict[str, Any] = {"cell": "1", "line": len(source.splitlines())} if line else {}
    failure = Failure(FailureKind.RAISED, type=type_, message=message, function=function, shapes=tuple(shapes), **where)
    reading = read_crash(failure, of, Submission("a file", "a unit", {1: source}, is_notebook=True))
    return (reading.name, reading.sentence) if reading else ("", "")


MISMATCH = "matmul: Input operand 1 has a mismatch in its core dimension 0 (size 7 is different from 4)"
BROADCAST = "operands could not be broadcast together with shapes {} {} "
OF_TENSORS = "The size of tensor a (5) must match the size of tensor b (3) at non-singleton dimension 1"
CLASS = (
    "class Double(nn.Module):\n    def __init__(self):\n        self.dropout = 1\n    def forward({}):\n        pass"
)


@pytest.mark.parametrize(
    ("type_", "message", "name"),
    [
        ("AttributeError", "cannot assign module before Module.__init__() call", "super-init-missing"),
        ("AttributeError", "'Double' object has no attribute '_modules'", "super-init-missing"),
        ("AttributeError", "'numpy.ndarray' object has no attribute 'masked_fill'", "method-of-tensors"),
        ("TypeError", "'Tensor' object is not callable", "array-called"),
        ("TypeError", "'numpy.ndarray' object is not callable", "array-called"),
        ("TypeError", "linear(): argument 'input' (position 1) must be Tensor, not tuple", "pair-used-as-array"),
        ("TypeError", "unsupported operand type(s) for +: 'Tensor' and 'tuple'", "pair-used-as-array"),
        ("AttributeError", "'tuple' object has no attribute 'shape'", "pair-used-as-array"),
        ("TypeError", "linear(): argument 'input' (position 1) must be Tensor, not Linear", "module-used-as-output"),
        ("TypeError", "unsupported operand type(s) for @: 'Dropout' and 'Tensor'", "module-used-as-output"),
        (
            "TypeError",
            "dropout(): argument 'input' must be Tensor, not function",
            "function-used-as-result",
        ),
        ("KeyError", "'w_qweight'", "key-without-a-dot"),
        ("KeyError", "linear1_bias", "key-without-a-dot"),
        ("RuntimeError", "a Tensor with 3 elements cannot be converted to Scalar", "batch-of-one"),
        ("ValueError", "can only convert an array of size 1 to a Python scalar", "batch-of-one"),
        ("TypeError", "amax() got an unexpected keyword argument 'dim'", "keywords-of-pytorch"),
        ("RuntimeError", "Can't call numpy() on Tensor that requires grad. Use tensor.detach()", "numpy-on-tensors"),
        ("TypeError", "exp(): argument 'input' (position 1) must be Tensor, not numpy.ndarray", "pytorch-on-arrays"),
        ("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (15x4 and 8x8)", "features-of-a-map"),
        ("ValueError", MISMATCH, "inner-sizes-differ"),
        ("RuntimeError", "Expected size for first two dimensions of batch2 tensor to be: [3, 4]", "inner-sizes-differ"),
        ("ValueError", BROADCAST.format("(3,5,8)", "(3,5)"), "axis-lost"),
        ("ValueError", BROADCAST.format("(7,)", "(4,)"), "axis-lost"),
        ("ValueError", "The truth value of an array with more than one element is ambiguous", "no-single-truth"),
        ("RuntimeError", "Boolean value of Tensor with more than one value is ambiguous", "no-single-truth"),
        ("TypeError", "ufunc 'invert' not supported for the input types", "mask-of-numbers"),
        ("RuntimeError", "one of the variables needed has been modified by an inplace operation", "written-in-place"),
        ("RuntimeError", "view size is not compatible with input tensor's size", "view-needs-contiguous-memory"),
    ],
)
def test_the_words_alone_tell_some_slips(type_, message, name):
    found, sentence = read(type_, message)
    assert found == name
    assert sentence.endswith((".", "`"))


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        ("ValueError", "something else"),
        ("KeyError", "'w_q.weight'"),
        ("KeyError", "'mask'"),
        ("ValueError", "step must be at least 1"),
        ("ZeroDivisionError", "0.0 cannot be raised to a negative power"),
        ("IndexError", "Dimension out of range (expected to be in range of [-3, 2], but got 3)"),
        ("ValueError", "not enough values to unpack (expected 4, got 3)"),
        ("TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'"),
        ("TypeError", "'int' object is not callable"),
        ("TypeError", "bad operand type for unary ~: 'NoneType'"),
        ("NameError", "name 'x' is not defined"),
        ("AttributeError", "'Other' object has no attribute 'x'"),
    ],
)
def test_words_that_may_mean_many_things_tell_nothing(type_, message):
    assert read(type_, message) == ("", "")


Q = (3, 5, 4)
A_NUMBER = (
    "`{}` is a single number, and `@` multiplies arrays. To multiply by a number, write `*`. If it should be an array, "
    "look for a sum or a mean that took all axes together."
)
LEADING = "the leading axes, {} and {}, do not fit. Only the last two axes are multiplied; the others must be the same."


@pytest.mark.parametrize(
    ("q", "k", "told"),
    [
        (
            Q,
            (3, 7, 4),
            "the last axis of `q` has 4 entries, and the axis of `k` that it meets has 7. Swap the last two",
        ),
        (
            (5, 4),
            (7, 4),
            "the last axis of `q` has 4 entries, and the axis of `k` that it meets has 7. Swap the last two",
        ),
        (Q, (2, 3, 8), "the last axis of `q` has 4 entries, and the axis of `k` that it meets has 3"),
        ((5, 4), (3,), "the last axis of `q` has 4 entries, and the axis of `k` that it meets has 3"),
        (Q, (2, 4, 7), LEADING.format("(3,)", "(2,)")),
        ((2, 3, 5, 4), (3, 2, 4, 7), LEADING.format("(2, 3)", "(3, 2)")),
        ((), (3, 4), A_NUMBER.format("q")),
        ((3, 4), (), A_NUMBER.format("k")),
    ],
)
def test_a_product_is_told_with_both_shapes_where_the_line_names_its_factors(q, k, told):
    shapes = [("q", q), ("k", k), ("other", (1,))]
    for line in ("scores = q @ k", "return q @ k"):
        _, sentence = read("ValueError", MISMATCH, line, shapes)
        where = "" if told.endswith("together.") else f"`q @ k` multiplies {q} by {k}: "
        swap = " axes of `k`." if "Swap" in told else "." * told[-1].isdigit()
        assert sentence == where + told + swap


@pytest.mark.parametrize("line", ["q @ k @ v", "q @ k.T", "if q @ k:", "f(q", "self.linear(q @ v)", "q @ u", "u @ v"])
def test_of_any_other_product_it_is_said_what_fits(line):
    shapes = [("q", Q), ("k", (3, 7, 4)), ("v", (3, 4, 9)), ("u", (4,))]
    assert read("ValueError", MISMATCH, line, shapes)[1] == (
        "A matrix product does not fit: the last axis of the first factor must be as long as the last but one of the "
        "second. A transpose is missing, or there is one too many."
    )


BY_NUMBER = (
    "An axis is counted from the front, which works with one number of axes only. Leading axes are free here: count "
    "from the end, as in `{}`."
)


def test_axes_that_are_counted_from_the_front_are_found_in_the_line():
    message = "Dimension out of range (expected to be in range of [-3, 2], but got 3)"
    for line in ("k.transpose(2, 3)", "x.permute(0, 2, 1)", "x.sum(dim=2)", "k.swapaxes(1, 2)", "k.T.softmax(n)"):
        found = read("IndexError", message, line, of=TORCH)
        assert found == ("axis-by-number", BY_NUMBER.format("transpose(-1, -2)"))
    found = read("ValueError", "axes don't match array", "k.transpose(0, 2, 1)")
    assert found == ("axis-by-number", BY_NUMBER.format("swapaxes(-1, -2)"))
    assert read("ValueError", BROADCAST.format("(3,2)", "(7,)"), "q @ k.transpose(0, 2, 1)")[0] == "axis-by-number"


@pytest.mark.parametrize(
    ("one", "other", "is_missing"),
    [
        ("(3,2,5,8)", "(3,5,8)", True),
        ("(3,4,5,8)", "(3,5,8)", True),
        ("(3,4,5,8)", "(3,5,7)", False),
        ("(3,5)", "(8,20)", False),
        ("(3,5,8)", "(5,5)", False),
        ("(7,)", "(3,)", False),
        ("(3,1,1,7)", "(5,2,1,7)", False),
    ],
)
def test_an_axis_is_said_to_be_missing_only_where_one_more_would_fit(one, other, is_missing):
    for shapes in ((one, other), (other, one)):
        _, sentence = read("ValueError", BROADCAST.format(*shapes), "x + y")
        first, second = (shape.replace(",", ", ").replace(", )", ",)") for shape in shapes)
        advice = " An axis is missing: put it in with `[:, None]`." if is_missing else ""
        assert sentence == (
            f"Arrays of shapes {first} and {second} do not fit together: counted from the end, two axes must be equal, "
            f"or one of them 1.{advice}"
        )


def test_a_shape_that_is_unpacked_into_too_many_or_too_few_axes():
    message = "not enough values to unpack (expected 4, got 3)"
    assert read("ValueError", message, "batch, heads, n, d = q.shape") == (
        "axes-assumed",
        "The shape is unpacked into a fixed number of axes. The input may have more axes, or fewer: take the ones that "
        "you need from the end, such as `x.shape[-1]`.",
    )
    assert read("ValueError", message, "a, b = pairs") == ("", "")


@pytest.mark.parametrize(
    ("mask", "others", "is_missing"),
    [
        ((3, 5, 7), [(3, 2, 5, 7)], True),
        ((3, 5, 7), [(9,), (3, 2, 5, 7)], True),
        ((3, 5, 7), [(9,), (5, 2, 5, 7)], False),
        ((3, 5, 7), [(3, 5, 6), (9,)], False),
        ((3, 5, 7), [], False),
        ((), [(3,), (4,)], False),
    ],
)
def test_a_mask_without_the_axis_of_the_heads(mask, others, is_missing):
    shapes = [("mask", mask), *zip("xyz", others, strict=False)]
    _, sentence = read("RuntimeError", OF_TENSORS, "f(x, y, mask)", shapes, of=TORCH)
    told = f"`mask` has shape {mask}, and meets {others[-1:]}: an axis is missing, that of the heads. Put it in: "
    assert sentence == (told.replace("[(", "(").replace(")]", ")") + "`mask[:, None]`." if is_missing else "")


LOST = (
    "Arrays of shapes {} and {} do not fit: the second has lost its last axis, in a sum, a mean or a maximum. Keep it, "
    "with `{}`."
)


def test_an_axis_that_a_sum_has_lost_is_kept_with_the_librarys_word():
    for shapes in ([("x", (3, 5)), ("m", (3,))], [("m", (3,)), ("x", (3, 5))]):
        told = read("RuntimeError", OF_TENSORS, "x - m", shapes, of=TORCH)[1]
        assert told == LOST.format((3, 5), (3,), "keepdim=True")
    told = read("ValueError", BROADCAST.format("(3,5,8)", "(3,5)"))[1]
    assert told == LOST.format((3, 5, 8), (3, 5), "keepdims=True")


@pytest.mark.parametrize("shapes", [[], [("x", (7,)), ("m", ())], [("x", (3, 5)), ("m", (5,))]])
def test_of_arrays_that_fit_together_nothing_is_said(shapes):
    assert read("RuntimeError", OF_TENSORS, "f(x - m)", shapes, of=TORCH) == ("", "")


OPERATORS = "`and`, `or` and `not` ask for one truth value, and a mask has many. Combine masks with `&`, `|` and `~`."
IS_THERE = "An array of many elements has no single truth value. To ask whether there is a mask: `if mask is not None`."


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("mask = causal and padding", OPERATORS),
        ("if not mask:", OPERATORS),
        ("if mask:", IS_THERE),
        ("if mask is not None == True:", IS_THERE),
        ("seen = mask or None", IS_THERE),
    ],
)
def test_the_truth_of_a_mask(line, told):
    message = "The truth value of an array with more than one element is ambiguous"
    assert read("ValueError", message, line)[1] == told


def test_an_attribute_that_nothing_stores():
    message = "'Double' object has no attribute '{}'"
    cells = CLASS.format("self, x")
    assert read("AttributeError", message.format("drop"), cells=cells, line="x") == (
        "not-stored-on-self",
        "`self.drop` is used in `Double`, but nothing stores it on `self`. Did you mean `self.dropout`?",
    )
    assert "`self.eps = …`" in read("AttributeError", message.format("eps"), cells=cells, line="x")[1]
    assert read("AttributeError", message.format("dropout"), cells=cells, line="x") == ("", "")


def test_a_method_that_is_indented_too_far_or_not_far_enough():
    message, right = "'Double' object has no attribute 'visible'", CLASS.format("self, x")
    for indent in (8, 12):
        deep = f"{' ' * indent}def visible(self, x):\n{' ' * indent}    return x"
        cells = (
            f"{right}\n{' ' * (indent - 4)}    return x\n{deep}"
            if indent == 8
            else right.replace("pass", "if x:\n" + deep)
        )
        assert read("AttributeError", message, cells=cells, line="x") == (
            "not-stored-on-self",
            "`visible` is defined inside `forward`. Indent it like the other methods of `Double`.",
        )
    outside = f"{right}\ndef visible(self, x):\n    return x"
    assert "is defined outside `Double`" in read("AttributeError", message, cells=outside, line="x")[1]
    helper = f"{right}\ndef visible(x):\n    return x"
    assert "`self.visible = …`" in read("AttributeError", message, cells=helper, line="x")[1]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("return x + self.dropout", "Call `self.dropout` on"),
        ("return self.residual2(h, self.feed_forward(h)) + self.dropout", "Call `self.dropout` on"),
        ("return self.linear1 + self.linear2", "Call it on"),
        ("return x + sublayer", "Call it on"),
    ],
)
def test_a_module_that_is_not_called_is_named_where_the_line_has_one(line, named):
    assert named in read("TypeError", "unsupported operand type(s) for +: 'Tensor' and 'Dropout'", line, of=TORCH)[1]


def test_a_method_without_self():
    cells = CLASS.format("x, mask=None")
    told = ("self-missing", "`forward` is a method: its first parameter is `self`, which is missing.")
    for type_, message in (
        ("AttributeError", "'Double' object has no attribute 'size'"),
        ("TypeError", "Double.forward() got multiple values for argument 'mask'"),
        ("TypeError", "Double.forward() takes 1 positional argument but 2 were given"),
        ("TypeError", "make.<locals>.Double.forward() got multiple values for argument 'mask'"),
        ("TypeError", "make.<locals>.Double.forward() takes 1 positional argument but 2 were given"),
    ):
        assert read(type_, message, cells=cells, line="x", function="forward") == told
    right = CLASS.format("self, x")
    assert read("TypeError", "Double.forward() takes 2 positional arguments but 3 were given", cells=right) == ("", "")
    assert read("TypeError", "f() got multiple values for argument 'x'", cells=right, line="x") == ("", "")


def test_a_name_that_is_misspelt():
    cells = "def double(values):\n    shifted = values"
    assert read("NameError", "name 'shiftd' is not defined", cells=cells, line="    return shiftd")[1] == (
        "There is no `shiftd`. Did you mean `shifted`?"
    )
    assert "`values`" in read("NameError", "name 'valuse' is not defined", cells=cells, line="    return valuse")[1]
    cells = "def double(value): pass"
    assert read("NameError", "name 'valid' is not defined", cells=cells, line="    return valid") == ("", "")


def test_what_depends_on_the_library_or_the_line():
    assert read("TypeError", "f() got an unexpected keyword argument 'dim'", of=TORCH) == ("", "")
    assert read("TypeError", "'tuple' object is not callable", "x.shape(0)")[0] == "shape-called"
    assert read("TypeError", "'int' object is not callable", "x.size(0)")[0] == "shape-called"
    assert read("TypeError", "'NoneType' object is not subscriptable", "scores[mask[0]]")[0] == "none-used"
    product = "mat1 and mat2 shapes cannot be multiplied (15x4 and 8x8)"
    for line in ("q @ k", "torch.matmul(q, k)"):
        assert read("RuntimeError", product, line, of=TORCH)[0] == "inner-sizes-differ"


@pytest.mark.parametrize(
    ("type_", "message", "line", "told"),
    [
        (
            "KeyError",
            "'w_q_weight'",
            "",
            "There is no key 'w_q_weight': the keys of `weights` have a dot, as in 'w_q.weight'.",
        ),
        ("KeyError", "'w_qbias'", "", "There is no key 'w_qbias': the keys of `weights` have a dot, as in 'w_q.bias'."),
        ("KeyError", "'X_bias'", "", "There is no key 'X_bias': the keys of `weights` have a dot, as in 'X.bias'."),
        (
            *("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (15x4 and 8x8)", "self.linear(x)"),
            "A linear map that takes 8 features gets 4. Look at what goes in, and at the sizes of the map: `nn.Linear` "
            "takes the inputs first, then the outputs.",
        ),
        (
            *("TypeError", "amax() got an unexpected keyword argument 'dim'", ""),
            "`dim` and `keepdim` are PyTorch's words. NumPy says `axis` and `keepdims`.",
        ),
        (
            *("TypeError", "ufunc 'invert' not supported for the input types", ""),
            "`~` turns truth values around, and this mask holds numbers. Make it boolean first.",
        ),
        (
            *("TypeError", "'NoneType' object is not subscriptable", "scores[mask[0]]"),
            "The mask may be None, and then there is nothing to hide. Ask `if mask is not None` first.",
        ),
    ],
)
def test_what_is_told_in_full(type_, message, line, told):
    assert read(type_, message, line)[1] == told


OWN = """def double(x, attn_mask=None): pass
class Double:
    def __init__(self, h, d_model): pass
    def forward(self, x, *, mask=None): pass
range = 7
sum: int = 0
len = lambda x: 1
def max(x): return x"""


@pytest.mark.parametrize(
    ("type_", "message", "line", "named", "words"),
    [
        (
            "TypeError",
            "'int' object is not callable",
            "y = [0 for i in range(3)]",
            "python-name-replaced",
            "`range` is Python",
        ),
        ("TypeError", "'int' object is not callable", "y = sum(x)", "python-name-replaced", "line 6, gives the name"),
        ("TypeError", "'int' object is not callable", "y = max(x)", None, ""),
        ("TypeError", "'int' object is not callable", "y = abs(x)", None, ""),
        (
            *("TypeError", "double() got an unexpected keyword argument 'mask'", ""),
            *("parameter-renamed", "`double` is called with `mask=…`, and has no parameter of that name. Is that your"),
        ),
        (
            *("TypeError", "Double.__init__() got an unexpected keyword argument 'num_heads'", ""),
            *("parameter-renamed", "Yours has `h`, `d_model`. Keep the release's names."),
        ),
        ("TypeError", "Double.backward() got an unexpected keyword argument 'mask'", "", None, ""),
        ("TypeError", "unknown() got an unexpected keyword argument 'mask'", "", None, ""),
        ("TypeError", "double() got an unexpected keyword argument 'mask'", "double(x, mask=m)", None, ""),
        (
            *("ValueError", "too many values to unpack (expected 2)", "y, w = self.attend(q, k, v)"),
            *("one-result-for-two", "taken for 2 results (`y, w`). Return all of them there."),
        ),
        (
            *("ValueError", "too many values to unpack (expected 3)", "b, t, d = x.shape"),
            *("axes-assumed", "unpacked into a fixed number of axes"),
        ),
        ("ValueError", "too many values to unpack (expected 2)", "(a, b), c = f(x)", None, ""),
        (
            *("RuntimeError", "masked_fill_ only supports boolean masks, but got mask with dtype unsigned char"),
            *("x.masked_fill(1 - mask, 0)", "mask-of-bytes", "`~mask`"),
        ),
        (
            *("RuntimeError", "expected scalar type BFloat16 but found Float", "a @ b", "half-precision"),
            "Calculate in the dtype of the inputs.",
        ),
        (
            *("RuntimeError", "expected m1 and m2 to have the same dtype, but got: float != c10::Half", "a @ b"),
            *("half-precision", "`autocast`"),
        ),
        (
            *("RuntimeError", "expected m1 and m2 to have the same dtype, but got: double != float", "a @ b"),
            *("dtype-of-a-constant", "`dtype=x.dtype`"),
        ),
        ("AssertionError", "Torch not compiled with CUDA enabled", "x.cuda()", "no-graphics-card", "`device=x.device`"),
    ],
)
def test_what_does_not_fit_is_named(type_, message, line, named, words):
    found = read(type_, message, line, cells=OWN, of=TORCH) if line else read_own(type_, message)
    assert found == ("", "") if named is None else (found[0] == named and words in found[1])


def read_own(type_, message):
    """Of a call that is ours, so that no line of the student's raised it."""
    failure = Failure(FailureKind.RAISED, type=type_, message=message)
    reading = read_crash(failure, TORCH, Submission("a file", "a unit", {1: OWN}, is_notebook=True))
    return (reading.name, reading.sentence) if reading else ("", "")


def test_two_dtypes_in_numpy_say_nothing():
    assert read("RuntimeError", "must have the same dtype", "a @ b", of=NUMPY) == ("", "")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("invalid non-printable character U+00A0", "U+00A0: it looks like a blank and came with text that was pasted"),
        ("invalid non-printable character U+200B", "U+200B: it cannot be seen and came with text"),
        ("invalid character '“' (U+201C)", "it is a printer's mark, from a text or a web page; type `\"` instead"),
        ("invalid character '−' (U+2212)", "type `-` instead"),
    ],
)
def test_a_character_that_looks_like_another_is_explained(message, words):
    assert words in error_words(Failure(FailureKind.RAISED, type="SyntaxError", message=message))


@pytest.mark.parametrize("message", ["invalid character '√' (U+221A)", "invalid syntax"])
def test_any_other_character_is_told_as_python_tells_it(message):
    assert error_words(Failure(FailureKind.RAISED, type="SyntaxError", message=message)) == f"SyntaxError: {message}"


def test_a_student_who_raises_pythons_words_is_told_no_more():
    message = "invalid non-printable character U+00A0"
    assert error_words(raised("ValueError", message)) == f"ValueError: {message}"


@pytest.mark.parametrize(
    ("key", "line", "part"),
    [
        (
            "w_q.weight",
            "seen, _ = multi_head_attention(x, x, x, own, num_heads, mask)",
            "multi_head",
        ),
        ("linear1.bias", "return x + feed_forward(x, weights)", "feed_forward"),
        ("self_attention.w_o.weight", "memory = encoder(embed(src), layers, num_heads, mask)", "encoder"),
        ("residual1.norm.gamma", "grad, found = decoder_layer_backward(grad, x, memory, weights, 2)", "decoder_layer"),
        ("w_q.weight", "q = x @ weights['w_q.weight'].T", ""),
        ("mask", "seen = multi_head_attention(x, x, x, weights, options['mask'])", ""),
        ("cross_attention.w_q.weight", "x = decoder(embed(tgt), memory, layers, num_heads)", ""),
        ("feed_forward.linear1.bias", "x = decoder(embed(tgt), memory, layers, num_heads)", "decoder"),
        ("cross_attention.w_q.weight", "x = encoder(embed(src), layers, num_heads)", "encoder"),
    ],
)
def test_a_part_that_finds_no_weight_of_its_own_is_told_by_the_line_that_calls_it(key, line, part):
    name, sentence = read("KeyError", f"'{key}'", line)
    assert (name, f"'{key}'" in sentence) == (("name-not-cut", True) if part else ("", False))
    assert sentence.startswith(f"`{part}" * bool(part))


TRAIN, NEGATIVE = exercise(name="train"), "0.0 cannot be raised to a negative power"


@pytest.mark.parametrize(
    ("type_", "message", "line", "function", "name"),
    [
        ("ValueError", "no step 0", "raise ValueError('no step 0')", "learning_rate", "step-zero"),
        ("ZeroDivisionError", "division by zero", "return 1 / step", "learning_rate", "step-zero"),
        ("ZeroDivisionError", NEGATIVE, "group['lr'] = 512 ** -0.5 * step ** -0.5", "train", "step-zero"),
        ("ZeroDivisionError", "integer modulo by zero", "src, tgt = batches[step % 0]", "train", ""),
        ("ValueError", "math domain error", "return 1 / math.sqrt(step)", "learning_rate", ""),
        ("ValueError", "no step 0", "raise ValueError('no step 0')", "train", ""),
    ],
)
def test_a_loop_that_counts_from_zero_is_told_where_the_schedule_refuses_step_zero(
    type_, message, line, function, name
):
    assert read(type_, message, line, of=TRAIN, function=function)[0] == name
    assert read(type_, message, line, of=NUMPY, function=function)[0] == ""


TWO_RESULTS = """class Double:
    def forward(self, x, mask):
        {} = self.self_attention(x, x, x, mask)
        return self.norm(x + seen)"""


@pytest.mark.parametrize(
    ("cells", "line", "words"),
    [
        ("", "x = self.residual1(x, lambda x: self.self_attention(x, x, x, mask)[1])", "`[1]` takes the second result"),
        ("", "return x + attn(x, x, x)[1]", "`[1]` takes the second result"),
        ("", "x = x + self.self_attention(x, x, x, mask)[0]", ""),
        ("", "return x + pair[1]", ""),
        (TWO_RESULTS.format("_, seen"), "y = x + seen", "`_, seen = …`: the second result of attention"),
        (TWO_RESULTS.format("seen, _"), "y = x + seen", ""),
        (TWO_RESULTS.format("_, seen"), "y = x + mask", ""),
    ],
)
def test_the_weights_in_place_of_the_output(cells, line, words):
    name, sentence = read("RuntimeError", OF_TENSORS, line, cells=cells, of=TORCH)
    assert (name == "weights-for-output") == bool(words)
    assert words in sentence


def test_a_row_of_a_batch_that_is_too_short():
    message = "could not broadcast input array from shape ({},) into shape ({},)"
    batch = exercise(name="pad_batch")
    assert read("ValueError", message.format(7, 3), "batch[row] = ids", of=batch)[1].startswith(
        "A sequence of 7 ids does not fit into a row of 3."
    )
    assert read("ValueError", message.format(3, 7), "batch[row] = ids", of=batch)[0] == "axis-lost"
    assert read("ValueError", message.format(7, 3), "batch[row] = ids")[0] == "axis-lost"


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("optimizer.step()", "loss.backward()", "step-before-backward"),
        ("loss.backward()", "optimizer.step()", "written-in-place"),
        ("scheduler.step()", "loss.backward()\n    optimizer.step()", "written-in-place"),
        ("x += 1", "loss.backward()", "written-in-place"),
    ],
)
def test_a_step_before_the_gradient_is_there(first, second, name):
    message = "one of the variables needed has been modified by an inplace operation"
    cells = f"def double(loss, optimizer):\n    {first}\n    {second}"
    assert read("RuntimeError", message, "loss.backward()", cells=cells, of=TORCH)[0] == name
    assert read("RuntimeError", message, "y = x", cells=cells, of=TORCH)[0] == "written-in-place"


OF_STEP_ZERO = (
    "The schedule is asked for step 0, and its first step is 1. Count with `range(1, steps + 1)`, or ask for "
    "`learning_rate(step + 1, …)`."
)
BATCH = exercise(name="pad_batch")
STEP_FIRST = "def double(loss, optimizer):\n    optimizer.step()\n    loss.backward()"
WHOLE = {  # what was raised, and the sentence, word for word
    "two dtypes": (
        ("RuntimeError", "must have the same dtype", "a @ b", (), "", TORCH),
        "Tensors of two dtypes meet. One that you make yourself (`torch.eye`, `torch.zeros`, `torch.tensor`, "
        "`.float()`) does not have the inputs' dtype: say `dtype=x.dtype`, or `.to(x.dtype)`.",
    ),
    "a name that is not cut": (
        ("KeyError", "'w_q.weight'", "memory = encoder(src, layers)"),
        "`encoder` looks for 'w_q.weight' in the weights that it gets, and there is no such name. Pick the names that "
        "begin with the path to this part, and cut off the whole path, with the dot at its end.",
    ),
    "step 0 in train": (("ZeroDivisionError", NEGATIVE, "x = step ** -0.5", (), "", TRAIN), OF_STEP_ZERO),
    "step 0 in a run": (
        ("ZeroDivisionError", NEGATIVE, "x = step ** -0.5", (), "", exercise(name="training_run")),
        OF_STEP_ZERO,
    ),
    "a short row": (
        ("ValueError", "broadcast input array from shape (7,) into shape (3,)", "x", (), "", BATCH),
        "A sequence of 7 ids does not fit into a row of 3. The batch is as wide as its longest sequence: "
        "`max(len(sequence) for sequence in sequences)`.",
    ),
    "a step before the gradient": (
        ("RuntimeError", "modified by an inplace operation", "loss.backward()", (), STEP_FIRST, TORCH),
        "`optimizer.step()` comes before `backward()`, and changes parameters that the gradient still needs. Call "
        "`backward` first, and then take the step.",
    ),
    "weights for the output": (
        ("RuntimeError", OF_TENSORS, "return x + self.Attention(x, x, x)[1]"),
        "`[1]` takes the second result of attention, the weights. Take the first one, the output: `[0]`.",
    ),
    "weights for the output, a line before": (
        ("RuntimeError", OF_TENSORS, "y = x + seen", (), "def double(x):\n    (_, seen) = self.MHA(x, x, x)"),
        "`_, seen = …`: the second result of attention is the weights. Take the first one, the output.",
    ),
    "weights for the output under a short name": (
        ("RuntimeError", OF_TENSORS, "y = x + X", (), "def double(x):\n    _, X = attn(x, x, x)"),
        "`_, X = …`: the second result of attention is the weights. Take the first one, the output.",
    ),
}


@pytest.mark.parametrize(("raised_there", "sentence"), WHOLE.values(), ids=list(WHOLE))
def test_what_does_not_fit_is_told_word_for_word(raised_there, sentence):
    assert read(*raised_there)[1] == sentence


@pytest.mark.parametrize(
    ("cells", "message", "hint"),
    [
        ("def double(values, mask_in): pass", "double() got an unexpected keyword argument 'mask'", "`mask_in`"),
        ("def double(msk_of_x): pass", "double() got an unexpected keyword argument 'mask'", "`msk_of_x`"),
        ("def double(y, value): pass", "double() got an unexpected keyword argument 'values'", "`value`"),
        ("def double(masks, masked): pass", "double() got an unexpected keyword argument 'mask'", "`masks`"),
    ],
)
def test_the_parameter_that_was_meant_is_named_by_its_likeness(cells, message, hint):
    failure = Failure(FailureKind.RAISED, type="TypeError", message=message)
    reading = read_crash(failure, NUMPY, Submission("a file", "a unit", {1: cells}, is_notebook=True))
    assert reading and f"Is that your {hint}?" in reading.sentence


@pytest.mark.parametrize(
    "line", ["y, w = self.attend(q, k, v, mask=mask)", "y, w = attend(q)", "y, w = f(x == 1, dim=-1)"]
)
def test_a_call_of_which_one_result_is_unpacked_may_have_keywords(line):
    assert read("ValueError", "too many values to unpack (expected 2)", line)[0] == "one-result-for-two"


def test_a_sequence_as_long_as_its_row_fits():
    message = "could not broadcast input array from shape (3,) into shape (3,)"
    assert read("ValueError", message, "batch[row] = ids", of=exercise(name="pad_batch"))[0] == ""


@pytest.mark.parametrize(
    "elsewhere", ["def helper(o):\n    o.step()", "o.step()", "def helper(o): o.step(); o.backward()"]
)
def test_a_step_without_a_gradient_in_the_same_function_is_none_before_it(elsewhere):
    name, _ = read("RuntimeError", "modified by an inplace operation", "loss.backward()", cells=elsewhere, of=TORCH)
    assert name == "written-in-place"
