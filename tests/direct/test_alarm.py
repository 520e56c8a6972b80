"""An alarm rings when the processor time is used up, and never when its block is over."""

import signal
import time
from unittest.mock import Mock

import pytest

from autograder.execution.alarm import AGAIN_SECONDS, Alarm, TookTooLong

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no timers that send signals")
LONG = 1000.0  # no timer of this length rings in a test


@pytest.mark.parametrize(("left", "soon"), [(0.25, 0.25), (LONG / 2, AGAIN_SECONDS)])
def test_a_ring_that_comes_too_early_comes_again_when_the_time_is_up_or_in_a_second(monkeypatch, left, soon):
    with Alarm(LONG) as alarm:
        used = alarm._began[0] + LONG - left
        monkeypatch.setattr(time, "process_time", lambda: used)
        alarm._ring(signal.SIGALRM, None)
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= soon + 0.001
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert not alarm.rang


def test_it_rings_when_the_time_is_used_up(monkeypatch):
    with Alarm(LONG) as alarm:
        used_up = alarm._began[0] + LONG + 1
        monkeypatch.setattr(time, "process_time", lambda: used_up)
        with pytest.raises(TookTooLong):
            alarm._ring(signal.SIGALRM, None)
    assert alarm.rang


def test_a_ring_that_was_on_its_way_when_the_block_ended_does_nothing(monkeypatch):
    with Alarm(LONG) as alarm:
        pass
    set_again = Mock()
    monkeypatch.setattr(alarm, "_start_timer", set_again)
    monkeypatch.setattr(signal, "setitimer", set_again)
    monkeypatch.setattr(time, "process_time", lambda: alarm._began[0] + 2 * LONG)
    alarm._ring(signal.SIGALRM, None)
    alarm._interrupt()
    assert (alarm.rang, set_again.called) == (False, False)
