"""Read a small number that was added where none is needed: to the sum of a softmax, or inside a logarithm."""

from collections.abc import Mapping, Sequence

import numpy as np

from autograder import syllabus
from autograder.answers import Answers
from autograder.evidence import Shown
from autograder.exercise import Trial, Weight
from autograder.judging.reading import Reading
from autograder.protocol.arguments import Array
from autograder.protocol.probe import Observation

SHARES = ("softmax", "scaled_dot_product_attention", "ScaledDotProductAttention")
LOSSES = ("cross_entropy", "label_smoothing_loss", "LabelSmoothingLoss")
ADDED_TO_SUM = (
    "A small number is added to the sum, so the shares do not sum to 1. After the maximum is subtracted, the sum is at "
    "least 1 and needs none."
)
ADDED_IN_LOG = (
    "A small number is added inside the logarithm, so no loss can exceed {}. Compute log p directly: "
    "x_c - log Σ exp x_j."
)
LITTLE = 1e-3  # as a share of the right number
HUGE, LEAST, MOST = 100.0, 5.0, 60.0  # a right loss, and what a bound makes of it: -log 1e-3 … -log 1e-25


def read_small_number(
    trial: Trial, viewed: Mapping[Trial, Shown], failing: Sequence[Trial], answers: Answers
) -> Reading | None:
    """What is the matter where everything is a little too small, or a loss is bounded; None anywhere else."""
    if trial.exercise in SHARES and _all_a_little_less(*_pair(trial, viewed, answers)):
        return Reading("added-to-the-sum", ADDED_TO_SUM, Weight.SLIP.value)
    if trial.exercise not in LOSSES:
        return None
    pairs = {other: _pair(other, viewed, answers) for other in failing if other.is_public}
    bounded = [other for other, pair in pairs.items() if _is_bounded(*pair)]
    if not bounded or not all(other in bounded or _all_a_little_less(*pair) for other, pair in pairs.items()):
        return None
    return Reading("added-in-the-log", ADDED_IN_LOG.format(_bound(bounded[0], viewed)), Weight.MISTAKE.value)


def _pair(trial: Trial, viewed: Mapping[Trial, Shown], answers: Answers) -> tuple[Shown, Observation]:
    return viewed[trial], answers.reference(trial)


def _all_a_little_less(shown: Shown, right: Observation) -> bool:
    """Whether the numbers of some arrays are a little too small, and none is too large."""
    compared = _compare(shown, right)
    names = [name for name in compared if name.endswith("attention_weights")] or list(compared)
    with np.errstate(all="ignore"):  # what is shown may be anything
        lacking = [1 - seen[large] / wanted[large] for seen, wanted, large in (compared[name] for name in names)]
    return bool(lacking) and all(((x > -1e-12) & (x < LITTLE)).all() for x in lacking) and any(map(np.any, lacking))


def _is_bounded(shown: Shown, right: Observation) -> bool:
    """Whether huge losses, and nothing else, have become moderate ones."""
    pairs = [(seen.max(), wanted.max()) for seen, wanted, _ in _compare(shown, right).values()]
    return bool(pairs) and all(wanted > HUGE and LEAST < seen < MOST for seen, wanted in pairs)


def _compare(shown: Shown, right: Observation) -> dict[str, tuple[Array, Array, Array]]:
    """The arrays that differ, by name, and where the right one is large enough to be divided by; none where more than
    numbers differ."""
    if not isinstance(shown, Observation) or shown.facts != right.facts or shown.arrays.keys() != right.arrays.keys():
        return {}
    pairs = {n: (shown.arrays[n], wanted) for n, wanted in right.arrays.items()}
    pairs = {n: (seen, wanted) for n, (seen, wanted) in pairs.items() if not np.array_equal(seen, wanted)}
    if any(seen.shape != wanted.shape or seen.dtype.kind != "f" for seen, wanted in pairs.values()):
        return {}
    return {n: (seen, wanted, np.abs(wanted) > 1e-9) for n, (seen, wanted) in pairs.items()}


def _bound(trial: Trial, viewed: Mapping[Trial, Shown]) -> str:
    """The largest loss that the code can have, where it is the mean of losses that are 0 or the largest."""
    called = next(action for action in syllabus.probe_of(trial).actions if action["do"] == "call")
    logits, labels = called["arguments"][:2]
    shown = viewed[trial]
    if trial.exercise != "cross_entropy" or not isinstance(shown, Observation):
        return "minus the logarithm of that number"
    is_word = labels != 0
    missed = is_word & (logits.argmax(axis=-1) != labels)
    loss = float(next(iter(shown.arrays.values())).max())
    return f"{loss * is_word.sum() / max(1, missed.sum()):.1f}"
