"""Right Transformers, done otherwise."""

from typing import Any

import numpy as np

from instructor.misconceptions.transformer.steps import Model


class OneHotEmbedding(Model):
    """Rows of the table are chosen by a product with one-hot vectors."""

    def looked_up(self, table: Any, ids: Any) -> Any:
        return self.scaled(np.eye(len(table))[ids] @ table, table)


class ScaledTable(Model):
    """The table is scaled before rows are taken from it."""

    def looked_up(self, table: Any, ids: Any) -> Any:
        return (table * table.shape[1] ** 0.5)[ids]


class SampleBySample(Model):
    """Every pair of sentences goes through the model on its own."""

    def run(self, parts: Any, src: Any, tgt: Any, pad_id: int) -> Any:
        run = super().run
        return np.concatenate([run(parts, src[n : n + 1], tgt[n : n + 1], pad_id) for n in range(len(src))])


class IndicesForMasks(Model):
    """The causal mask is made of indices, and the masks are combined by multiplication."""

    def causal(self, tokens: int) -> Any:
        return np.arange(tokens)[:, None] >= np.arange(tokens)

    def combined(self, shown: Any, causal: Any) -> Any:
        return (shown * causal).astype(bool)


class PrefixByPrefix(Model):
    """The logits of each position are computed from its prefix alone."""

    def run(self, parts: Any, src: Any, tgt: Any, pad_id: int) -> Any:
        run = super().run
        return np.stack([run(parts, src, tgt[:, : n + 1], pad_id)[:, n] for n in range(tgt.shape[1])], axis=1)


class TableInSinglePrecision(Model):
    """The table of positions was made in float32."""

    def embedded(self, parts: Any, ids: Any, side: str) -> Any:
        vectors = self.embedding_of(parts, side)(ids)
        return vectors + parts.positional_encoding(np.zeros_like(vectors)).astype(np.float32)


class ZerosAtPadding(Model):
    """The logits where tgt is padding are 0."""

    def run(self, parts: Any, src: Any, tgt: Any, pad_id: int) -> Any:
        return np.where((tgt == pad_id)[..., None], 0.0, super().run(parts, src, tgt, pad_id))


RIGHT = (
    *(Model, OneHotEmbedding, ScaledTable, SampleBySample, IndicesForMasks, PrefixByPrefix),
    *(TableInSinglePrecision, ZerosAtPadding),
)
