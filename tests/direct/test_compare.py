"""The comparison: what is equal, what differs, and how it is told."""

import re

import numpy as np
import pytest

from autograder.answers.sketch import Sketched, draw_sketch
from autograder.judging.compare import Difference, agree, difference
from autograder.protocol.probe import Observation

TOLERANCE = 1e-3


def seen(**arrays) -> Observation:
    return Observation({name: np.asarray(array) for name, array in arrays.items()})


def must_differ(expected: Observation, got: Observation, tolerance: float, **options) -> Difference:
    found = difference(expected, got, tolerance, **options)
    assert found is not None
    return found


def told(expected: Observation, got: Observation, **options) -> str:
    return must_differ(expected, got, TOLERANCE, **options).text


@pytest.mark.parametrize("value", [0.0, 1.0, -5.0, 1e6, np.inf, -np.inf, np.nan])
def test_a_number_is_equal_to_itself(value):
    assert difference(seen(y=[value]), seen(y=[value]), TOLERANCE) is None
    assert agree(seen(y=[value]), seen(y=[value]), TOLERANCE)


@pytest.mark.parametrize("expected", [0.0, 1.0, -9.0, 1e6])
def test_the_tolerance_is_absolute_for_small_and_relative_for_large_numbers(expected):
    width = TOLERANCE * (1 + abs(expected))
    for sign in (1, -1):
        assert difference(seen(y=[expected]), seen(y=[expected + sign * 0.99 * width]), TOLERANCE) is None
        assert difference(seen(y=[expected]), seen(y=[expected + sign * 1.01 * width]), TOLERANCE) is not None
        assert not agree(seen(y=[expected]), seen(y=[expected + sign * 1.01 * width]), TOLERANCE)


def test_what_is_off_by_exactly_the_tolerance_is_equal():
    assert difference(seen(y=[1.0]), seen(y=[2.0]), 0.5) is None
    assert agree(seen(y=[1.0]), seen(y=[2.0]), 0.5)


@pytest.mark.parametrize(
    ("expected", "got"), [(1.0, np.nan), (np.nan, 1.0), (1.0, np.inf), (np.inf, 1.0), (np.inf, -np.inf)]
)
def test_nan_and_infinity_are_equal_to_nothing_else(expected, got):
    assert difference(seen(y=[expected]), seen(y=[got]), TOLERANCE) is not None
    assert not agree(seen(y=[expected]), seen(y=[got]), TOLERANCE)


def test_the_worst_element_is_told_and_the_differences_are_counted():
    text = told(seen(y=[[1.0, 2.0], [3.0, 4.0]]), seen(y=[[1.0, 2.5], [9.0, 4.0]]))
    assert text == "y[1, 0] should be 3.0000, is 9.0000 (2 of 4 differ)"
    assert "(1 of 2 differs)" in told(seen(y=[1.0, 2.0]), seen(y=[1.0, 3.0]))
    assert "y[1] should be 2.0000, is nan" in told(seen(y=[1.0, 2.0]), seen(y=[50.0, np.nan]))


def test_a_single_number_has_no_index():
    assert told(seen(y=1.0), seen(y=2.0)) == "y should be 1.0000, is 2.0000"


def test_shapes_are_compared_before_numbers_and_never_broadcast():
    assert told(seen(y=np.zeros((2, 3))), seen(y=np.zeros((3,)))) == "y should have shape (2, 3), has (3,)"
    assert told(seen(y=np.zeros((1,))), seen(y=0.0)) == "y should have shape (1,), has ()"
    assert not agree(seen(y=np.zeros((1,))), seen(y=0.0), TOLERANCE)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_dtypes_are_compared(dtype):
    assert told(seen(y=np.zeros(2)), seen(y=np.zeros(2, dtype))) == f"y should have dtype float64, has {dtype}"
    assert not agree(seen(y=np.zeros(2)), seen(y=np.zeros(2, dtype)), TOLERANCE)


def test_truth_values_and_whole_numbers_must_be_the_same():
    assert told(seen(m=[True, False]), seen(m=[True, True])).startswith("m[1] should be False, is True")
    assert told(seen(n=[10**6]), seen(n=[10**6 + 1])).startswith("n[0] should be 1000000, is 1000001")


def test_a_missing_array_is_a_difference_and_an_additional_one_is_none():
    assert told(seen(y=np.zeros(2)), seen()) == "y is missing: it should be an array of shape (2,)"
    assert difference(seen(y=[1.0]), seen(y=[1.0], z=[2.0]), TOLERANCE) is None
    assert not agree(seen(y=[1.0]), seen(y=[1.0], z=[2.0]), TOLERANCE)


def test_facts_are_compared_before_arrays_also_those_that_nobody_expected():
    expected = Observation({"y": np.zeros(2)}, {"parameter w": "(2, 2)"})
    assert "missing" in told(expected, Observation({"y": np.ones(2)}))
    assert "parameter w should have shape (2, 2), has (3, 2)" in told(
        expected, Observation({}, {"parameter w": "(3, 2)"})
    )
    more = {"parameter w": "(2, 2)", "parameter u": "(1,)"}
    assert "parameter u of shape (1,) was not asked for" in told(expected, Observation({"y": np.zeros(2)}, more))
    assert (
        told(seen(y=[1.0]), Observation({}, {"type of y": "NoneType"}))
        == "y should be an array or a tensor, is NoneType"
    )
    assert "no gradient reaches w" in told(seen(g=[1.0]), Observation({}, {"gradient of w": "none"}))
    assert not agree(expected, Observation({"y": np.zeros(2)}), TOLERANCE)


def test_an_ungraded_element_may_be_any_finite_number():
    free = {"y": np.array([True, False])}
    assert difference(seen(y=[1.0, 2.0]), seen(y=[77.0, 2.0]), TOLERANCE, free) is None
    assert told(seen(y=[1.0, 2.0]), seen(y=[np.nan, 2.0]), ungraded=free) == "y[0] should be a finite number, is nan"
    assert told(seen(y=[1.0, 2.0]), seen(y=[77.0, 3.0]), ungraded=free).startswith("y[1] should be 2.0000, is 3.0000")


def test_what_still_agrees_is_named():
    text = told(seen(scores=[1.0], weights=[0.5], output=[2.0]), seen(scores=[1.0], weights=[0.7], output=[3.0]))
    assert text.endswith("; still right: scores")


def test_the_redacted_text_holds_no_value_of_a_hidden_case():
    expected, got = seen(output=[[1.2345, 2.3456], [3.4567, 4.5678]]), seen(output=[[1.2345, 9.8765], [3.4567, 8.7654]])
    found = must_differ(expected, got, TOLERANCE)
    assert found.redacted == "output differs in some elements"
    assert not re.search(r"\d", found.redacted)
    assert "9.8765" in found.text


def test_the_redacted_text_says_when_the_difference_is_nan_or_infinite():
    assert must_differ(seen(y=[1.5]), seen(y=[np.nan]), TOLERANCE).redacted == "y differs in every element, by nan"


# ---- the sentences, word for word


def facts(**named) -> Observation:
    return Observation({}, {name.replace("_", " "): value for name, value in named.items()})


FACTS = {
    "a result that is no array": (
        facts(),
        facts(type_of_y="list"),
        "y should be an array or a tensor, is list",
        "something is there that was not asked for",
    ),
    "a result whose type is wanted": (
        facts(type_of_y="None"),
        facts(type_of_y="list"),
        "y should be of type None; it is of type list",
        "y should be of type None; that is not so",
    ),
    "a gradient that is cut": (
        facts(gradient_of_w="there"),
        facts(gradient_of_w="none"),
        "no gradient reaches w: it was cut on the way, or never used",
        "gradient of w: should be there; that is not so",
    ),
    "a gradient that is something else": (
        facts(gradient_of_w="there"),
        facts(gradient_of_w="odd"),
        "gradient of w: should be there; it is odd",
        "gradient of w: should be there; that is not so",
    ),
    "a fact that is not there": (
        facts(base_class="nn.Module"),
        facts(),
        "base class: should be nn.Module; it is not there",
        "base class: should be nn.Module; that is not so",
    ),
    "a number that is a tensor": (
        facts(type_of_loss="float"),
        seen(loss=2.0),
        "loss should be of type float; it is an array or a tensor: take its one number, with `.item()`",
        "loss should be of type float; that is not so",
    ),
    "a list that is an array": (
        facts(type_of_ids="list"),
        seen(ids=[1.0, 2.0]),
        "ids should be of type list; it is an array or a tensor",
        "ids should be of type list; that is not so",
    ),
    "a number that is a tensor of a dtype that no exercise has": (
        facts(type_of_loss="float"),
        Observation({}, {"dtype of loss": "bfloat16"}),
        "loss should be of type float; it is an array or a tensor",
        "loss should be of type float; that is not so",
    ),
    "a result of which nothing is noted": (
        facts(type_of_loss="float"),
        facts(),
        "loss should be of type float; it is not there",
        "loss should be of type float; that is not so",
    ),
    "a fact too many": (
        facts(),
        facts(results="1 (None)"),
        "1 (None) is returned, and that is not the number of results asked for",
        "something is there that was not asked for",
    ),
    "a parameter that is missing": (
        facts(parameter_w="(2, 2)"),
        facts(dtype="int8", parameter_u="(2,)", parameter_v="(1,)"),
        "parameter w of shape (2, 2) is missing; your parameters: u, v",
        "parameter w: should be (2, 2); that is not so",
    ),
    "a parameter where there is none": (
        facts(parameter_w="(2, 2)"),
        facts(),
        "parameter w of shape (2, 2) is missing; your parameters: none",
        "parameter w: should be (2, 2); that is not so",
    ),
    "a parameter of another shape": (
        facts(parameter_w="(2, 2)"),
        facts(parameter_w="(3, 2)"),
        "parameter w should have shape (2, 2), has (3, 2); your parameters: w",
        "parameter w: should be (2, 2); that is not so",
    ),
    "a parameter too many": (
        facts(),
        facts(parameter_w="(3, 2)"),
        "parameter w of shape (3, 2) was not asked for; your parameters: w",
        "something is there that was not asked for",
    ),
}


@pytest.mark.parametrize(("expected", "got", "text", "redacted"), FACTS.values(), ids=list(FACTS))
def test_a_fact_that_differs_is_told(expected, got, text, redacted):
    assert difference(expected, got, TOLERANCE) == Difference(text, redacted)


WORDS = {  # a fact's name, what it should be and what it is, and the sentence
    "share of the attention weights that training drops": (
        "about 0.75",
        "about 0",
        "with dropout 0.75 about a quarter of the attention weights should stay; all do",
    ),
    "self-attention: share of its output that training drops": (
        "about 0.5",
        "about 0.75",
        "self-attention: with dropout 0.5 about half of its output should stay; about a quarter of it does",
    ),
    "share of the sums that training drops": (
        "about 0",
        "about nan",
        "in training all of the sums should stay; another share do",
    ),
    "share of the normalised sum that is 0": (
        "about 0",
        "about 0.75",
        "none of the normalised sum should be 0; about three quarters is",
    ),
    "first: output, the share of each different row": (
        "about 0.25, about 0.75",
        "about 1",
        "first: in about three quarters of the rows the number should be dropped; all rows are alike",
    ),
    "second: output, the share of each different row": (
        "about 0.75, about 0.25",
        "about 0.5, about 0.5",
        "second: in about three quarters of the rows the number should be dropped; it is dropped in about half of them",
    ),
    "third: output, the share of each different row": (
        "about 0.25, about 0.75",
        "about 1, about 0",
        "third: in about three quarters of the rows the number should be dropped; it is dropped in hardly any of them",
    ),
    "fourth: output, the share of each different row": (
        "about 0.25, about 0.75",
        "about 0.5, about 0.25, about 0.25",
        "fourth: in about three quarters of the rows the number should be dropped; there are 3 different rows",
    ),
    "share of the weights that training drops": (
        "about 1",
        "about 0.75",
        "in training none of the weights should stay; about a quarter do",
    ),
    "share of its output that training drops": (
        "about nan",
        "about 1",
        "in training some of its output should stay; none of it does",
    ),
    "fifth: output, the share of each different row": (
        "about 0.25, about 0.75",
        "about 0.5, about nan",
        "fifth: in about three quarters of the rows the number should be dropped; it is dropped in some of them",
    ),
    "sixth: output, the share of each different row": (
        "about nan",
        "about 1",
        "sixth: in some of the rows the number should be dropped; all rows are alike",
    ),
    "what two calls in training give": (
        "the same numbers",
        "different numbers",
        "two calls in training should give the same numbers; they give different numbers",
    ),
    "a kept number is multiplied by": ("4", "1", "a kept number should be multiplied by 4; it is multiplied by 1"),
    "hidden units are dropped": (
        "one by one",
        "many together",
        "hidden units should be dropped one by one; they are dropped many together",
    ),
    "x goes past the sublayer": ("whole", "not always", "x should go past the sublayer whole; it does not always"),
    "calls of the sublayer": ("1", "2", "the sublayer should be called 1 time; it is called 2 times"),
    "later: the call raises": (
        "an exception",
        "nothing",
        "later: the call should raise an exception; it raises nothing",
    ),
    "the constructor raises": (
        "ValueError",
        "AssertionError",
        "the constructor should raise ValueError; it raises AssertionError",
    ),
    "numbers that training would change": (
        "0",
        "40",
        "nothing here should be trained; training would change 40 numbers",
    ),
    "encode records gradients": ("no", "yes", "encode should be called without recording gradients; it records them"),
    "the mode in which decode is called": (
        "evaluation",
        "training",
        "the mode in which decode is called should be evaluation; it is training",
    ),
    "the output of the second map is": (
        "not dropped",
        "dropped (4)",
        "the output of the second map should be not dropped; it is dropped (4)",
    ),
    "dtype of y": (None, "bfloat16", "y has dtype bfloat16, which was not asked for"),
    "y after later calls": (
        None,
        "changed",
        "y changes when the function is called again: return a new array each time",
    ),
    "base class": (None, "not nn.Module", "the class does not inherit from nn.Module"),
    "memory, when all is dropped": (
        None,
        "still differs from token to token",
        "with nearly everything dropped, memory still differs from token to token",
    ),
    "a line\nbreak": (None, "{seen}", "a line\nbreak: {seen}, which was not asked for"),
}


@pytest.mark.parametrize(("name", "wanted", "got", "text"), [(name, *said) for name, said in WORDS.items()])
def test_a_fact_is_told_in_words(name, wanted, got, text):
    expected = Observation({}, {} if wanted is None else {name: wanted})
    assert told(expected, Observation({}, {name: got})) == text


def test_of_a_hidden_case_the_type_of_a_result_is_told_by_the_name_that_the_contract_gives():
    found = must_differ(seen(x=[1.0], y=[1.0]), facts(type_of_y="Secret"), TOLERANCE)
    assert found.redacted == "y should be an array or a tensor"


def test_twelve_parameters_are_told_and_sixty_letters_of_each():
    def seen_with(count):
        got = facts(**{f"parameter_{'w' * 60}{n}": "()" for n in range(count)})
        return told(facts(parameter_v="()"), got).partition("your parameters: ")[2]

    assert seen_with(12) == ", ".join(["w" * 60] * 12)
    assert seen_with(13) == ", ".join(["w" * 60] * 12) + " and 1 more"


def test_a_public_and_a_hidden_difference_of_arrays_are_told():
    def pair(expected, got, **options):
        found = must_differ(expected, got, TOLERANCE, **options)
        return found.text, found.redacted

    missing = "y is missing: it should be an array of shape (2,)"
    assert pair(seen(y=np.zeros(2)), seen()) == (missing, missing)
    shape = "y should have shape (2, 3), has "
    assert pair(seen(y=np.zeros((2, 3))), seen(y=np.zeros(3))) == (f"{shape}(3,)", f"{shape}another shape")
    dtype = "y should have dtype float64, has float32"
    assert pair(seen(y=np.zeros(2)), seen(y=np.zeros(2, "float32"))) == (dtype, dtype)
    one = "y[1] should be 2.0000, is 3.0000 (1 of 2 differs)"
    assert pair(seen(y=[1.0, 2.0]), seen(y=[1.0, 3.0])) == (one, "y differs in some elements")
    free = {"y": np.array([True, False])}
    not_finite = "y[0] should be a finite number, is inf"
    assert pair(seen(y=[1.0, 2.0]), seen(y=[np.inf, 2.0]), ungraded=free) == (
        not_finite,
        "y should hold finite numbers only",
    )


@pytest.mark.parametrize(("wrong", "share"), [(1, "some"), (2, "some"), (3, "most"), (4, "every")])
def test_a_hidden_difference_tells_roughly_how_many_elements_differ(wrong, share):
    got = np.where(np.arange(4) < wrong, 9.0, 0.0)
    elements = "element" if share == "every" else "elements"
    assert must_differ(seen(y=np.zeros(4)), seen(y=got), TOLERANCE).redacted == f"y differs in {share} {elements}"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0000"),
        (0.00098765, "0.0009877"),
        (0.001, "0.0010"),
        (-0.0019876, "-0.0020"),
        (9999.87654, "9999.8765"),
        (10000.0, "1e+04"),
        (123456.0, "1.235e+05"),
        (-np.inf, "-inf"),
    ],
)
def test_numbers_are_told_with_four_digits(number, text):
    assert told(seen(y=7.0), seen(y=number)) == f"y should be 7.0000, is {text}"


def test_numbers_that_would_look_the_same_are_told_with_more_digits():
    found = must_differ(seen(y=[1.00001]), seen(y=[1.000015]), 1e-9)
    assert found.text == "y[0] should be 1.00001, is 1.00002"
    found = must_differ(seen(y=123456.0), seen(y=123457.0), 1e-9)
    assert found.text == "y should be 123456, is 123457"


@pytest.mark.parametrize("number", [0.1, 0.002])
def test_numbers_that_sixteen_digits_do_not_tell_apart_are_told_in_full(number):
    found = must_differ(seen(y=number), seen(y=np.nextafter(number, 1.0)), 0.0)
    assert found.text == f"y should be {number}, is {np.nextafter(number, 1.0)}"


def test_the_worst_element_is_the_farthest_or_one_that_is_not_finite():
    assert "y[1]" in told(seen(y=[1.0, 1.0, 1.0]), seen(y=[3.0, -9.0, 4.0]))
    assert "y[2]" in told(seen(y=[1.0, 1.0, 1.0]), seen(y=[3.0, 1e300, np.inf]))
    assert "y[1]" in told(seen(y=[np.inf, 1.0]), seen(y=[np.inf, 3.0]))  # infinity less infinity is no number
    assert "n[1]" in told(seen(n=np.array([200, 5], "uint8")), seen(n=np.array([201, 1], "uint8")))


def test_whether_what_is_ungraded_is_finite_counts_when_two_observations_are_compared():
    free = {"y": np.array([True, False])}
    assert agree(seen(y=[1.0, 2.0]), seen(y=[77.0, 2.0]), TOLERANCE, free)
    assert agree(seen(y=[np.nan, 2.0]), seen(y=[np.inf, 2.0]), TOLERANCE, free)
    assert not agree(seen(y=[1.0, 2.0]), seen(y=[np.nan, 2.0]), TOLERANCE, free)
    assert not agree(seen(y=[np.nan, 2.0]), seen(y=[1.0, 2.0]), TOLERANCE, free)
    assert not agree(seen(y=[1.0, 2.0]), seen(y=[77.0, 3.0]), TOLERANCE, free)
    assert not agree(seen(y=[1.0]), seen(y=[77.0]), TOLERANCE, free)


def test_a_sketch_agrees_with_what_its_array_agrees_with():
    sketched = Sketched({"y": draw_sketch(np.array([1.0, 2.0]))})
    assert agree(sketched, seen(y=[1.0, 2.0]), TOLERANCE)
    assert agree(sketched, seen(y=[1.0, 2.0 + TOLERANCE]), TOLERANCE)
    assert not agree(sketched, seen(y=[1.0, 2.0 + TOLERANCE]), TOLERANCE / 100)
    assert not agree(sketched, seen(y=[77.0, 2.0]), TOLERANCE)
    free = {"y": np.array([True, False])}
    sketched = Sketched({"y": draw_sketch(np.array([1.0, 2.0]), free["y"])})
    assert agree(sketched, seen(y=[77.0, 2.0]), TOLERANCE, free)
    assert not agree(sketched, seen(y=[1.0, 3.0]), TOLERANCE, free)


def test_three_results_that_still_agree_are_named():
    right = {name: [1.0] for name in "abc"}
    text = told(seen(**right, y=[2.0]), seen(**right, y=[3.0]))
    assert text == "y[0] should be 2.0000, is 3.0000; still right: a, b, c"
    found = must_differ(seen(**right, d=[1.0], y=[2.0]), seen(**right, d=[1.0], y=[3.0]), TOLERANCE)
    assert found.text.endswith("; still right: a, b, c and 1 more")
    assert found.redacted == "y differs in every element; still right: a, b, c and 1 more"


@pytest.mark.parametrize("after", ["argument 1", "argument 2[linear1.weight]", "memory_mask", "first: argument 1"])
def test_where_a_case_about_the_arguments_fails_in_something_else_this_is_said(after):
    name = f"{after} after the call"
    right = Observation({"x": np.ones(2), "y": np.ones(1), name: np.ones(2)})
    found = must_differ(right, Observation(right.arrays | {"y": np.zeros(1)}), TOLERANCE)
    said = "the arguments are unchanged, but y"
    assert found.text == f"{said}[0] should be 1.0000, is 0.0000; still right: x"
    assert found.redacted == f"{said} differs in every element; still right: x"
    changed = must_differ(right, Observation(right.arrays | {name: np.zeros(2)}), TOLERANCE)
    assert changed.text == f"{name}[0] should be 1.0000, is 0.0000 (2 of 2 differ); still right: x, y"


def test_a_parameter_after_a_step_is_no_argument():
    name = "linear1.weight after the call"
    right = Observation({"y": np.ones(1), name: np.ones(2)})
    found = must_differ(right, Observation(right.arrays | {"y": np.zeros(1)}), TOLERANCE)
    assert found.text == f"y[0] should be 1.0000, is 0.0000; still right: {name}"


@pytest.mark.parametrize("size", [1.5e-7, 0.00123, 0.0999, 2.1577, 9999.5, 12345.0, 3.7e9])
@pytest.mark.parametrize("part", [3e-5, 1e-6, 1e-9])
def test_numbers_that_differ_in_the_last_digits_have_as_many_of_them(size, part):
    text = must_differ(seen(y=size), seen(y=size * (1 + part)), 1e-18).text
    one, other = text.removeprefix("y should be ").split(", is ")
    assert one != other
    assert len(one) == len(other)


def test_a_result_that_is_not_there_is_not_still_right():
    assert told(seen(x=[1.0], y=[2.0], z=[1.0]), seen(x=[1.0], y=[3.0])).endswith("; still right: x")


def test_facts_of_one_call_of_several_are_told_as_all_are():
    def say(name, wanted, seen):
        found = difference(Observation({}, {name: wanted} if wanted else {}), Observation({}, {name: seen}), 1e-9)
        assert found
        return found.text

    assert say("10 features, 3 heads: the constructor raises", "ValueError", "nothing") == (
        "10 features, 3 heads: the constructor should raise ValueError; it raises nothing"
    )
    assert say("in training: gradient of x", "", "none").startswith("in training: no gradient reaches x: ")
    assert say("without d_ff: parameter w", "(2048, 4)", "(8, 4)").startswith(
        "without d_ff: parameter w should have shape (2048, 4), has (8, 4)"
    )
    assert say("hidden units are dropped", "one by one", "none") == (
        "hidden units should be dropped one by one; none is dropped"
    )


def of_a_vocabulary(*entries: str) -> Observation:
    written = np.frombuffer("\n".join(entries).encode(), np.uint8)
    return Observation({"vocabulary": written}, {"type of vocabulary": "list"})


def test_where_numbers_may_be_random_another_shape_is_told_before_any_number():
    right = seen(x=[1.0, 2.0], y=np.zeros((2, 3)), z=[5.0])
    assert told(right, seen(x=[9.0, 2.0], y=np.zeros((2, 2))), viewed=right).startswith("y should have shape (2, 3)")
    assert told(right, seen(x=[9.0, 2.0], y=np.zeros((2, 3))), viewed=right).startswith("x[0] should be 1.0000")
    wrong = of_a_vocabulary("'b'", "'a'", "'c'")
    assert told(of_a_vocabulary("'a'", "'b'"), wrong, viewed=right) == (
        "vocabulary should have 2 entries, has 3; vocabulary[0] should be 'a', is 'b'"
    )


@pytest.mark.parametrize(
    "changed",
    [
        np.array([0.0, 1.0]),
        np.zeros((2, 1)),
        np.zeros(3),
        np.zeros(2, "int64"),
        np.zeros(4, "float32"),
        np.zeros((2, 1), "int64"),
    ],
)
def test_an_array_that_a_view_changes_is_not_said_to_be_still_right(changed):
    right = seen(x=np.zeros(2), y=[2.0])
    got = seen(x=np.zeros(2), y=[3.0])
    text = "y[0] should be 2.0000, is 3.0000"
    assert told(right, got, viewed=seen(x=np.zeros(2), y=[9.0])) == f"{text}; still right: x"
    assert told(right, got, viewed=seen(x=changed, y=[9.0])) == text
    assert told(right, got, viewed=seen(y=[2.0])) == text


def test_of_elements_that_are_off_by_as_much_but_for_rounding_the_first_is_told():
    right = seen(y=np.zeros(3))
    assert told(right, seen(y=[1.0, 2.0, 2.0001])).startswith("y[1]")
    assert told(right, seen(y=[1.0, 2.0, 2.001])).startswith("y[2]")


def test_a_wrong_matrix_keeps_its_picture_whatever_else_is_said():
    right = Observation({"x": np.ones(2), "y": np.ones((2, 2)), "argument 1 after the call": np.ones(2)})
    found = must_differ(right, Observation(right.arrays | {"y": np.eye(2)}), TOLERANCE)
    assert found.text.startswith("the arguments are unchanged, but y[0, 1]") and found.text.endswith("still right: x")
    assert found.picture is not None
    assert (found.picture.name, found.picture.got) == ("y", ((1, 0), (0, 1)))
