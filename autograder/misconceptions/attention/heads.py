"""Misconceptions about the heads of multi-head attention."""

import numpy as np

from autograder.exercise import misconception
from autograder.misconceptions.attention.steps import Attention


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
    tokens. Split the last axis, swap; swap back, merge."""

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
class MhaNoOutputProjection(Attention):
    """The concatenated heads are returned as they are. Wᴼ mixes the heads; without it they never talk."""

    def project_out(self, merged, weights):
        return merged


@misconception()
class MhaOneProjection(Attention):
    """One matrix serves queries, keys and values. Three roles, three matrices."""

    def project(self, x, weights, name):
        return super().project(x, weights, "w_o" if name == "w_o" else "w_q")

    def parameters(self, module, d_model, num_heads):
        module.w_q = self.xp.nn.Linear(d_model, d_model)
        module.w_o = self.xp.nn.Linear(d_model, d_model)


@misconception()
class MhaKeyWeightsForValues(Attention):
    """The values go through W^K. They have a matrix of their own, W^V."""

    def project(self, x, weights, name):
        return super().project(x, weights, "w_k" if name == "w_v" else name)


@misconception()
class MhaValueFromKeyInput(Attention):
    """The values are computed from the keys' input, and `v` is never used. It is an argument of its own."""

    def project_all(self, q, k, v, weights):
        return super().project_all(q, k, k, weights)


@misconception()
class MhaSelfOnly(Attention):
    """Keys and values are computed from the queries' input. In cross-attention they come from elsewhere: use `k` and
    `v`."""

    def project_all(self, q, k, v, weights):
        return super().project_all(q, q, q, weights)


@misconception()
class MhaRolesSwapped(Attention):
    """Queries and keys have changed places. The queries ask, keys and values answer: the output has one row for each
    query."""

    def project_all(self, q, k, v, weights):
        return super().project_all(k, q, q, weights)


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
    """The heads are averaged. Concatenate them."""

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
class MhaWeightTransposed(Attention):
    """The weights are used as x W instead of x Wᵀ. `nn.Linear` keeps (d_out, d_in); a square W hides the shape, not the
    values."""

    def project(self, x, weights, name):
        return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


@misconception()
class MhaBiasMissing(Attention):
    """The biases are not used. Each of the four linear maps has one."""

    def project(self, x, weights, name):
        return x @ self.xp.swapaxes(weights[f"{name}.weight"], 0, 1)

    def parameters(self, module, d_model, num_heads):
        for name in ("w_q", "w_k", "w_v", "w_o"):
            setattr(module, name, self.xp.nn.Linear(d_model, d_model, bias=False))


@misconception()
class MhaOutputBiasMissing(Attention):
    """The bias of the output projection is not used. All four linear maps have one."""

    def project_out(self, merged, weights):
        return merged @ self.xp.swapaxes(weights["w_o.weight"], 0, 1)

    def parameters(self, module, d_model, num_heads):
        super().parameters(module, d_model, num_heads)
        module.w_o.bias = None


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
class MhaDivisibilityUnchecked(Attention):
    """`d_model // num_heads` cuts silently. Where num_heads does not divide d_model, raise a ValueError that says
    so."""

    def require_divisible(self, d_model, num_heads):
        pass


@misconception()
class MhaListOfHeads(Attention):
    """The linear maps stand in a plain Python list, and PyTorch cannot see them: no parameters, nothing to train. Make
    them attributes, or use nn.ModuleList."""

    def parameters(self, module, d_model, num_heads):
        linear = self.xp.nn.Linear
        module.maps = {name: linear(d_model, d_model) for name in ("w_q", "w_k", "w_v", "w_o")}
