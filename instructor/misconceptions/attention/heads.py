"""Misconceptions about the heads of multi-head attention."""

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class MhaMergeWithoutTranspose(Attention):
    """The heads are merged by reshape alone. It keeps memory order, so heads and time are mixed, and a causal mask
    leaks. Swap the axes back first."""

    def merge(self, output):
        batch, heads, tokens, d_k = output.shape
        return output.reshape(batch, tokens, heads * d_k)


@misconception()
class MhaSplitReshapeOnly(Attention):
    """The heads are split by reshape alone, which mixes time and features. Split the last axis first, then swap."""

    def split(self, x, num_heads):
        batch, tokens, d_model = x.shape
        return x.reshape(batch, num_heads, tokens, d_model // num_heads)


@misconception()
class MhaReshapeBothWays(Attention):
    """The heads are split and merged by reshape alone. The shapes come out right, but each head sees a mixture of
    tokens. Split the last axis and swap; later swap back and merge."""

    def split(self, x, num_heads):
        batch, tokens, d_model = x.shape
        return x.reshape(batch, num_heads, tokens, d_model // num_heads)

    def merge(self, output):
        batch, heads, tokens, d_k = output.shape
        return output.reshape(batch, tokens, heads * d_k)


@misconception()
class MhaSplitInterleaved(Attention):
    """A head takes every h-th feature. Heads are contiguous blocks of features: split into (num_heads, d_k), in this
    order."""

    def split(self, x, num_heads):
        batch, tokens, d_model = x.shape
        return self.xp.einsum("btdh->bhtd", x.reshape(batch, tokens, d_model // num_heads, num_heads))

    def merge(self, output):
        batch, heads, tokens, d_k = output.shape
        return self.xp.einsum("bhtd->btdh", output).reshape(batch, tokens, heads * d_k)


@misconception()
class MhaMergeInterleaved(Attention):
    """The heads are merged feature by feature. Concatenate them: all of head 1, then all of head 2."""

    def merge(self, output):
        batch, heads, tokens, d_k = output.shape
        return self.xp.einsum("bhtd->btdh", output).reshape(batch, tokens, heads * d_k)


@misconception()
class MhaMergeSwapsHeadsAndFeatures(Attention):
    """The axes of heads and features are swapped before the heads are merged. Swap heads and tokens, so that each token
    has its heads side by side."""

    def merge(self, output):
        batch, heads, tokens, d_k = output.shape
        return self.xp.swapaxes(output, 1, 3).reshape(batch, tokens, heads * d_k)


@misconception()
class MhaMergeSwapsTokensAndFeatures(Attention):
    """The axes of tokens and features are swapped before the heads are merged. Swap heads and tokens, so that each
    token has its heads side by side."""

    def merge(self, output):
        batch, heads, tokens, d_k = output.shape
        return self.xp.swapaxes(output, 2, 3).reshape(batch, tokens, heads * d_k)


@misconception()
class MhaSplitInterleavedOnly(Attention):
    """The features are split into (d_k, num_heads), so a head gets every h-th of them, and what is merged later is in
    another order. Split into (num_heads, d_k)."""

    def split(self, x, num_heads):
        batch, tokens, d_model = x.shape
        return self.xp.einsum("btdh->bhtd", x.reshape(batch, tokens, d_model // num_heads, num_heads))


@misconception()
class MhaHeadsAndSizeExchanged(Attention):
    """The number of heads and their size are exchanged: there are d_k heads of num_heads features. Split the last axis
    into (num_heads, d_k)."""

    def split(self, x, num_heads):
        return super().split(x, x.shape[-1] // num_heads)


@misconception()
class MhaUsesTqForKeys(Attention):
    """Keys and values are reshaped with the queries' length. They have a length of their own."""

    def split_all(self, q, k, v, num_heads):
        batch, queries, d_model = q.shape
        split = (x.reshape(batch, queries, num_heads, d_model // num_heads) for x in (q, k, v))
        return tuple(self.xp.swapaxes(x, 1, 2) for x in split)


@misconception()
class MhaAttendsOverHeads(Attention):
    """The axes of heads and tokens are never swapped, so every token's heads attend to one another. Attention runs over
    tokens: (batch, heads, tokens, d_k)."""

    def split(self, x, num_heads):
        batch, tokens, d_model = x.shape
        return x.reshape(batch, tokens, num_heads, d_model // num_heads)

    def merge(self, output):
        batch, tokens, heads, d_k = output.shape
        return output.reshape(batch, tokens, heads * d_k)


@misconception()
class MhaSingleHead(Attention):
    """The features are never split: this is one head of size d_model. Split them into num_heads heads of d_k."""

    def split(self, x, num_heads):
        return x[:, None]


@misconception()
class MhaHeadsAveraged(Attention):
    """The heads are averaged. Concatenate them: together they are d_model wide."""

    def merge(self, output):
        heads = output.shape[1]
        mean = output.mean(axis=1)
        return self.xp.concatenate([mean] * heads, axis=-1)


@misconception()
class MhaLastHeadOnly(Attention):
    """Only the last head survives; a loop variable is overwritten. Collect the heads and concatenate them."""

    def merge(self, output):
        return self.xp.concatenate([output[:, -1]] * output.shape[1], axis=-1)


@misconception()
class MhaMaskFirstHeadOnly(Attention):
    """The mask is applied to the first head only. It holds for all of them."""

    def passed_on(self, mask, num_heads):
        if mask is None:
            return None
        mask = self.xp.zeros((1, num_heads, 1, 1), dtype=bool if self.xp is np else self.xp.bool) | mask
        first = self.xp.arange(num_heads)[None, :, None, None] == 0
        return mask | ~first


@misconception()
class MhaWeightsAveraged(Attention):
    """The attention weights are averaged over the heads. Return those of every head: (batch, heads, queries, keys)."""

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        output, attention_weights = super().multi_head_attention(q, k, v, weights, num_heads, mask)
        return output, attention_weights.mean(axis=1)


@misconception()
class MhaWeightsOfLastHead(Attention):
    """Only the last head's attention weights are returned. Return those of every head: stack them along axis 1."""

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        output, attention_weights = super().multi_head_attention(q, k, v, weights, num_heads, mask)
        return output, attention_weights[:, -1]


@misconception()
class MhaWeightsBatchTimesHeads(Attention):
    """The attention weights come back with batch and heads in one axis. Reshape them to (batch, heads, queries,
    keys)."""

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        output, attention_weights = super().multi_head_attention(q, k, v, weights, num_heads, mask)
        return output, attention_weights.reshape(-1, *attention_weights.shape[2:])
