"""What a case looks at: outputs that hold random numbers become numbers that hold none."""

from warnings import catch_warnings, simplefilter

import numpy as np

from autograder.exercise import Case
from autograder.protocol.probe import Observation


def apply_view(case: Case, observation: Observation) -> Observation:
    """Apply a case's view, if it has one; facts alone are left as they are."""
    return case.view(observation) if case.view and observation.arrays else observation


def apply_view_like(case: Case, reference: Observation, observation: Observation) -> Observation:
    """The same for code that may be wrong. Where its shapes are not those of the reference, unviewed, or the view makes
    nothing of it, it is left as it is."""
    if not case.view or _shapes(observation) != _shapes(reference):
        return observation
    with np.errstate(all="ignore"), catch_warnings():
        simplefilter("ignore")
        try:
            return apply_view(case, observation)
        except Exception:  # a view is written for what right code shows, and this is whatever a student's code may send
            return observation


def _shapes(observation: Observation) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in observation.arrays.items()}
