"""What is read from results of the wrong kind: none, too few, in another order, under other names."""

import numpy as np
import pytest

from autograder.intake.submission import Submission
from autograder.judging.returned import read_result
from autograder.protocol.probe import Observation
from tests.direct.made_up import exercise

DOUBLE = exercise(name="double")
A, B = np.array([1.0, 2.0]), np.array([3.0, 4.0])


def read(facts=(), arrays=None, expected=None, code="def double(x):\n    return x"):
    submission = Submission("a file", "a unit", {1: code}, is_notebook=True)
    shown, right = Observation(arrays or {}, dict(facts)), Observation(expected or {}, {})
    reading = read_result(DOUBLE, shown, right, 1e-9, submission)
    said[reading.name if reading else ""] = reading.sentence if reading else ""
    return reading.name if reading else ""


said: dict[str, str] = {}
NONE = {"type of y": "None"}
OF_NOTHING = {
    "no-return": "Nothing is returned: `return` is missing at the end.",
    "prints-instead": "The result is printed, not returned. Use `return`, not `print`.",
    "returns-nothing": "None is returned here: some way through the code ends without `return`.",
}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("def double(x):\n    2 * x", "no-return"),
        ("def double(x):\n    return", "no-return"),
        ("def double(x):\n    print(2 * x)", "prints-instead"),
        ("def double(x):\n    if x:\n        return x", "returns-nothing"),
        ("def double(x):\n    def inner(y):\n        return y\n    inner(x)", "no-return"),
        (
            "class double:\n    def __init__(self):\n        return 1\n    def forward(self, x):\n        2 * x",
            "no-return",
        ),
        ("double = print", "returns-nothing"),
        ("x = 1", "returns-nothing"),
    ],
)
def test_nothing_is_returned(code, name):
    assert read(NONE, code=code) == name
    assert read({"in training: results": "1 (None)"}, code=code) == name
    assert said[name] == OF_NOTHING[name]


def test_another_number_of_results():
    assert read({"results": "1 (array)"}) == "one-result"
    assert said["one-result"] == "One result is returned where several are asked for. Return all of them."
    assert read({"results": "3 (array, array, array)"}) == "other-number-of-results"
    assert said["other-number-of-results"] == "3 results are returned, which is not what was asked for."
    assert read({"calls": "3 in all", "results": "as asked for"}) == ""


def test_results_in_another_order():
    right = {"one: y": A, "one: z": B, "two: y": B}
    assert read(arrays={"one: y": B, "one: z": A, "two: y": A}, expected=right) == "results-in-another-order"
    assert read(arrays={"one: y": B, "one: z": B}, expected=right) == ""
    assert read(arrays={"one: y": A, "one: z": B, "two: y": A}, expected=right) == ""
    assert read(arrays={"y": A, "z": A}, expected={"y": A, "z": A}) == ""
    names = [f"in training: one: {name}" for name in "abcd"]
    four = {name: np.array([float(i)]) for i, name in enumerate(names)}
    turned = dict(zip(names, reversed(four.values()), strict=True))
    assert read(arrays=turned, expected=four) == "results-in-another-order"
    assert said["results-in-another-order"] == (
        "The results are right, but in another order. Return `a`, `b`, `c`, `d`."
    )


def test_numbers_of_numpy_in_a_list():
    def listed(text):
        return {"batches": np.frombuffer(text, dtype=np.uint8)}

    def named(seen, wanted=b"[0, 2]", kind="list"):
        submission = Submission("a file", "a unit", {1: ""}, is_notebook=True)
        shown, right = (Observation(listed(text), {"type of batches": kind}) for text in (seen, wanted))
        reading = read_result(DOUBLE, shown, right, 1e-9, submission)
        assert reading is None or reading.sentence.endswith(
            ", and plain ones are asked for: `.tolist()` makes them so. If they come from `np.argsort`, it needs "
            "`kind='stable'` to keep the order of equal ones."
        )
        return reading.name if reading else ""

    assert named(b"[int64(0), int64(2)]") == named(b"[0, 3]\n[float32(0.5)]") == "numbers-of-numpy"
    assert named(b"[2, 0]") == named(b"[int64(0)]", b"[int64(1)]") == ""


def test_numbers_of_numpy_are_looked_for_in_each_result_that_is_there():
    submission, facts = Submission("a file", "a unit", {1: ""}, is_notebook=True), {"type of batches": "list"}
    arrays = {"y": A, "batches": np.frombuffer(b"[0]", dtype=np.uint8)}
    seen = arrays | {"batches": np.frombuffer(b"[int64(0)]", dtype=np.uint8)}
    reading = read_result(DOUBLE, Observation(seen, facts), Observation(arrays, facts), 1e-9, submission)
    assert reading and reading.sentence.startswith("The numbers in the result are NumPy's (`int64`)")
    assert read_result(DOUBLE, Observation({"y": A}, facts), Observation(arrays, facts), 1e-9, submission) is None


def parameters(seen, wanted):
    shown, right = (
        {f"with one parameter more: parameter {n}": shape for n, shape in which.items()} for which in (seen, wanted)
    )
    submission = Submission("a file", "a unit", {1: ""}, is_notebook=True)
    return read_result(DOUBLE, Observation({}, shown), Observation({}, right), 1e-9, submission)


def test_parameters_that_are_frozen_missing_misnamed_or_of_another_shape():
    wanted = {"linear1.weight": "(8, 4)", "bias": "(8,)"}
    assert parameters(wanted, wanted) is None
    assert parameters(wanted | {"more": "(1,)"}, wanted) is None
    frozen = parameters(wanted | {"bias": "(8,), frozen"}, wanted)
    assert frozen and frozen.name == "parameter-frozen" and "bias` is frozen" in frozen.sentence
    assert frozen.sentence.endswith("are trained by default, so leave `requires_grad` alone.")
    missing = parameters({"linear1.weight": "(8, 4)"}, wanted)
    assert missing and missing.sentence == "There is no parameter `bias`. Weights are loaded by name."
    misnamed = parameters({"linear_1.weight": "(8, 4)", "bias": "(8,)"}, wanted)
    assert misnamed and "Is that your `linear_1.weight`?" in misnamed.sentence
    turned = parameters({"linear1.weight": "(4, 8)", "bias": "(8,)"}, wanted)
    assert turned and turned.sentence == (
        "`linear1.weight` has the shape (4, 8), and should have (8, 4). `nn.Linear` takes the inputs first, then the "
        "outputs."
    )
    other = parameters({"linear1.weight": "(8, 5)", "bias": "(8,)"}, wanted)
    assert other and other.name == "parameter-shape" and "inputs first" not in other.sentence


def test_one_object_under_several_names_is_told_where_the_class_makes_it():
    wanted, seen = ({f"parameter {n}.weight": "(8, 8)" for n in names} for names in (("w_q", "w_k"), ("w_q",)))

    def named(code):
        submission = Submission("a file", "a unit", {1: f"class double:\n    w = {code}"}, is_notebook=True)
        reading = read_result(DOUBLE, Observation({}, seen), Observation({}, wanted), 1e-9, submission)
        assert reading
        return reading.name, reading.sentence

    name, sentence = named("[nn.Linear(8, 8)] * 4")
    assert name == "one-object-several-times"
    assert sentence == (
        "There is no parameter `w_k.weight`: `[…] * 4` is one object 4 times, and PyTorch counts its weights once. "
        "Make a new object for each name."
    )
    for code in ("[torch.nn.Linear(8, 8)] * 4", "[Linear(8, 8)] * 4"):
        assert named(code)[0] == "one-object-several-times"
    for code in ("[0] * 4", "[] * 4", "[nn.Linear(8, 8) for _ in range(4)]", "2 * 4"):
        assert named(code)[0] == "parameter-missing"


BACKWARD = exercise(name="double_backward")
OVER_ALL = (
    "a gradient has the shape of what it belongs to: (2,). Sum over all axes but the last: every position of every "
    "sample used the same numbers."
)


@pytest.mark.parametrize(
    ("of", "name", "seen", "other", "told"),
    [
        (BACKWARD, "grad_weights[linear1.bias]", np.ones((3, 5)), B, (OVER_ALL, 0.5)),
        (BACKWARD, "one position: grad_gamma", np.ones(()), A, ("`grad_gamma` has the shape ()", 1.0)),
        (BACKWARD, "grad_weights[linear1.weight]", np.ones((3, 5)), B, ("what it belongs to: (2,).", 0.5)),
        (BACKWARD, "grad_weights[linear1.bias]", np.ones(2), A, None),
        (DOUBLE, "grad_weights[linear1.bias]", np.ones((3, 5)), B, None),
    ],
)
def test_a_gradient_of_another_shape(of, name, seen, other, told):
    submission = Submission("a file", "a unit", {1: ""}, is_notebook=True)
    shown, right = Observation({name: seen, "grad_x": other}, {}), Observation({name: A, "grad_x": B}, {})
    reading = read_result(of, shown, right, 1e-9, submission)
    assert (reading is None) == (told is None)
    if reading and told:
        assert reading.name == "gradient-of-another-shape"
        assert (told[0] in reading.sentence, reading.most) == (True, told[1])
        assert reading.sentence.endswith(("(2,).", OVER_ALL))
        assert ("Sum over" in reading.sentence) == ("weight]" not in name)


def test_the_only_gradient_in_another_shape_leaves_nothing():
    submission = Submission("a file", "a unit", {1: ""}, is_notebook=True)
    right = Observation({"grad_x": B, "argument 1 after the call": A}, {})
    shown = Observation({"grad_x": np.zeros(()), "argument 1 after the call": A}, {})
    reading = read_result(BACKWARD, shown, right, 1e-9, submission)
    assert reading and (reading.name, reading.most) == ("gradient-of-another-shape", 1.0)


@pytest.mark.parametrize(
    ("left", "parts", "name"),
    [("training", "evaluation", "mode-of-the-parts"), ("evaluation", "evaluation", ""), ("training", "training", "")],
)
def test_a_model_of_which_only_the_flag_is_put_back(left, parts, name):
    own, inside = "the mode in which the model is left", "the mode in which its parts are left"
    shown, right = Observation({}, {own: left, inside: parts}), Observation({}, {own: "training", inside: "training"})
    reading = read_result(DOUBLE, shown, right, 1e-9, Submission("a file", "a unit", {1: ""}, is_notebook=True))
    assert (reading.name if reading else "") == name
    if reading:
        assert reading.sentence == (
            "Only the model's own flag is put back, and its parts stay in evaluation: call `model.train(was_training)`."
        )
