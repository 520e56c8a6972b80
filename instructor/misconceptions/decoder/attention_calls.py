"""Misconceptions about how the decoder calls its attentions."""

from typing import Any

import numpy as np

from autograder.exercise import misconception
from instructor.misconceptions.attention.steps import Attention
from instructor.misconceptions.decoder.steps import Decoding


@misconception()
class DecEightHeads(Decoding):
    """The attentions always have 8 heads, the paper's number. Pass `num_heads` on to both of them."""

    def attend(self, name, q, k, v, mask):
        self.num_heads = 8
        return super().attend(name, q, k, v, mask)


@misconception()
class DecAttentionWeightsAdded(Decoding):
    """The attention weights are added to the state. Attention returns (output, attention weights): take the output, its
    first element."""

    def attend(self, name, q, k, v, mask):
        return Attention(self.xp).multi_head_attention(q, k, v, self.part(name), self.num_heads, mask)[1]


@misconception()
class DecFirstSampleForAll(Decoding):
    """Every sample gets the attention output of the first one: there is one `[0]` too many. Attention returns a pair,
    so `[0]` once takes the output, and a second one takes the first sample of the batch."""

    def attend(self, name, q, k, v, mask):
        return super().attend(name, q, k, v, mask)[0]


@misconception()
class DecAttentionOneArgument(Decoding):
    """Attention is called with one argument. It takes queries, keys and values: pass x three times to self-attention,
    and the state and twice the memory to cross-attention."""

    def attend(self, name, q, k, v, mask):
        if self.xp is np:
            from transformer_ref.in_numpy.attention import multi_head_attention

            too_few: tuple[Any, ...] = (q, self.part(name), self.num_heads, mask)
            return multi_head_attention(*too_few)
        from transformer_ref.in_torch.attention import MultiHeadAttention

        return MultiHeadAttention(q.shape[-1], self.num_heads)(q)
