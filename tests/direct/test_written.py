"""Plain data as results: how it is written out, compared and told, and that a later change to it is seen."""

from typing import Any

import numpy as np
import pytest

from autograder.judging.compare import Difference, agree, difference
from autograder.protocol.plain import kind_of, write_out
from autograder.protocol.probe import Observation, Probe, arguments_after, call, perform, plain


def shown(result: Any, exact: bool = False, argument: Any = 1) -> Observation:
    probe = Probe("f", "numpy", (plain(call(argument, returns=("y",)), exact),))
    return perform(probe, {"f": lambda _: result})


def differ(wanted: Any, got: Any, exact: bool = False) -> Difference | None:
    return difference(shown(wanted, exact), shown(got, exact), 1e-9)


def told(wanted: Any, got: Any) -> str:
    found = differ(wanted, got)
    assert found
    return found.text


SAME = [
    ([1, 2], [1, 2]),
    ([1, 2], [np.int64(1), np.int32(2)]),
    ({"a": 0, "b": 1}, {"b": 1, "a": 0}),
    ([(b"a", b"\n")], [(b"a", b"\n")]),
    (1.5, np.float64(1.5)),
    (0.0, 0),
    (3, 3.0),
    (2.0, 2.0 + 1e-12),
    ("ä\n", "ä\n"),
    ([], []),
]
OTHERS = [
    ([1, 2], [2, 1]),
    ([1, 2], (1, 2)),
    ([1, 2], np.array([1, 2])),
    ([(b"a", b"b")], [[b"a", b"b"]]),
    (["a"], [b"a"]),
    ([True], [1]),
    ([1], [1.0]),
    ({"a": 0}, {"a": 1}),
    ({"a": 0}, {"a": 0, "b": 1}),
    ({"a": 0}, [("a", 0)]),
    ("text", b"text"),
    ("text", ["text"]),
    (2.0, 2.0 + 1e-6),
    (1.0, None),
    (1.0, True),
    ([[1], []], [[1]]),
    (["a\nb"], ["a", "b"]),
]


@pytest.mark.parametrize(("wanted", "got"), SAME)
def test_plain_data_that_is_equal_is_equal(wanted, got):
    assert differ(wanted, got) is None
    assert agree(shown(wanted), shown(got), 1e-9)


@pytest.mark.parametrize(("wanted", "got"), OTHERS)
def test_plain_data_that_is_not_equal_differs_in_both_directions(wanted, got):
    assert differ(wanted, got)
    assert differ(got, wanted)
    assert not agree(shown(wanted), shown(got), 1e-9)


def test_where_it_is_asked_for_a_number_of_numpys_is_another():
    assert differ([1, 2], [1, np.int64(2)], exact=True)
    assert differ([[1]], [[np.int64(1)]], exact=True)
    assert differ([1, 2], [1, 2], exact=True) is None


def test_the_first_entry_that_differs_is_told_and_the_differences_are_counted():
    assert told([1, 2, 3], [1, 5, 6]) == "y[1] should be 2, is 5 (2 of 3 differ)"
    assert told([1, 2, 3], [1, 2, 6]) == "y[2] should be 3, is 6 (1 of 3 differs)"
    assert told([(b"a", b"b")], [(b"a", b"c")]) == "y[0] should be (b'a', b'b'), is (b'a', b'c')"
    assert told({"a": 0}, {"a": 1}) == "an entry of y should be 'a': 0, is 'a': 1"
    assert told("one", "two") == "y should be 'one', is 'two'"
    assert told(b"one", b"two") == "y should be b'one', is b'two'"
    assert told([1, 2], [1, 5]) == "y[1] should be 2, is 5 (1 of 2 differs)"


def test_another_number_of_entries_is_told_with_the_first_that_differs():
    assert told([1, 2], [1]) == "y should have 2 entries, has 1"
    assert told([1], [3, 4]) == "y should have 1 entry, has 2; y[0] should be 1, is 3"
    assert told([], [1]) == "y should have 0 entries, has 1"
    assert told({"a": 0}, {"b": 1, "c": 2}) == "y should have 1 entry, has 2; an entry of y should be 'a': 0, is 'b': 1"


def test_another_type_is_told():
    assert told([1], (1,)) == "y should be of type list; it is of type tuple"
    assert told([1], np.array([1])) == "y should be of type list; it is of type array"
    assert "number" in told(1.0, "1.0")


def test_nothing_of_a_hidden_case_is_told():
    for wanted, got in (([417], [5]), ([417, 418], [5]), ("417", "5"), ([417], (417,)), ({"a": 417}, {"a": 5})):
        found = differ(wanted, got)
        assert found
        assert "417" not in found.redacted
        assert "5" not in found.redacted


@pytest.mark.parametrize(
    ("place", "length", "start", "is_cut_off"),
    [
        (1, 50, 0, False),
        (40, 50, 0, False),
        (58, 60, 0, False),
        (59, 61, 29, False),
        (40, 70, 10, False),
        (25, 100, 0, True),
        (30, 100, 0, True),
        (31, 100, 1, True),
        (500, 1000, 470, True),
    ],
)
def test_of_long_entries_sixty_characters_are_shown_where_they_begin_to_differ(place, length, start, is_cut_off):
    texts = []
    for other in "xy":
        text = "'" + "".join(chr(97 + i % 23) for i in range(length - 2)) + "'"
        whole = text[:place] + other.upper() + text[place + 1 :]
        texts.append((whole.strip("'"), "…" * (start > 0) + whole[start : start + 60] + "…" * is_cut_off))
    (wanted, shown), (got, there) = texts
    assert told(wanted, got) == f"y should be {shown}, is {there}"


def test_of_two_long_entries_one_of_which_begins_like_the_other_the_ends_are_shown():
    assert told([10**69], [10**70]) == f"y[0] should be …{'0' * 30}, is …{'0' * 31}"


def test_what_was_sent_is_made_harmless_before_it_is_shown():
    sent = Observation({"y": np.frombuffer(b"\x1b[31m\xff\x00", dtype=np.uint8)}, {"type of y": "list"})
    found = difference(shown([1]), sent, 1e-9)
    assert found
    assert found.text.isprintable()


@pytest.mark.parametrize("odd", [np.zeros((2, 2), dtype=np.uint8), np.zeros(3), np.zeros((), dtype=np.uint8)])
def test_arrays_that_are_no_written_data_are_told_as_arrays(odd):
    found = difference(shown([1]), Observation({"y": odd}, {"type of y": "list"}), 1e-9)
    assert found
    assert found.text.startswith("y should have")


def test_a_result_that_changes_later_is_noticed():
    kept = [1, 2]

    def f(number: int) -> list[int]:
        kept.append(number)
        return kept

    calls = [plain(call(number, returns=("y",), label=f"{number}: ")) for number in (7, 8)]
    assert "7: y after later calls" in perform(Probe("f", "numpy", tuple(calls)), {"f": f}).facts


def test_an_argument_that_is_changed_is_noticed():
    actions = (plain(call([3, 1], returns=("y",))), arguments_after(plain=True))
    sorting = perform(Probe("f", "numpy", actions), {"f": lambda numbers: numbers.sort() or 1})
    leaving = perform(Probe("f", "numpy", actions), {"f": lambda numbers: sorted(numbers) and 1})
    assert difference(leaving, sorting, 1e-9)


def test_what_is_no_plain_data_is_only_named():
    assert write_out(object()) is None
    assert kind_of(iter(())) == "tuple_iterator"
    assert write_out([object()]).tobytes() == b"<object>"  # type: ignore[union-attr]
