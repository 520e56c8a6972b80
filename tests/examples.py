"""How many examples Hypothesis draws."""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, seed, settings

from tests.sampled import DRAW, SHARE

Test = TypeVar("Test", bound=Callable[..., Any])


def sample_examples(examples: int, one_in: int = 4) -> Callable[[Test], Test]:
    """So many of them, or a share of them as `sample` does; another version of the course draws others.

    Nothing depends on how long it takes.
    """
    share = examples // max(1, round(one_in * SHARE))
    fewer = settings(max_examples=share, deadline=None, suppress_health_check=list(HealthCheck))
    return lambda test: seed(DRAW)(fewer(test))
