"""Misconceptions about the decoder's backward pass."""

from autograder.exercise import misconception
from instructor.misconceptions.decoder.steps import Decoding


@misconception("dec-bwd-memory-values-only")
class DecBwdMemoryOverwritten(Decoding):
    """The memory's gradient is that through the values alone: the one through the keys is overwritten (`=` instead of
    `+=`) or forgotten. The memory is used twice, so its two gradients add up."""

    def of_memory(self, grad_k, grad_v):
        return grad_v


@misconception()
class DecBwdMemoryKeysOnly(Decoding):
    """The memory's gradient is that through the keys alone. The memory is also the values: its two gradients add up."""

    def of_memory(self, grad_k, grad_v):
        return grad_k


@misconception()
class DecBwdMemoryZero(Decoding):
    """The memory gets a gradient of zeros, so the encoder would never learn. Give it what comes back through the keys
    and the values of cross-attention."""

    def of_memory(self, grad_k, grad_v):
        return grad_k * 0


@misconception()
class DecBwdMemoryHalved(Decoding):
    """The memory's two gradients are averaged. The memory is used as keys and as values: add the two gradients."""

    def of_memory(self, grad_k, grad_v):
        return (grad_k + grad_v) / 2


@misconception()
class DecBwdResidualForgotten(Decoding):
    """The gradient comes back through the sublayers only. Every residual passes the gradient of its sum to the input as
    well: add it."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return through_sublayer


@misconception()
class DecBwdCrossResidualForgotten(Decoding):
    """Around cross-attention the gradient comes back through the queries only. The residual passes the gradient of the
    sum on as well: add it."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return through_sublayer if number == 2 else grad_sum + through_sublayer


@misconception()
class DecBwdQueryForgotten(Decoding):
    """Around cross-attention the gradient comes back through the residual only. The state is also the query of
    cross-attention: add this gradient."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return grad_sum if number == 2 else grad_sum + through_sublayer


@misconception()
class DecBwdPreNorm(Decoding):
    """The direct path of each residual connection carries the gradient from before the norm, as in a pre-norm layer.
    Here the norm comes after the sum: give both branches the gradient of the sum."""

    def join(self, number, grad_sum, through_sublayer, grad_output):
        return grad_output + through_sublayer


@misconception()
class DecBwdSelfOnePath(Decoding):
    """In self-attention only the gradient through the queries is kept. The same x is query, key and value: add all
    three."""

    def of_x(self, grad_q, grad_k, grad_v):
        return grad_q


@misconception()
class DecBwdSelfKeyForgotten(Decoding):
    """In self-attention the gradient through the keys is missing. The same x is query, key and value: add all three."""

    def of_x(self, grad_q, grad_k, grad_v):
        return grad_q + grad_v


@misconception()
class DecBwdNormSkipped(Decoding):
    """The gradient skips the norms. Go back through each of them first."""

    def norm_back(self, number, grad_output, summed, x):
        super().norm_back(number, grad_output, summed, x)
        return grad_output


@misconception()
class DecBwdNormOfInput(Decoding):
    """The backward pass of a norm is evaluated at the sublayer's input. The norm took the sum of the sublayer's input
    and output: recompute that sum."""

    def norm_back(self, number, grad_output, summed, x):
        return super().norm_back(number, grad_output, x, x)


@misconception()
class DecBwdFfnOfOldState(Decoding):
    """The backward pass of the feed-forward network is evaluated at the state before cross-attention. Evaluate it at
    the network's own input: what the second sublayer returned."""

    def feed_forward_back(self, grad_output, h, c):
        return super().feed_forward_back(grad_output, h, h)


@misconception()
class DecBwdCrossOfInput(Decoding):
    """The backward pass of cross-attention is evaluated with the layer's input as the query. The query was what the
    first sublayer returned: use that."""

    def cross_back(self, grad_output, x, h, memory, mask):
        return super().cross_back(grad_output, x, x, memory, mask)


@misconception()
class DecBwdMasksForgotten(Decoding):
    """The backward pass forgets the masks, so hidden keys get a gradient. Pass both masks on, each to its attention."""

    def attend_back(self, name, grad_output, q, k, v, mask):
        return super().attend_back(name, grad_output, q, k, v, None)


@misconception()
class DecBwdMemoryMaskForgotten(Decoding):
    """The backward pass of cross-attention forgets its mask, so the source's padding gets a gradient. Pass
    `memory_mask` on."""

    def attend_back(self, name, grad_output, q, k, v, mask):
        return super().attend_back(name, grad_output, q, k, v, mask if name == "self_attention" else None)


@misconception()
class DecBwdNamesCollide(Decoding):
    """Both attentions put their gradients under the same names, without the part in front, so one overwrites the other.
    Use the keys of `weights`, such as `cross_attention.w_q.weight`."""

    def keep(self, name, gradients):
        self.gradients |= gradients


@misconception()
class DecBwdSublayerNamesCollide(Decoding):
    """The attentions and the feed-forward network put their gradients under short names, without the part in front, so
    one attention overwrites the other. Use the keys of `weights`, such as `cross_attention.w_q.weight`."""

    def keep(self, name, gradients):
        if name.endswith(".norm"):
            super().keep(name, gradients)
        else:
            self.gradients |= gradients


@misconception()
class DecBwdNormGradientsMissing(Decoding):
    """The gradients of the norms' weights are missing. `grad_weights` has all keys of `weights`."""

    def handed_back(self, grad_x, grad_memory):
        return grad_x, grad_memory, {name: g for name, g in self.gradients.items() if ".norm." not in name}


@misconception()
class DecBwdOrderOfResults(Decoding):
    """The gradients come back in another order. It is that of the arguments: x, memory, weights."""

    def handed_back(self, grad_x, grad_memory):
        return grad_memory, grad_x, self.gradients


@misconception()
class DecBwdInPlace(Decoding):
    """The caller's gradient is changed (`grad_output += …`). Make a new array."""

    def decoder_layer_backward(self, grad_output, x, memory, weights, num_heads, tgt_mask=None, memory_mask=None):
        results = super().decoder_layer_backward(grad_output, x, memory, weights, num_heads, tgt_mask, memory_mask)
        grad_output += results[0]
        return results
