"""Misconceptions about clipping the gradients."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training


@misconception()
class ClipPerParameter(Training):
    """Each gradient is clipped by its own norm, which turns the step into another direction. There is one norm, over
    all of them together."""

    def clipped(self, gradients, norm, max_norm):
        norms = {name: float(np.sqrt((g**2).sum())) for name, g in gradients.items()}
        return {name: g * self.shrinking(norms[name], max_norm) for name, g in gradients.items()}


@misconception()
class ClipUnconditionally(Training):
    """All gradients are multiplied by max_norm / norm: those below the limit grow, and where all are 0, the limit is
    divided by 0. Ask first whether the norm is above the limit."""

    def shrinking(self, norm, max_norm):
        return max_norm / norm


@misconception()
class ClipUnconditionallyToNan(Training):
    """All gradients are multiplied by max_norm / norm: those below the limit grow, and where all are 0, they become
    nan. Ask first whether the norm is above the limit."""

    def shrinking(self, norm, max_norm):
        return np.float64(max_norm) / norm


@misconception()
class ClipAllToOne(Training):
    """All gradients are divided by their norm and so get the norm 1, and where all are 0, they are divided by 0. Only
    those above the limit are scaled, by max_norm / norm."""

    def shrinking(self, norm, max_norm):
        return 1.0 / norm


@misconception()
class ClipLargerFactor(Training):
    """The larger of max_norm / norm and 1 is taken: gradients above the limit stay, and those below grow. Take the
    smaller one, and ask for a norm of 0 first."""

    def shrinking(self, norm, max_norm):
        return max(max_norm / norm, 1.0)


@misconception()
class ClipAlways(Training):
    """Gradients below the limit are scaled up to it. Only those above are changed."""

    def shrinking(self, norm, max_norm):
        return max_norm / norm if norm else 1.0


@misconception()
class ClipDividesByZero(Training):
    """Where all gradients are 0, the limit is divided by 0. Ask first whether the norm is above the limit."""

    def shrinking(self, norm, max_norm):
        return min(max_norm / norm, 1.0)


@misconception()
class ClipByValue(Training):
    """Every number is clipped on its own, to ±max_norm. Scale all gradients by one factor instead."""

    def clipped(self, gradients, norm, max_norm):
        return {name: np.clip(g, -max_norm, max_norm) for name, g in gradients.items()}


@misconception()
class ClipNever(Training):
    """The gradients come back as they were. Above the limit, scale them by max_norm / norm."""

    def shrinking(self, norm, max_norm):
        return 1.0


@misconception()
class ClipToOne(Training):
    """Above the limit the gradients are divided by their norm and so get the norm 1. They should get `max_norm`."""

    def shrinking(self, norm, max_norm):
        return 1.0 / norm if norm > max_norm else 1.0


@misconception()
class ClipDividesByLimit(Training):
    """The factor is norm / max_norm: large gradients grow. It is max_norm / norm."""

    def shrinking(self, norm, max_norm):
        return norm / max_norm if norm > max_norm else 1.0


@misconception()
class ClipSumOfNorms(Training):
    """The norms of the single gradients are added up. Add their squares, and take the root at the end."""

    def norm_of_all(self, gradients):
        return float(sum(np.sqrt((g**2).sum()) for g in gradients.values()))


@misconception()
class ClipNoRoot(Training):
    """The norm lacks its root: it is the sum of the squares."""

    def norm_of_all(self, gradients):
        return float(sum((g**2).sum() for g in gradients.values()))


@misconception()
class ClipMeanSquare(Training):
    """The norm is made of the mean of the squares. Add them up: the norm is the length of one long vector."""

    def norm_of_all(self, gradients):
        return float(np.sqrt(sum((g**2).mean() for g in gradients.values())))


@misconception()
class ClipSumOfAbsolutes(Training):
    """The norm is the sum of the absolute values. The norm here is the Euclidean one: the root of the sum of
    squares."""

    def norm_of_all(self, gradients):
        return float(sum(np.abs(g).sum() for g in gradients.values()))


@misconception()
class ClipLargest(Training):
    """The norm is the largest single number. The norm here is the Euclidean one: the root of the sum of squares."""

    def norm_of_all(self, gradients):
        return float(max(np.abs(g).max() for g in gradients.values()))


@misconception()
class ClipLargestNorm(Training):
    """The norm is that of the longest gradient alone. It is one norm over all of them together."""

    def norm_of_all(self, gradients):
        return float(max(np.sqrt((g**2).sum()) for g in gradients.values()))


@misconception()
class ClipTellsNormAfter(Training):
    """The norm after clipping is returned. Return the one before: it is what you watch while a model trains."""

    def told(self, norm, max_norm):
        return min(norm, max_norm)


@misconception()
class ClipTellsFactor(Training):
    """The factor is returned in place of the norm. Return the norm before clipping."""

    def told(self, norm, max_norm):
        return self.shrinking(norm, max_norm)


@misconception()
class ClipInPlace(Training):
    """The gradients that were given are scaled (`*=`). Return new ones, and leave those alone."""

    def clipped(self, gradients, norm, max_norm):
        for gradient in gradients.values():
            gradient *= self.shrinking(norm, max_norm)
        return gradients


@misconception(weight=Weight.NOTHING_LEFT)
class ClipZeros(Training):
    """The gradients are 0 afterwards. Scale them by max_norm / norm where the norm is above the limit."""

    def shrinking(self, norm, max_norm):
        return 0.0
