"""The comparison's two questions, "what differs?" and "is it the same?", asked of drawn observations."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from autograder.judging.compare import agree, difference
from autograder.protocol.probe import Observation
from tests.examples import sample_examples

TOLERANCE = 1e-3


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


@sample_examples(600)
@given(observations, observations, st.data())
def test_agree_and_difference_never_disagree(wanted, other, data):
    """The same arrays, some of them changed a little, under the same names."""
    arrays = {
        name: data.draw(st.sampled_from([array, array + array.dtype.type(0), other.arrays.get(name, array)]))
        for name, array in wanted.arrays.items()
    }
    got = Observation(arrays, data.draw(st.sampled_from([wanted.facts, other.facts])))
    assert agree(wanted, got, TOLERANCE) == (difference(wanted, got, TOLERANCE) is None)


@sample_examples(300)
@given(
    st_numpy.arrays("float64", (4,), elements=st.floats(-9, 9)),
    st_numpy.arrays("float64", (4,), elements=numbers),
    st_numpy.arrays("bool", (4,)),
)
def test_they_agree_on_what_is_ungraded_too(wanted, got, ungraded):
    pair, options = (Observation({"y": wanted}), Observation({"y": got})), {"y": ungraded}
    assert agree(*pair, TOLERANCE, options) == (difference(*pair, TOLERANCE, options) is None)


def test_data_that_was_written_out_is_counted_in_entries_where_a_view_does_not_fit_too():
    def written(text):
        return Observation({"ids": np.frombuffer(text.encode(), np.uint8)}, {"type of ids": "list"})

    found = difference(written("0\n0\n2"), written("1\n0\n0\n2"), TOLERANCE, viewed=written("0\n0\n2"))
    assert found is not None
    assert "ids should have 3 entries, has 4" in found.text
    assert "shape" not in found.text
