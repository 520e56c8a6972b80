"""Attention, section 3.2 of Vaswani et al. (2017), in NumPy."""

import numpy as np
from jaxtyping import Bool, Float, Int

Array = np.ndarray


def softmax(x: Float[Array, "*shape"], axis: int = -1) -> Float[Array, "*shape"]:
    """softmax(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ), along `axis`.

    Subtracting the maximum divides numerator and denominator by the same number, and no exponential overflows.
    """
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def scaled_dot_product_attention(
    q: Float[Array, "*leading queries d_k"],
    k: Float[Array, "*leading keys d_k"],
    v: Float[Array, "*leading keys d_v"],
    mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "*leading queries d_v"], Float[Array, "*leading queries keys"]]:
    """Attention(Q, K, V) = softmax(QKᵀ / √d_k) V   (eq. 1).

    `mask` broadcasts to the attention weights, True = may attend. Returns the output and the attention weights. A query
    that may attend to nothing gets the mean of all values: finite, and of no meaning.
    """
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, np.finfo(scores.dtype).min)
    attention_weights = softmax(scores)
    return attention_weights @ v, attention_weights


def causal_mask(num_tokens: int) -> Bool[Array, "{num_tokens} {num_tokens}"]:
    """mask[i, j] = (j ≤ i): position i may attend to itself and to what came before it (section 3.2.3)."""
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


def padding_mask(token_ids: Int[Array, "batch keys"], pad_id: int = 0) -> Bool[Array, "batch 1 1 keys"]:
    """mask[b, 0, 0, j] = (token_ids[b, j] ≠ pad_id): no query may attend to padding.

    The axes of size 1 broadcast over heads and queries. The paper leaves padding to the implementation.
    """
    return (token_ids != pad_id)[:, None, None, :]


def multi_head_attention(
    q: Float[Array, "batch queries d_model"],
    k: Float[Array, "batch keys d_model"],
    v: Float[Array, "batch keys d_model"],
    weights: dict[str, Array],
    num_heads: int,
    mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "batch queries d_model"], Float[Array, "batch {num_heads} queries keys"]]:
    """MultiHead(Q, K, V) = Concat(head₁, …, head_h) Wᴼ, headᵢ = Attention(Q Wᵢ^Q, K Wᵢ^K, V Wᵢ^V)   (section 3.2.2).

    `weights` holds `w_q`, `w_k`, `w_v` and `w_o`, each with a `.weight` (d_model, d_model), rows for outputs, and a
    `.bias` (d_model,); head i owns the i-th block of d_k = d_model / num_heads rows. `mask` broadcasts to the attention
    weights, True = may attend. Returns the output and the attention weights.
    """
    inputs = (q, "w_q"), (k, "w_k"), (v, "w_v")
    q, k, v = (_split_heads(_project(x, weights, name), num_heads) for x, name in inputs)
    output, attention_weights = scaled_dot_product_attention(q, k, v, mask)
    return _project(_merge_heads(output), weights, "w_o"), attention_weights


def softmax_backward(
    grad_output: Float[Array, "*shape"], output: Float[Array, "*shape"], axis: int = -1
) -> Float[Array, "*shape"]:
    """∂L/∂xᵢ = yᵢ (∂L/∂yᵢ - Σⱼ yⱼ ∂L/∂yⱼ), where y = softmax(x) is `output`: every output depends on every input."""
    return output * (grad_output - (output * grad_output).sum(axis=axis, keepdims=True))


def scaled_dot_product_attention_backward(
    grad_output: Float[Array, "*leading queries d_v"],
    q: Float[Array, "*leading queries d_k"],
    k: Float[Array, "*leading keys d_k"],
    v: Float[Array, "*leading keys d_v"],
    mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "*leading queries d_k"], Float[Array, "*leading keys d_k"], Float[Array, "*leading keys d_v"]]:
    """∂L/∂V = Aᵀ ∂L/∂O, ∂L/∂Q = ∂L/∂S K / √d_k, ∂L/∂K = (∂L/∂S)ᵀ Q / √d_k, with ∂L/∂S from ∂L/∂A = ∂L/∂O Vᵀ.

    A are the attention weights and S the scores; a hidden key gets a gradient of exactly 0.
    """
    _, attention_weights = scaled_dot_product_attention(q, k, v, mask)
    grad_scores = softmax_backward(grad_output @ v.swapaxes(-1, -2), attention_weights) / np.sqrt(q.shape[-1])
    if mask is not None:
        grad_scores = np.where(mask, grad_scores, 0.0)
    return grad_scores @ k, grad_scores.swapaxes(-1, -2) @ q, attention_weights.swapaxes(-1, -2) @ grad_output


def multi_head_attention_backward(
    grad_output: Float[Array, "batch queries d_model"],
    q: Float[Array, "batch queries d_model"],
    k: Float[Array, "batch keys d_model"],
    v: Float[Array, "batch keys d_model"],
    weights: dict[str, Array],
    num_heads: int,
    mask: Bool[Array, "..."] | None = None,
) -> tuple[
    Float[Array, "batch queries d_model"],
    Float[Array, "batch keys d_model"],
    Float[Array, "batch keys d_model"],
    dict[str, Array],
]:
    """∂L/∂W = (∂L/∂y)ᵀ x, ∂L/∂b = Σ ∂L/∂y and ∂L/∂x = ∂L/∂y W of the four maps y = xWᵀ + b, heads split in between.

    Returns the gradients of q, k and v, and those of the weights, under the keys of `weights`.
    """
    inputs = {"w_q": q, "w_k": k, "w_v": v}
    q, k, v = (_split_heads(_project(x, weights, name), num_heads) for name, x in inputs.items())
    merged = _merge_heads(scaled_dot_product_attention(q, k, v, mask)[0])
    grad_merged, gradients = _project_backward(grad_output, merged, weights, "w_o")
    grad_heads = scaled_dot_product_attention_backward(_split_heads(grad_merged, num_heads), q, k, v, mask)
    grad_inputs = []
    for (name, x), grad_head in zip(inputs.items(), grad_heads, strict=True):
        grad_x, of_map = _project_backward(_merge_heads(grad_head), x, weights, name)
        grad_inputs.append(grad_x)
        gradients |= of_map
    grad_q, grad_k, grad_v = grad_inputs
    return grad_q, grad_k, grad_v, {name: gradients[name] for name in weights if name in gradients}


def _project(
    x: Float[Array, "batch tokens d_in"], weights: dict[str, Array], name: str
) -> Float[Array, "batch tokens d_out"]:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _project_backward(
    grad_output: Float[Array, "batch tokens d_out"],
    x: Float[Array, "batch tokens d_in"],
    weights: dict[str, Array],
    name: str,
) -> tuple[Float[Array, "batch tokens d_in"], dict[str, Array]]:
    gradients = {
        f"{name}.weight": np.einsum("bto,bti->oi", grad_output, x),
        f"{name}.bias": grad_output.sum(axis=(0, 1)),
    }
    return grad_output @ weights[f"{name}.weight"], gradients


def _split_heads(
    x: Float[Array, "batch tokens d_model"], num_heads: int
) -> Float[Array, "batch {num_heads} tokens d_k"]:
    batch, tokens, d_model = x.shape
    return x.reshape(batch, tokens, num_heads, d_model // num_heads).swapaxes(1, 2)


def _merge_heads(x: Float[Array, "batch heads tokens d_k"]) -> Float[Array, "batch tokens d_model"]:
    batch, heads, tokens, d_k = x.shape
    return x.swapaxes(1, 2).reshape(batch, tokens, heads * d_k)
