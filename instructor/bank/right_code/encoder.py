"""Right encoder layers, done otherwise."""

from typing import Any

import numpy as np

from instructor.bank.right_code import attention
from instructor.misconceptions.encoder.steps import Layers


class OneHeadAfterTheOther(Layers):
    """The heads are computed one after the other, and the norm takes its variance from `np.var`."""

    def attention(self, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        return attention.HeadsInALoop(np).multi_head_attention(q, k, v, weights, num_heads, mask)

    def standardised(self, x: Any) -> Any:
        return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(np.var(x, axis=-1, keepdims=True) + self.eps)


class ZerosWhereNothingIsSeen(Layers):
    """A query that may attend to nothing gets zeros from its attention."""

    def attention(self, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        return attention.NothingWhereNothingIsSeen(np).multi_head_attention(q, k, v, weights, num_heads, mask)


class WithEinsum(Layers):
    """All linear maps are done with einsum, and ReLU is a maximum."""

    def attention(self, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any) -> Any:
        return attention.EinsumWithScaledQueries(np).multi_head_attention(q, k, v, weights, num_heads, mask)

    def feed_forward(self, x: Any, weights: Any) -> Any:
        before = np.maximum(self.linear(x, weights, "feed_forward.linear1"), 0.0)
        return self.linear(before, weights, "feed_forward.linear2")

    def linear(self, x: Any, weights: Any, name: str) -> Any:
        return np.einsum("...i,oi->...o", x, weights[f"{name}.weight"]) + weights[f"{name}.bias"]


class SampleBySample(Layers):
    """Every sample of the batch goes through the layer on its own."""

    def encoder_layer(self, x: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        if mask is not None:
            mask = np.broadcast_to(mask, (len(x), num_heads, x.shape[1], x.shape[1]))
        masks = [None] * len(x) if mask is None else [mask[n : n + 1] for n in range(len(x))]
        layer = super().encoder_layer
        return np.concatenate([layer(x[n : n + 1], weights, num_heads, one) for n, one in enumerate(masks)])


class InFloat64(Layers):
    """Whatever comes in, everything is computed in float64."""

    def encoder_layer(self, x: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        return super().encoder_layer(np.asarray(x, np.float64), weights, num_heads, mask)


RIGHT = (Layers, OneHeadAfterTheOther, ZerosWhereNothingIsSeen, WithEinsum, SampleBySample, InFloat64)
