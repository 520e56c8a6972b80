"""Misconceptions about attention, for both wings.

`Attention` does unit 2 in small steps on NumPy arrays and on tensors alike: `self.xp` is the library, `self.dropout` a
function. A misconception overrides one step, and its docstring is the sentence that the student reads. Those about the
backward passes are in `attention_backward`; the backward steps use no forward step, so that no mistake in one looks
like a mistake in the other.
"""

import math
from types import ModuleType
from typing import Any

import numpy as np

from autograder.exercise import misconception

EXERCISES = (
    *("softmax", "scaled_dot_product_attention", "causal_mask", "padding_mask", "multi_head_attention"),
    *("softmax_backward", "scaled_dot_product_attention_backward", "multi_head_attention_backward"),
)


class Attention:
    """Unit 2 in steps."""

    xp: ModuleType
    dropout_rate = 0.0
    training = False

    def __init__(self, xp: ModuleType, dropout_rate: float = 0.0, training: bool = False) -> None:
        self.xp, self.dropout_rate, self.training = xp, dropout_rate, training

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from autograder.misconceptions.attention_modules import modules

        return modules(cls)

    # softmax

    def softmax(self, x: Any, axis: int = -1) -> Any:
        exponentials = self.xp.exp(self.shifted(x, axis))
        return exponentials / self.total(exponentials, axis)

    def shifted(self, x: Any, axis: int) -> Any:
        return x - self.xp.amax(x, axis=axis, keepdims=True)

    def total(self, exponentials: Any, axis: int) -> Any:
        return exponentials.sum(axis=axis, keepdims=True)

    # scaled dot-product attention

    def scaled_dot_product_attention(self, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        scores = self.scale(self.scores(q, k), q, k, v)
        attention_weights = self.weights(scores, mask)
        return self.combine(self.dropout(attention_weights), v, k), attention_weights

    def scores(self, q: Any, k: Any) -> Any:
        return q @ self.xp.swapaxes(k, -1, -2)

    def scale(self, scores: Any, q: Any, k: Any, v: Any) -> Any:
        return scores / math.sqrt(q.shape[-1])

    def weights(self, scores: Any, mask: Any) -> Any:
        return self.over_keys(self.hide(scores, mask))

    def over_keys(self, scores: Any) -> Any:
        return self.softmax(scores, -1)

    def hide(self, scores: Any, mask: Any) -> Any:
        return scores if mask is None else self.fill(scores, mask, -1e30)

    def fill(self, scores: Any, mask: Any, value: float) -> Any:
        return self.xp.where(mask, scores, value)

    def dropout(self, weights: Any) -> Any:
        if not self.dropout_rate:
            return weights
        return self.xp.nn.functional.dropout(weights, self.dropout_rate, self.training)

    def combine(self, weights: Any, v: Any, k: Any) -> Any:
        return weights @ v

    # masks

    def causal_mask(self, num_tokens: int) -> Any:
        return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))

    def padding_mask(self, token_ids: Any, pad_id: int = 0) -> Any:
        return (token_ids != pad_id)[:, None, None, :]

    # multi-head attention

    def multi_head_attention(self, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any = None) -> Any:
        q, k, v = self.split_all(*self.project_all(q, k, v, weights), num_heads)
        output, attention_weights = self.attend(q, k, v, self.passed_on(mask, num_heads))
        return self.project_out(self.merge(output), weights), attention_weights

    def project_all(self, q: Any, k: Any, v: Any, weights: Any) -> Any:
        return self.project(q, weights, "w_q"), self.project(k, weights, "w_k"), self.project(v, weights, "w_v")

    def project(self, x: Any, weights: Any, name: str) -> Any:
        return x @ self.xp.swapaxes(weights[f"{name}.weight"], 0, 1) + weights[f"{name}.bias"]

    def split_all(self, q: Any, k: Any, v: Any, num_heads: int) -> Any:
        return self.split(q, num_heads), self.split(k, num_heads), self.split(v, num_heads)

    def split(self, x: Any, num_heads: int) -> Any:
        batch, tokens, d_model = x.shape
        return self.xp.swapaxes(x.reshape(batch, tokens, num_heads, d_model // num_heads), 1, 2)

    def passed_on(self, mask: Any, num_heads: int) -> Any:
        return mask

    def attend(self, q: Any, k: Any, v: Any, mask: Any) -> Any:
        return self.scaled_dot_product_attention(q, k, v, mask)

    def merge(self, output: Any) -> Any:
        batch, heads, tokens, d_k = output.shape
        return self.xp.swapaxes(output, 1, 2).reshape(batch, tokens, heads * d_k)

    def project_out(self, merged: Any, weights: Any) -> Any:
        return self.project(merged, weights, "w_o")

    # the module of the PyTorch wing

    def require_divisible(self, d_model: int, num_heads: int) -> None:
        if d_model % num_heads:
            raise ValueError("d_model must be divisible by num_heads")

    def parameters(self, module: Any, d_model: int, num_heads: int) -> None:
        for name in ("w_q", "w_k", "w_v", "w_o"):
            setattr(module, name, self.xp.nn.Linear(d_model, d_model))

    # backward, in NumPy

    def softmax_backward(self, grad_output: Any, output: Any, axis: int = -1) -> Any:
        return output * (grad_output - self.common(grad_output, output, axis))

    def common(self, grad_output: Any, output: Any, axis: int) -> Any:
        return (output * grad_output).sum(axis=axis, keepdims=True)

    def scaled_dot_product_attention_backward(self, grad_output: Any, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        weights = self.weights_again(q, k, mask)
        grad_scores = self.into_scores(grad_output @ v.swapaxes(-1, -2), weights, mask)
        return self.into_q(grad_scores, k), self.into_k(grad_scores, q), self.into_v(weights, grad_output)

    def weights_again(self, q: Any, k: Any, mask: Any) -> Any:
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        powers = self.powers(scores if mask is None else self.hidden_again(scores, mask))
        return powers / powers.sum(axis=-1, keepdims=True)

    def powers(self, scores: Any) -> Any:
        return np.exp(scores - scores.max(axis=-1, keepdims=True))

    def hidden_again(self, scores: Any, mask: Any) -> Any:
        return np.where(mask, scores, -1e30)

    def into_scores(self, grad_weights: Any, weights: Any, mask: Any) -> Any:
        return self.softmax_backward(grad_weights, weights)

    def into_q(self, grad_scores: Any, k: Any) -> Any:
        return grad_scores @ k / math.sqrt(k.shape[-1])

    def into_k(self, grad_scores: Any, q: Any) -> Any:
        return grad_scores.swapaxes(-1, -2) @ q / math.sqrt(q.shape[-1])

    def into_v(self, weights: Any, grad_output: Any) -> Any:
        return weights.swapaxes(-1, -2) @ grad_output

    def multi_head_attention_backward(
        self, grad_output: Any, q: Any, k: Any, v: Any, weights: Any, num_heads: int, mask: Any = None
    ) -> Any:
        inputs = {"w_q": q, "w_k": k, "w_v": v}
        heads = [self.cut(self.map_again(x, weights, name), num_heads) for name, x in inputs.items()]
        side_by_side = self.join(self.weights_again(heads[0], heads[1], mask) @ heads[2])
        gradients = self.of_map("w_o", grad_output, side_by_side)
        grad_heads = self.cut_gradient(self.through_output(grad_output, weights), num_heads)
        grad_inputs = []
        all_three = Attention.scaled_dot_product_attention_backward(self, grad_heads, *heads, mask)
        for (name, x), grad_head in zip(inputs.items(), all_three, strict=True):
            grad = self.join_gradient(grad_head)
            gradients |= self.of_map(name, grad, x)
            grad_inputs.append(self.through_map(grad, weights, name))
        return self.all_returned(grad_inputs, gradients, weights)

    def map_again(self, x: Any, weights: Any, name: str) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def cut(self, x: Any, num_heads: int) -> Any:
        batch, tokens, d_model = x.shape
        return x.reshape(batch, tokens, num_heads, d_model // num_heads).swapaxes(1, 2)

    def join(self, x: Any) -> Any:
        batch, heads, tokens, d_k = x.shape
        return x.swapaxes(1, 2).reshape(batch, tokens, heads * d_k)

    def cut_gradient(self, grad: Any, num_heads: int) -> Any:
        return self.cut(grad, num_heads)

    def join_gradient(self, grad: Any) -> Any:
        return self.join(grad)

    def through_output(self, grad_output: Any, weights: Any) -> Any:
        return self.through_map(grad_output, weights, "w_o")

    def through_map(self, grad: Any, weights: Any, name: str) -> Any:
        return grad @ weights[f"{name}.weight"]

    def of_map(self, name: str, grad: Any, x: Any) -> Any:
        return {f"{name}.weight": self.of_weight(grad, x), f"{name}.bias": self.of_bias(grad)}

    def of_weight(self, grad: Any, x: Any) -> Any:
        return np.einsum("bto,bti->oi", grad, x)

    def of_bias(self, grad: Any) -> Any:
        return grad.sum(axis=(0, 1))

    def all_returned(self, grad_inputs: Any, gradients: Any, weights: Any) -> Any:
        return *grad_inputs, gradients


# ---- softmax


@misconception()
class SoftmaxNoMaxSubtraction(Attention):
    """The exponentials overflow: exp(800) is inf. Subtract each row's maximum first; mathematically it changes
    nothing."""

    def shifted(self, x, axis):
        return x


@misconception()
class SoftmaxMaximumOfAll(Attention):
    """The maximum of the whole array is subtracted. A row that lies far below it underflows to 0/0: subtract each row's
    own maximum."""

    def softmax(self, x, axis=-1):
        exponentials = self.xp.exp(x - x.max())
        return exponentials / self.total(exponentials, axis)


@misconception()
class SoftmaxOverQueries(Attention):
    """The softmax runs over the wrong one of the last two axes. Each query distributes one unit over the keys: rows,
    not columns, sum to 1."""

    def over_keys(self, scores):
        return self.softmax(scores, -2)


@misconception()
class SoftmaxOverHeads(Attention):
    """The softmax runs over axis 1, which is not the axis of the keys (with 4 axes it is the heads'). Say axis -1."""

    def over_keys(self, scores):
        return self.softmax(scores, 1)


@misconception()
class SoftmaxOverAll(Attention):
    """The sum runs over the whole array. The weights of each row must sum to 1 on their own."""

    def total(self, exponentials, axis):
        return exponentials.sum()


@misconception()
class SoftmaxOverMatrix(Attention):
    """One softmax is taken over a whole matrix of scores. Each query's row must sum to 1 on its own."""

    def over_keys(self, scores):
        return self.softmax(scores.reshape(*scores.shape[:-2], -1), -1).reshape(scores.shape)


@misconception()
class SoftmaxNoKeepdims(Attention):
    """The sum lost its axis: without keepdims it broadcasts along the wrong axis, and only a square matrix hides the
    error."""

    def total(self, exponentials, axis):
        return exponentials.sum(axis=axis)


@misconception()
class SoftmaxIgnoresAxis(Attention):
    """The argument `axis` is ignored: it is always the last one here. Use the axis that was given."""

    def softmax(self, x, axis=-1):
        return super().softmax(x, -1)


@misconception()
class SoftmaxTwice(Attention):
    """The softmax is applied twice. The first one normalised already; a second one flattens the weights."""

    def softmax(self, x, axis=-1):
        return super().softmax(super().softmax(x, axis), axis)


@misconception()
class SoftmaxMutatesInput(Attention):
    """The input is changed in place (`x -= …`). The caller still needs that array: make a new one."""

    def shifted(self, x, axis):
        x -= self.xp.amax(x, axis=axis, keepdims=True)
        return x


@misconception()
class SoftmaxInItsInput(Attention):
    """The result is written into the input itself (`np.exp(x, out=x)`, `x /= …`): the caller's array is gone. Make a
    new one."""

    def softmax(self, x, axis=-1):
        if self.xp is not np:
            return super().softmax(x, axis)
        x[...] = super().softmax(x, axis)
        return x


@misconception()
class SoftmaxBaseTwo(Attention):
    """The powers are not powers of e: softmax uses exp, base e."""

    def softmax(self, x, axis=-1):
        return super().softmax(x * math.log(2), axis)


@misconception()
class SoftmaxNotNormalised(Attention):
    """The exponentials are never divided by their sum, so the weights do not sum to 1."""

    def total(self, exponentials, axis):
        return 1.0


@misconception()
class SigmoidWeights(Attention):
    """The weights come from a sigmoid. Weights must compete for one unit: a sigmoid lets every key be 1."""

    def softmax(self, x, axis=-1):
        return 1 / (1 + self.xp.exp(-x))


# ---- scores and scale


@misconception()
class ScaleMissing(Attention):
    """The scores are not divided by √d_k. A dot product of d_k terms has variance d_k; without the root the softmax
    saturates."""

    def scale(self, scores, q, k, v):
        return scores


@misconception()
class ScaleByDk(Attention):
    """The scores are divided by d_k, not by its square root: standard deviation, not variance."""

    def scale(self, scores, q, k, v):
        return scores / q.shape[-1]


@misconception()
class ScaleMultiplied(Attention):
    """The scores are multiplied by √d_k: that makes them larger instead of smaller."""

    def scale(self, scores, q, k, v):
        return scores * math.sqrt(q.shape[-1])


@misconception()
class ScaleByDv(Attention):
    """The scores are divided by √d_v. The dot product runs over the d_k features of queries and keys."""

    def scale(self, scores, q, k, v):
        return scores / math.sqrt(v.shape[-1])


@misconception()
class ScaleByBatch(Attention):
    """The scores are divided by the root of the first axis' length, q.shape[0]. That is the batch: the result would
    change with its size. d_k is the last axis."""

    def scale(self, scores, q, k, v):
        return scores / math.sqrt(q.shape[0])


@misconception()
class ScaleByKeys(Attention):
    """The scores are divided by the root of the number of keys. Scale by √d_k, the length of the vectors that were
    multiplied."""

    def scale(self, scores, q, k, v):
        return scores / math.sqrt(k.shape[-2])


@misconception()
class ScaleByDModel(Attention):
    """The scores are divided by √d_model. Scale by the size of one head, d_k = d_model / num_heads: those vectors were
    multiplied."""

    def attend(self, q, k, v, mask):
        heads = q.shape[1]
        return self.scaled_dot_product_attention(q / math.sqrt(heads), k, v, mask)


@misconception()
class ScaleAfterSoftmax(Attention):
    """The weights are divided by √d_k after the softmax: then their rows no longer sum to 1. Scale the scores."""

    def weights(self, scores, mask):
        return super().weights(scores, mask) / self.root

    def scale(self, scores, q, k, v):
        self.root = math.sqrt(q.shape[-1])
        return scores


@misconception()
class KtReversesAllAxes(Attention):
    """`k.T` reverses all axes of a batch. Swap only the last two."""

    def scores(self, q, k):
        return q @ (k.T if self.xp is np else k.permute(*reversed(range(k.ndim))))


@misconception()
class ScoresKqt(Attention):
    """The scores are K Qᵀ instead of Q Kᵀ. Rows must be queries, columns keys."""

    def scores(self, q, k):
        return k @ self.xp.swapaxes(q, -1, -2)


@misconception()
class ScoresCosine(Attention):
    """Queries and keys are normalised to length 1 first. The paper multiplies the vectors as they are."""

    def scores(self, q, k):
        return super().scores(self.unit(q), self.unit(k))

    def unit(self, x):
        return x / (x * x).sum(axis=-1, keepdims=True) ** 0.5


@misconception()
class ValuesAreKeys(Attention):
    """The keys are averaged, and `v` is never used. Keys decide where to look, values what is seen there."""

    def combine(self, weights, v, k):
        return weights @ k


@misconception()
class ValuesSummed(Attention):
    """The values are averaged with equal weights. Multiply by the attention weights."""

    def combine(self, weights, v, k):
        return 0 * (weights @ v) + v.mean(axis=-2, keepdims=True)


# ---- the mask


@misconception("mask-result-discarded", "mha-mask-not-passed")
class MaskIgnored(Attention):
    """The mask never reaches the scores: it is unused, or multi-head attention does not pass it on, or the result of
    `masked_fill` or `where`, which is a new array, is thrown away."""

    def hide(self, scores, mask):
        return scores


@misconception()
class MaskInverted(Attention):
    """The mask is turned round: what may be seen is hidden. Here True means may attend."""

    def fill(self, scores, mask, value):
        return super().fill(scores, ~mask, value)


@misconception("mask-multiplies-scores", "mask-fill-epsilon")
class MaskFillZero(Attention):
    """Hidden scores are 0: the scores are multiplied by the mask, or filled with 0 or with something like -1e-9,
    nearly 0 (mind the sign of the exponent). e⁰ = 1, so hidden keys keep a weight. Fill with minus infinity."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, 0.0)


@misconception()
class MaskFillSmall(Attention):
    """Hidden scores are set to a number like -20: a small wall that hidden weights leak through and that large scores
    climb over. Fill with minus infinity."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -20.0)


@misconception()
class MaskFillTen(Attention):
    """Hidden scores are set to -10: e⁻¹⁰ is not 0, and ordinary scores come near it. Fill with minus infinity."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -10.0)


@misconception()
class MaskFillHundred(Attention):
    """Hidden scores are set to -100: scores below -100 exist, and then the hidden keys win. Fill with minus
    infinity."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -100.0)


@misconception()
class MaskFillTenThousand(Attention):
    """Hidden scores are set to -1e4 (or -1e3): scores as low as that exist, and then the hidden keys win. Fill with
    minus infinity."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -1e4)


@misconception()
class MaskAddedAsNumber(Attention):
    """The mask is added to the scores as 0 and 1: hidden keys lose a factor e, not everything. Hide them with minus
    infinity."""

    def fill(self, scores, mask, value):
        return scores + mask


@misconception()
class MaskAfterSoftmax(Attention):
    """Weights are set to 0 after the softmax: the visible ones no longer sum to 1. Mask the scores."""

    def weights(self, scores, mask):
        weights = self.over_keys(scores)
        return weights if mask is None else weights * mask


@misconception()
class MaskAfterSoftmaxRenormalised(Attention):
    """Weights are set to 0 after the softmax and divided by their sum. On paper it is the same; but one huge hidden
    score underflows all visible weights, and 0/0 is NaN. Mask the scores."""

    def weights(self, scores, mask):
        weights = self.over_keys(scores)
        if mask is None:
            return weights
        visible = weights * mask
        return visible / visible.sum(axis=-1, keepdims=True)


@misconception()
class MaskInfTimesZero(Attention):
    """The mask is turned into numbers as (1 - mask) · (-inf), and 0 · inf is NaN. Use `where` or `masked_fill`."""

    def fill(self, scores, mask, value):
        return scores + (1 - mask * self.xp.ones_like(scores)) * -math.inf


@misconception()
class MaskTruthiness(Attention):
    """`if mask:` asks an array for one truth value, and it has none. Ask `is not None`."""

    def hide(self, scores, mask):
        return super().hide(scores, mask) if mask else scores


@misconception()
class MaskTransposed(Attention):
    """The mask is transposed: mask[i, j] speaks of query i and key j."""

    def fill(self, scores, mask, value):
        return super().fill(scores, self.xp.swapaxes(mask, -1, -2) if mask.ndim > 1 else mask, value)


@misconception()
class MaskOnQueryRows(Attention):
    """The padding mask hides rows (queries) instead of columns. Padding must not be looked at: hide its keys."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id)[:, None, :, None]


@misconception()
class MaskNoneMeansCausal(Attention):
    """Without a mask, a causal one is applied. No mask means that every key is visible."""

    def hide(self, scores, mask):
        causal = self.xp.tril(self.xp.ones(tuple(scores.shape[-2:]))) > 0
        return super().hide(scores, causal if mask is None else mask)


@misconception()
class MaskNoneCrashes(Attention):
    """There is no branch for `mask=None`. The mask is optional: without one, every key is visible."""

    def hide(self, scores, mask):
        return self.fill(scores, ~mask & mask | mask, -1e30)


@misconception()
class MaskFlagBuildsOwn(Attention):
    """The given mask only switches a causal mask on, and its entries are never read. Use the mask that was given."""

    def fill(self, scores, mask, value):
        return super().fill(scores, self.xp.tril(self.xp.ones(tuple(scores.shape[-2:]))) > 0, value)


@misconception("fully-masked-row-nan")
class MaskFillMinusInfinityEverywhere(Attention):
    """A query that may attend to nothing gives 0/0 = NaN, which later spreads. Its output must be finite: fill with a
    large finite number, or define it."""

    def fill(self, scores, mask, value):
        return super().fill(scores, mask, -math.inf)

    def shifted(self, x, axis):
        return x - self.xp.amax(x, axis=axis, keepdims=True)


# ---- shapes and side effects


@misconception()
class AttnMutatesQ(Attention):
    """The queries are scaled in place (`q /= …`). The caller's array is changed now: make a new one."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        q /= math.sqrt(q.shape[-1])
        return super().scaled_dot_product_attention(q, k, v, mask)

    def scale(self, scores, q, k, v):
        return scores


@misconception()
class AttnAssumesTqTk(Attention):
    """Queries and keys are given one common length. Cross-attention has two."""

    def scores(self, q, k):
        return super().scores(q, k.reshape(*k.shape[:-2], q.shape[-2], k.shape[-1]))


@misconception()
class AttnAssumesDvDk(Attention):
    """The output is given the shape of the queries. Its width is that of the values."""

    def combine(self, weights, v, k):
        return (weights @ v).reshape(*weights.shape[:-1], k.shape[-1])


@misconception()
class AttnOnly4d(Attention):
    """The code unpacks exactly four axes. Leading axes are free: index from the end, -1 and -2."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        _batch, _heads, _tokens, _d_k = q.shape
        return super().scaled_dot_product_attention(q, k, v, mask)


@misconception()
class AttnViewOnNoncontiguous(Attention):
    """`.view` needs contiguous memory, and a transposed tensor has none. Use `.reshape`, or `.contiguous()` first."""

    def scores(self, q, k):
        return super().scores(q, k if self.xp is np else k.view(-1).view(k.shape))


@misconception()
class AttnDetached(Attention):
    """The weights are cut from the graph (`.detach()`, `.data`, `.numpy()`, `torch.tensor(…)`): no gradient reaches
    queries and keys."""

    def over_keys(self, scores):
        weights = super().over_keys(scores)
        return weights if self.xp is np else weights.detach()


@misconception()
class AttnSinglePrecision(Attention):
    """The result is always float32. What comes in goes out: keep the dtype of the inputs."""

    def over_keys(self, scores):
        weights = super().over_keys(scores)
        return weights.astype("float32").astype("float64") if self.xp is np else weights.float().to(scores.dtype)


@misconception()
class WeightsNotReturned(Attention):
    """Only the output is returned. The contract asks for the pair (output, attention weights)."""

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return super().scaled_dot_product_attention(q, k, v, mask)[0]

    def attend(self, q, k, v, mask):
        return super().scaled_dot_product_attention(q, k, v, mask)

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        return super().multi_head_attention(q, k, v, weights, num_heads, mask)[0]


@misconception()
class ScoresReturned(Attention):
    """The second result is the scores, not the weights: return what comes out of the softmax."""

    def weights(self, scores, mask):
        self.kept = scores
        return super().weights(scores, mask)

    def scaled_dot_product_attention(self, q, k, v, mask=None):
        return super().scaled_dot_product_attention(q, k, v, mask)[0], self.kept


# ---- dropout


@misconception()
class AttnDropoutBeforeSoftmax(Attention):
    """Dropout is applied to the scores. A dropped score is 0, and e⁰ = 1; drop weights, after the softmax."""

    def weights(self, scores, mask):
        return super().weights(Attention.dropout(self, scores), mask)

    def dropout(self, weights):
        return weights


@misconception()
class AttnDropoutInEval(Attention):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def dropout(self, weights):
        self.training = True
        return super().dropout(weights)


@misconception()
class AttnNoDropout(Attention):
    """The argument `dropout` is never used. In training the attention weights are dropped."""

    def dropout(self, weights):
        return weights


@misconception()
class AttnDropoutOnOutput(Attention):
    """Dropout is applied to the output, and drops its features. Drop attention weights, before they meet the values."""

    def dropout(self, weights):
        return weights

    def combine(self, weights, v, k):
        return Attention.dropout(self, super().combine(weights, v, k))


@misconception()
class AttnDropoutNotRescaled(Attention):
    """Kept weights are not scaled by 1 / (1 - p): in training the expectation shrinks."""

    def dropout(self, weights):
        return super().dropout(weights) * (1 - self.dropout_rate if self.training else 1)


# ---- the masks' own functions


@misconception()
class CausalStrict(Attention):
    """The diagonal is hidden. A token may attend to itself; row 0 would see nothing."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens), dtype=bool), -1)


@misconception()
class CausalLeakOne(Attention):
    """The diagonal is off by one: position i sees i + 1, which is the answer."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens), dtype=bool), 1)


@misconception()
class CausalFlipped(Attention):
    """The triangle is the wrong one: the future is allowed and the past is hidden."""

    def causal_mask(self, num_tokens):
        return np.triu(np.ones((num_tokens, num_tokens), dtype=bool))


@misconception()
class CausalHidden(Attention):
    """The mask marks what is hidden. Here True means may attend."""

    def causal_mask(self, num_tokens):
        return np.triu(np.ones((num_tokens, num_tokens), dtype=bool), 1)


@misconception()
class CausalAsFloat(Attention):
    """The mask holds numbers, not truth values: 1.0 is not True, and `~` needs booleans. Ask for dtype=bool."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((num_tokens, num_tokens)))


@misconception()
class CausalFixedLength(Attention):
    """The mask has one fixed size. Make it as large as `num_tokens` says."""

    def causal_mask(self, num_tokens):
        return np.tril(np.ones((10, 10), dtype=bool))


@misconception()
class CausalEverything(Attention):
    """The mask allows everything: nothing is cut off above the diagonal."""

    def causal_mask(self, num_tokens):
        return np.ones((num_tokens, num_tokens), dtype=bool)


@misconception()
class PaddingHidden(Attention):
    """The mask marks the padding. Here True means may attend: mark the real tokens."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids == pad_id)[:, None, None, :]


@misconception()
class PaddingIdHardCoded(Attention):
    """The padding's id is taken to be 0. Use the argument `pad_id`."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != 0)[:, None, None, :]


@misconception()
class PaddingNoAxes(Attention):
    """The mask has shape (batch, keys). Axes for heads and queries are missing: with (batch, 1, 1, keys) it
    broadcasts."""

    def padding_mask(self, token_ids, pad_id=0):
        return token_ids != pad_id


@misconception()
class PaddingOneAxis(Attention):
    """The mask has shape (batch, 1, keys). An axis for the heads is missing: with (batch, 1, 1, keys) it broadcasts."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id)[:, None, :]


@misconception()
class PaddingAsNumbers(Attention):
    """The mask holds numbers, not truth values. Leave the comparison as it is: booleans."""

    def padding_mask(self, token_ids, pad_id=0):
        return (token_ids != pad_id).astype(float)[:, None, None, :]


# ---- heads


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


MISCONCEPTIONS = [
    steps.misconception
    for steps in list(globals().values())
    if isinstance(steps, type) and "misconception" in vars(steps)
]
