"""The probe's step `call_refused`: any exception is a refusal, but a stub is a stub."""

import pytest

from autograder.protocol.probe import Observation, Probe, call_refused, perform


def seen(f: object) -> Observation:
    return perform(Probe("f", "numpy", (call_refused(3, label="three: "),)), {"f": f})


def stub(_: int) -> None:
    raise NotImplementedError


def refuses(number: int) -> None:
    assert number != 3


def accepts(_: int) -> None:
    """Return nothing."""


@pytest.mark.parametrize(("f", "noted"), [(refuses, "an exception"), (accepts, "nothing")])
def test_whether_a_call_raises_is_noted(f, noted):
    assert seen(f).facts == {"three: the call raises": noted}


def test_a_stub_is_not_taken_for_a_refusal():
    with pytest.raises(NotImplementedError):
        seen(stub)
