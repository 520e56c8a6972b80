"""The comparison: what is equal, what differs, and how it is told."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from autograder.judging.compare import agree, difference
from autograder.protocol.probe import Observation

TOLERANCE = 1e-3


def seen(**arrays) -> Observation:
    return Observation({name: np.asarray(array) for name, array in arrays.items()})


def told(expected: Observation, got: Observation, **options) -> str:
    found = difference(expected, got, TOLERANCE, **options)
    assert found is not None
    return found.text


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


@pytest.mark.parametrize(
    ("expected", "got"), [(1.0, np.nan), (np.nan, 1.0), (1.0, np.inf), (np.inf, 1.0), (np.inf, -np.inf)]
)
def test_nan_and_infinity_are_equal_to_nothing_else(expected, got):
    assert difference(seen(y=[expected]), seen(y=[got]), TOLERANCE) is not None
    assert not agree(seen(y=[expected]), seen(y=[got]), TOLERANCE)


def test_the_worst_element_is_told_and_the_differences_are_counted():
    text = told(seen(y=[[1.0, 2.0], [3.0, 4.0]]), seen(y=[[1.0, 2.5], [9.0, 4.0]]))
    assert text == "y[1, 0]: expected 3.0000, got 9.0000 (largest of 2 differences in 4 elements)"
    assert "(the only difference)" in told(seen(y=[1.0, 2.0]), seen(y=[1.0, 3.0]))
    assert "y[1]: expected 2.0000, got nan" in told(seen(y=[1.0, 2.0]), seen(y=[50.0, np.nan]))


def test_a_single_number_has_no_index():
    assert told(seen(y=1.0), seen(y=2.0)).startswith("y: expected 1.0000, got 2.0000")


def test_shapes_are_compared_before_numbers_and_never_broadcast():
    assert told(seen(y=np.zeros((2, 3))), seen(y=np.zeros((3,)))) == "y: expected shape (2, 3), got (3,)"
    assert told(seen(y=np.zeros((1,))), seen(y=0.0)) == "y: expected shape (1,), got ()"
    assert not agree(seen(y=np.zeros((1,))), seen(y=0.0), TOLERANCE)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_dtypes_are_compared(dtype):
    assert told(seen(y=np.zeros(2)), seen(y=np.zeros(2, dtype))) == f"y: expected dtype float64, got {dtype}"
    assert not agree(seen(y=np.zeros(2)), seen(y=np.zeros(2, dtype)), TOLERANCE)


def test_truth_values_and_whole_numbers_must_be_the_same():
    assert told(seen(m=[True, False]), seen(m=[True, True])).startswith("m[1]: expected False, got True")
    assert told(seen(n=[10**6]), seen(n=[10**6 + 1])).startswith("n[0]: expected 1000000, got 1000001")


def test_a_missing_array_is_a_difference_and_an_additional_one_is_none():
    assert told(seen(y=np.zeros(2)), seen()) == "y: expected an array of shape (2,), got nothing"
    assert difference(seen(y=[1.0]), seen(y=[1.0], z=[2.0]), TOLERANCE) is None
    assert not agree(seen(y=[1.0]), seen(y=[1.0], z=[2.0]), TOLERANCE)


def test_facts_are_compared_before_arrays_also_those_that_nobody_expected():
    expected = Observation({"y": np.zeros(2)}, {"parameter w": "(2, 2)"})
    assert "missing" in told(expected, Observation({"y": np.ones(2)}))
    assert "has shape (3, 2), expected (2, 2)" in told(expected, Observation({}, {"parameter w": "(3, 2)"}))
    more = {"parameter w": "(2, 2)", "parameter u": "(1,)"}
    assert "expected no such parameter" in told(expected, Observation({"y": np.zeros(2)}, more))
    assert (
        told(seen(y=[1.0]), Observation({}, {"type of y": "NoneType"}))
        == "y: expected an array or a tensor, got NoneType"
    )
    assert "no gradient reaches w" in told(seen(g=[1.0]), Observation({}, {"gradient of w": "none"}))
    assert not agree(expected, Observation({"y": np.zeros(2)}), TOLERANCE)


def test_an_ungraded_element_may_be_any_finite_number():
    free = {"y": np.array([True, False])}
    assert difference(seen(y=[1.0, 2.0]), seen(y=[77.0, 2.0]), TOLERANCE, free) is None
    assert told(seen(y=[1.0, 2.0]), seen(y=[np.nan, 2.0]), ungraded=free) == "y[0]: expected a finite number, got nan"
    assert told(seen(y=[1.0, 2.0]), seen(y=[77.0, 3.0]), ungraded=free).startswith("y[1]: expected 2.0000, got 3.0000")


def test_what_still_agrees_is_named():
    text = told(seen(scores=[1.0], weights=[0.5], output=[2.0]), seen(scores=[1.0], weights=[0.7], output=[3.0]))
    assert text.endswith("; still right: scores")


def test_the_redacted_text_holds_no_value_of_a_hidden_case():
    expected, got = seen(output=[[1.2345, 2.3456], [3.4567, 4.5678]]), seen(output=[[1.2345, 9.8765], [3.4567, 8.7654]])
    found = difference(expected, got, TOLERANCE)
    assert found is not None
    assert found.redacted == "output differs in some elements"
    assert not re.search(r"\d", found.redacted)
    assert "9.8765" in found.text


def test_the_redacted_text_says_when_the_difference_is_nan_or_infinite():
    found = difference(seen(y=[1.5]), seen(y=[np.nan]), TOLERANCE)
    assert found is not None and found.redacted == "y differs in every element, by nan"


numbers = st.floats(width=64) | st.sampled_from(
    [0.0, 1.0, 1.0 + 0.9 * TOLERANCE, 1.0 + 2.1 * TOLERANCE, np.nan, np.inf]
)
shapes = st_numpy.array_shapes(min_dims=0, max_dims=2, max_side=3)
arrays = st.one_of(
    st_numpy.arrays("float64", shapes, elements=numbers),
    st_numpy.arrays(st.sampled_from(["float32", "int64", "bool"]), shapes),
)
names = st.sampled_from(["output", "weights", "gradient of x"])
observations = st.builds(
    Observation, st.dictionaries(names, arrays, max_size=2), st.dictionaries(names, st.sampled_from("ab"), max_size=1)
)


@settings(max_examples=600, deadline=None, derandomize=True, database=None)
@given(observations, observations, st.data())
def test_agree_and_difference_never_disagree(wanted, other, data):
    """The same arrays, some of them changed a little, under the same names."""
    arrays = {
        name: data.draw(st.sampled_from([array, array + array.dtype.type(0), other.arrays.get(name, array)]))
        for name, array in wanted.arrays.items()
    }
    got = Observation(arrays, data.draw(st.sampled_from([wanted.facts, other.facts])))
    assert agree(wanted, got, TOLERANCE) == (difference(wanted, got, TOLERANCE) is None)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    st_numpy.arrays("float64", (4,), elements=st.floats(-9, 9)),
    st_numpy.arrays("float64", (4,), elements=numbers),
    st_numpy.arrays("bool", (4,)),
)
def test_they_agree_on_what_is_ungraded_too(wanted, got, ungraded):
    pair, options = (seen(y=wanted), seen(y=got)), {"y": ungraded}
    assert agree(*pair, TOLERANCE, options) == (difference(*pair, TOLERANCE, options) is None)
