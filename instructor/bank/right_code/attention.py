"""Right multi-head attention, done otherwise."""

from typing import Any

import numpy as np

from instructor.misconceptions.attention.steps import Attention

Projected = tuple[Any, Any, Any]


class HeadsInALoop(Attention):
    """The heads are computed one after the other."""

    def multi_head_attention(self, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        q, k, v = self.project_all(q, k, v, weights)
        if mask is not None:
            mask = np.broadcast_to(mask, (len(q), num_heads, q.shape[1], k.shape[1]))
        heads = [
            self.attend(q_head, k_head, v_head, None if mask is None else mask[:, n])
            for n, (q_head, k_head, v_head) in enumerate(
                zip(*(np.split(x, num_heads, axis=-1) for x in (q, k, v)), strict=True)
            )
        ]
        merged = np.concatenate([output for output, _ in heads], axis=-1)
        return self.project_out(merged, weights), np.stack([shares for _, shares in heads], axis=1)


class EinsumWithScaledQueries(Attention):
    """Everything is done with einsum, and the queries are scaled before the scores are computed."""

    def project(self, x: Any, weights: Any, name: str) -> Any:
        return np.einsum("...i,oi->...o", x, weights[f"{name}.weight"]) + weights[f"{name}.bias"]

    def scaled_dot_product_attention(self, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        scores = np.einsum("...qd,...kd->...kq", q * q.shape[-1] ** -0.5, k)
        shares = self.weights(np.swapaxes(scores, -1, -2), mask)
        return np.einsum("...qk,...kd->...qd", shares, v), shares


class NothingWhereNothingIsSeen(Attention):
    """Hidden keys get -inf, and a query that may attend to nothing gets zeros."""

    def weights(self, scores: Any, mask: Any) -> Any:
        shown = np.broadcast_to(True if mask is None else mask, scores.shape)
        scores = np.where(shown, scores, -np.inf)
        best = np.where(shown.any(-1, keepdims=True), scores.max(-1, keepdims=True), 0.0)
        exponentials = np.exp(scores - best)
        total = exponentials.sum(-1, keepdims=True)
        return np.divide(exponentials, total, out=np.zeros_like(exponentials), where=total > 0)


class MillionsBelow(Attention):
    """Hidden keys get a score of minus a million, and the softmax goes through logarithms."""

    def fill(self, scores: Any, mask: Any, value: float) -> Any:
        return scores + np.where(mask, 0.0, -1e6)

    def softmax(self, x: Any, axis: int = -1) -> Any:
        return np.exp(x - np.logaddexp.reduce(x, axis=axis, keepdims=True))


class HeadsInTheBatch(Attention):
    """The heads are folded into the batch, and the scale is shared by queries and keys."""

    def attend(self, q: Any, k: Any, v: Any, mask: Any) -> Any:
        batch, heads = q.shape[:2]
        if mask is not None:
            mask = np.broadcast_to(mask, (batch, heads, q.shape[2], k.shape[2])).reshape(-1, q.shape[2], k.shape[2])
        q, k, v = (x.reshape(batch * heads, *x.shape[2:]) for x in (q, k, v))
        output, shares = self.scaled_dot_product_attention(q, k, v, mask)
        return (x.reshape(batch, heads, *x.shape[1:]) for x in (output, shares))

    def scores(self, q: Any, k: Any) -> Any:
        return (q / q.shape[-1] ** 0.25) @ np.swapaxes(k / k.shape[-1] ** 0.25, -1, -2)

    def scale(self, scores: Any, q: Any, k: Any, v: Any) -> Any:
        return scores


class AllInFloat64(Attention):
    """Whatever comes in, everything is computed in float64."""

    def project(self, x: Any, weights: Any, name: str) -> Any:
        return np.asarray(x, np.float64) @ weights[f"{name}.weight"].T.astype(np.float64) + weights[f"{name}.bias"]


RIGHT = (
    *(Attention, HeadsInALoop, EinsumWithScaledQueries, NothingWhereNothingIsSeen, MillionsBelow),
    *(HeadsInTheBatch, AllInFloat64),
)
