"""Misconceptions about the axes of mean and variance."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.layer_norm.steps import Normalise


@misconception()
class LnBatchAxis(Normalise):
    """Mean and variance run over the first axis, the batch: that is batch norm. Normalise each token alone, over its
    features, or the samples influence one another."""

    def average(self, x):
        return x.mean(axis=0, keepdims=True)


@misconception()
class LnTimeAxis(Normalise):
    """Mean and variance run over the tokens (axis -2). Normalise each token alone, over its features, axis -1."""

    def average(self, x):
        return x.mean(axis=-2 if x.ndim > 1 else -1, keepdims=True)


@misconception()
class LnAxisOne(Normalise):
    """Mean and variance run over axis 1, whatever the number of axes. The features are the last axis: use -1."""

    def average(self, x):
        return x.mean(axis=1, keepdims=True)


@misconception()
class LnHardCodedAxis(Normalise):
    """The features' axis is written as 2, which is right with three axes only. Use -1: there may be two axes, or
    four."""

    def average(self, x):
        return x.mean(axis=2, keepdims=True)


@misconception()
class LnTimeAndFeature(Normalise):
    """Mean and variance run over tokens and features together. Every token has its own: take the last axis alone."""

    def average(self, x):
        return x.mean(axis=(-2, -1) if x.ndim > 1 else -1, keepdims=True)


@misconception()
class LnAllButBatch(Normalise):
    """Mean and variance run over everything but the batch. Every token has its own: take the last axis alone."""

    def average(self, x):
        return x.mean(axis=tuple(range(1, x.ndim)), keepdims=True)


@misconception()
class LnAll(Normalise):
    """One mean and one variance are used for the whole array, because no axis was given. Every token has its own: take
    the last axis."""

    def average(self, x):
        return x.mean()


@misconception()
class LnNoKeepdims(Normalise):
    """Mean and variance have lost their axis, and no longer line up with `x`: keep it with `keepdims=True`."""

    def average(self, x):
        return x.mean(axis=-1)


@misconception()
class LnOnly3d(Normalise):
    """The code unpacks exactly three axes. There may be any number of leading axes: index from the end."""

    def normalised(self, x, eps):
        _batch, _tokens, _features = x.shape
        return super().normalised(x, eps)


@misconception()
class LnViewOnNoncontiguous(Normalise):
    """`.view` needs contiguous memory, and a transposed tensor is not contiguous. Nothing needs to be reshaped here:
    work on the last axis."""

    def normalised(self, x, eps):
        return super().normalised(x if self.xp is np else x.view(-1).view(x.shape), eps)


@misconception()
class LnMeanOfAll(Normalise):
    """One mean is used for the whole array, though the variance is each token's own. Take the mean over the last axis
    too: `axis=-1, keepdims=True`."""

    def mean(self, x):
        return x.mean()


@misconception()
class LnVarianceOfAll(Normalise):
    """One variance is used for the whole array, though the mean is each token's own. Take the variance over the last
    axis too: `axis=-1, keepdims=True`."""

    def variance(self, x, mean):
        return ((x - mean) ** 2).mean()


@misconception()
class LnMeanOverAxisOne(Normalise):
    """The mean is taken over axis 1, which is the tokens of a batch, and only the variance over the features. Both are
    taken over the last axis: use -1."""

    def centred(self, x, mean):
        return x - x.mean(axis=1, keepdims=True)
