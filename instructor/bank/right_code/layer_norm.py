"""Right layer normalization, done otherwise."""

from typing import Any

import numpy as np

from instructor.misconceptions.layer_norm.steps import Normalise


class StandardDeviation(Normalise):
    """The variance is that of `np.var`, and the root is a power."""

    def variance(self, x: Any, mean: Any) -> Any:
        return np.var(x, axis=-1, keepdims=True)

    def deviation(self, variance: Any, eps: float) -> Any:
        return (variance + eps) ** 0.5


class ProductsFirst(Normalise):
    """γ is divided by the deviation before anything is multiplied, and the mean is a sum over the size."""

    def average(self, x: Any) -> Any:
        return np.einsum("...i->...", x)[..., None] / x.shape[-1]

    def layer_norm(self, x: Any, gamma: Any, beta: Any, eps: float | None = None) -> Any:
        mean = self.mean(x)
        gain = gamma / self.deviation(self.variance(x, mean), self.eps(eps))
        return self.centred(x, mean) * gain + beta


class RowByRow(Normalise):
    """Every token is normalised in a loop of its own."""

    def layer_norm(self, x: Any, gamma: Any, beta: Any, eps: float | None = None) -> Any:
        rows = [super(RowByRow, self).layer_norm(row, gamma, beta, eps) for row in x.reshape(-1, x.shape[-1])]
        return np.array(rows).reshape(x.shape)


class TwiceCentred(Normalise):
    """The mean is subtracted twice, so that less is lost to rounding."""

    def centred(self, x: Any, mean: Any) -> Any:
        centred = x - mean
        return centred - centred.mean(axis=-1, keepdims=True)


class InFloat64(Normalise):
    """Whatever comes in, everything is computed in float64."""

    def layer_norm(self, x: Any, gamma: Any, beta: Any, eps: float | None = None) -> Any:
        return super().layer_norm(np.asarray(x, np.float64), gamma, beta, eps)


RIGHT = (Normalise, StandardDeviation, ProductsFirst, RowByRow, TwiceCentred, InFloat64)
