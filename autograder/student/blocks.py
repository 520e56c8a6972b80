"""Known-good earlier modules, for the units that compose them: a mistake in attention costs its points once.

Both tracks have the names, parameters and shapes of the contract. The work is done by PyTorch's fused functions, the
ready-made answers that an exercise itself may not use, so there is nothing to copy here; the grader's watch lets this
file use them. A submission is given the part of it that its unit composes (`execution/blocks_of_unit.py`). The shapes
are there for tools and tests: a worker does without jaxtyping.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import layer_norm as _normalise
from torch.nn.functional import linear as _linear
from torch.nn.functional import multi_head_attention_forward as _fused_multi_head
from torch.nn.functional import scaled_dot_product_attention as _fused_attention

from autograder.protocol.shapes import checked

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

Array = np.ndarray
Weights = dict[str, Array]
_future_is_hidden = nn.Transformer.generate_square_subsequent_mask


# ---- the PyTorch track


class MultiHeadAttention(nn.Module):
    """Multi-head attention, section 3.2.2, with the linear maps `w_q`, `w_k`, `w_v` and `w_o`."""

    w_q: nn.Linear
    w_k: nn.Linear
    w_v: nn.Linear
    w_o: nn.Linear

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        if d_model % num_heads:
            raise ValueError(f"{num_heads} heads cannot share d_model = {d_model} features equally")
        for name in ("w_q", "w_k", "w_v", "w_o"):
            self.add_module(name, nn.Linear(d_model, d_model))
        self.num_heads, self.dropout = num_heads, dropout
        self.sizes = {"d_model": d_model}

    @checked
    def forward(
        self,
        q: Float[Tensor, "batch queries d_model"],
        k: Float[Tensor, "batch keys d_model"],
        v: Float[Tensor, "batch keys d_model"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> tuple[Float[Tensor, "batch queries d_model"], Float[Tensor, "batch {self.num_heads} queries keys"]]:
        """Return the output and the attention weights. `mask` broadcasts to the latter, True = may attend."""
        shape = (len(q), self.num_heads, q.shape[1], k.shape[1])
        output, attention_weights = _fused_multi_head(
            q.transpose(0, 1),
            k.transpose(0, 1),
            v.transpose(0, 1),
            embed_dim_to_check=q.shape[-1],
            num_heads=self.num_heads,
            in_proj_weight=None,
            in_proj_bias=torch.cat((self.w_q.bias, self.w_k.bias, self.w_v.bias)),
            bias_k=None,
            bias_v=None,
            add_zero_attn=False,
            dropout_p=self.dropout,
            out_proj_weight=self.w_o.weight,
            out_proj_bias=self.w_o.bias,
            training=self.training,
            attn_mask=None if mask is None else _walls(mask, shape, q.dtype).flatten(0, 1),
            use_separate_proj_weight=True,
            q_proj_weight=self.w_q.weight,
            k_proj_weight=self.w_k.weight,
            v_proj_weight=self.w_v.weight,
            average_attn_weights=False,
        )
        assert attention_weights is not None
        return output.transpose(0, 1), attention_weights


class FeedForward(nn.Sequential):
    """The position-wise feed-forward network, section 3.3: `linear1`, ReLU, dropout, `linear2`."""

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.1) -> None:
        maps = {"linear1": nn.Linear(d_model, d_ff), "linear2": nn.Linear(d_ff, d_model)}
        between = {"relu": nn.ReLU(), "dropout": nn.Dropout(dropout)}
        super().__init__(OrderedDict(linear1=maps["linear1"], **between, linear2=maps["linear2"]))
        self.sizes = {"d_model": d_model}

    @checked
    def forward(self, x: Float[Tensor, "*leading d_model"]) -> Float[Tensor, "*leading d_model"]:
        """Send every position through the two maps."""
        return super().forward(x)


class LayerNorm(nn.Module):
    """Layer normalization of the last axis, with the gain `gamma` and the shift `beta`."""

    gamma: nn.Parameter
    beta: nn.Parameter

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.register_parameter("gamma", nn.Parameter(torch.ones(d_model)))
        self.register_parameter("beta", nn.Parameter(torch.zeros(d_model)))
        self.eps, self.sizes = eps, {"d_model": d_model}

    @checked
    def forward(self, x: Float[Tensor, "*leading d_model"]) -> Float[Tensor, "*leading d_model"]:
        """Normalise every position on its own."""
        return _normalise(x, self.gamma.shape, self.gamma, self.beta, self.eps)


class ResidualConnection(nn.Module):
    """LayerNorm(x + Dropout(Sublayer(x))), section 5.4; its norm is `norm`."""

    def __init__(self, d_model: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.norm = LayerNorm(d_model)
        self.dropout, self.sizes = nn.Dropout(dropout), self.norm.sizes

    @checked
    def forward(
        self, x: Float[Tensor, "*leading d_model"], sublayer: Callable[[Tensor], Tensor]
    ) -> Float[Tensor, "*leading d_model"]:
        """Call `sublayer` once on x, and add what it returns."""
        return self.norm(torch.add(self.dropout(sublayer(x)), x))


class PositionalEncoding(nn.Module):
    """x + PE, section 3.5, for at most `max_len` tokens, with dropout on the sum."""

    table: Tensor

    def __init__(self, d_model: int, max_len: int = 5000, dropout: float = 0.1) -> None:
        super().__init__()
        self.register_buffer("table", torch.from_numpy(positional_encoding(max_len, d_model)))
        self.dropout, self.sizes = nn.Dropout(dropout), {"d_model": d_model}

    @checked
    def forward(self, x: Float[Tensor, "batch tokens d_model"]) -> Float[Tensor, "batch tokens d_model"]:
        """Add row t of the table to token t. Raises ValueError for more than `max_len` tokens."""
        if x.shape[1] > len(self.table):
            raise ValueError(
                f"{x.shape[1]} tokens, but there are encodings for max_len = {len(self.table)} positions only"
            )
        return self.dropout(torch.add(x, self.table.narrow(0, 0, x.shape[1]).to(x.dtype)))


class _Layer(nn.Module):
    """Sublayers one after the other, each in a residual connection of its own."""

    attentions: tuple[str, ...] = ()

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.sizes = {"d_model": d_model}
        for name in self.attentions:
            self.add_module(name, MultiHeadAttention(d_model, num_heads, dropout))
        self.add_module("feed_forward", FeedForward(d_model, d_ff, dropout))
        for number in range(len(self.attentions) + 1):
            self.add_module(f"residual{number + 1}", ResidualConnection(d_model, dropout))

    def _through(self, x: Tensor, *attended: tuple[Tensor | None, Tensor | None]) -> Tensor:
        """`attended` says for each attention what it looks at (None: at its own input) and through which mask."""
        for number, name in enumerate((*self.attentions, "feed_forward")):
            module = self.get_submodule(name)
            sublayer = self._looking(module, *attended[number]) if number < len(attended) else module
            x = self.get_submodule(f"residual{number + 1}")(x, sublayer)
        return x

    @staticmethod
    def _looking(attention: nn.Module, memory: Tensor | None, mask: Tensor | None) -> Callable[[Tensor], Tensor]:
        def sublayer(x: Tensor) -> Tensor:
            seen = x if memory is None else memory
            return attention(x, seen, seen, mask)[0]

        return sublayer


class EncoderLayer(_Layer):
    """One layer of the encoder, figure 1 left."""

    attentions = ("self_attention",)

    @checked
    def forward(
        self, x: Float[Tensor, "batch tokens d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch tokens d_model"]:
        """`mask` broadcasts to (batch, heads, tokens, tokens), True = may attend."""
        return self._through(x, (None, mask))


class DecoderLayer(_Layer):
    """One layer of the decoder, figure 1 right."""

    attentions = ("self_attention", "cross_attention")

    @checked
    def forward(
        self,
        x: Float[Tensor, "batch tgt_tokens d_model"],
        memory: Float[Tensor, "batch src_tokens d_model"],
        tgt_mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch tgt_tokens d_model"]:
        """`tgt_mask` is for self-attention, `memory_mask` for attention to the memory; True = may attend."""
        return self._through(x, (None, tgt_mask), (memory, memory_mask))


class _Stack(nn.Module):
    layer: type[_Layer]
    layers: nn.ModuleList

    def __init__(self, num_layers: int, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.sizes = {"d_model": d_model}
        made = [self.layer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)]
        self.add_module("layers", nn.ModuleList(made))


class Encoder(_Stack):
    """`num_layers` layers of the encoder."""

    layer = EncoderLayer

    @checked
    def forward(
        self, x: Float[Tensor, "batch tokens d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch tokens d_model"]:
        """Every layer gets the same mask."""
        return _chained(x, [lambda x, layer=layer: layer(x, mask) for layer in self.layers])


class Decoder(_Stack):
    """`num_layers` layers of the decoder."""

    layer = DecoderLayer

    @checked
    def forward(
        self,
        x: Float[Tensor, "batch tgt_tokens d_model"],
        memory: Float[Tensor, "batch src_tokens d_model"],
        tgt_mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch tgt_tokens d_model"]:
        """Every layer gets the same memory and the same masks."""
        return _chained(x, [lambda x, layer=layer: layer(x, memory, tgt_mask, memory_mask) for layer in self.layers])


class TokenEmbedding(nn.Module):
    """Look ids up in the table `embedding`, and multiply by the root of d_model, section 3.4."""

    embedding: nn.Embedding

    def __init__(self, vocab_size: int, d_model: int) -> None:
        super().__init__()
        self.add_module("embedding", nn.Embedding(vocab_size, d_model))

    @checked
    def forward(self, ids: Int[Tensor, "batch tokens"]) -> Float[Tensor, "batch tokens d_model"]:
        """Return a vector for each id."""
        found = self.embedding(ids)
        return found.mul(found.shape[-1] ** 0.5)


class Transformer(nn.Module):
    """The whole model, figure 1: it makes its masks from the ids, and returns logits."""

    src_embedding: TokenEmbedding
    tgt_embedding: TokenEmbedding
    positional_encoding: PositionalEncoding
    encoder: Encoder
    decoder: Decoder
    output: nn.Linear

    def __init__(
        self,
        src_vocab_size: int,
        tgt_vocab_size: int,
        d_model: int = 512,
        num_heads: int = 8,
        num_layers: int = 6,
        d_ff: int = 2048,
        dropout: float = 0.1,
        max_len: int = 5000,
        pad_id: int = 0,
    ) -> None:
        super().__init__()
        self.pad_id, self.sizes = pad_id, {"d_model": d_model}
        for side, size in (("src", src_vocab_size), ("tgt", tgt_vocab_size)):
            self.add_module(f"{side}_embedding", TokenEmbedding(size, d_model))
        self.add_module("positional_encoding", PositionalEncoding(d_model, max_len, dropout))
        for name, stack in (("encoder", Encoder), ("decoder", Decoder)):
            self.add_module(name, stack(num_layers, d_model, num_heads, d_ff, dropout))
        self.add_module("output", nn.Linear(d_model, tgt_vocab_size))

    @checked
    def encode(self, src: Int[Tensor, "batch src_tokens"]) -> Float[Tensor, "batch src_tokens d_model"]:
        """Return the memory of a source."""
        mask = _are_words(src, self.pad_id)
        return self.encoder(self._vectors(src, "src"), mask)

    @checked
    def decode(
        self,
        tgt: Int[Tensor, "batch tgt_tokens"],
        memory: Float[Tensor, "batch src_tokens d_model"],
        src: Int[Tensor, "batch src_tokens"],
    ) -> Float[Tensor, "batch tgt_tokens tgt_vocab_size"]:
        """Return the logits at every target position."""
        past = _future_is_hidden(tgt.shape[1], device=tgt.device).isfinite()
        masks = _are_words(tgt, self.pad_id).logical_and(past), _are_words(src, self.pad_id)
        return self.output(self.decoder(self._vectors(tgt, "tgt"), memory, *masks))

    def forward(
        self, src: Int[Tensor, "batch src_tokens"], tgt: Int[Tensor, "batch tgt_tokens"]
    ) -> Float[Tensor, "batch tgt_tokens tgt_vocab_size"]:
        """Encode and decode."""
        encoded = self.encode(src)
        return self.decode(tgt, memory=encoded, src=src)

    def _vectors(self, ids: Tensor, side: str) -> Tensor:
        return self.positional_encoding(self.get_submodule(f"{side}_embedding")(ids))


@torch.no_grad()
def greedy_decode(model: nn.Module, src: Tensor, bos_id: int, eos_id: int, max_len: int, pad_id: int = 0) -> Tensor:
    """The most likely token at each step (batch, generated), up to each row's `eos_id`, with `pad_id` behind it."""
    mode, whole = model.training, cast(Any, model.eval())
    encoded = whole.encode(src)
    columns, alive = [torch.full_like(src[:, 0], bos_id)], torch.ones_like(src[:, 0], dtype=torch.bool)
    while len(columns) <= max_len and alive.any():
        best = whole.decode(torch.stack(columns, dim=1), encoded, src).select(1, -1).max(dim=-1).indices
        columns.append(torch.where(alive, best, pad_id))
        alive = alive.logical_and(best.not_equal(eos_id))
    model.train(mode)
    generated = torch.stack(columns, dim=1)
    return generated.narrow(1, 1, len(columns) - 1)


# ---- a tool of tokenization


def pieces(text: str) -> list[str]:
    """Cut a text into words with at most one blank before them, and single white spaces; joined they are the text."""
    return re.findall(r" ?\S+|\s", text)


# ---- the NumPy track: the same, behind functions on arrays


@checked
def softmax(x: Float[Array, "*shape"], axis: int = -1) -> Float[Array, "*shape"]:
    """Softmax along one axis."""
    return torch.softmax(_tensor(x), axis).numpy()


@checked
def relu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The larger of x and 0."""
    return torch.relu(_tensor(x)).numpy()


def causal_mask(num_tokens: int) -> Bool[Array, "{num_tokens} {num_tokens}"]:
    """(num_tokens, num_tokens), True where a query may attend: to itself and to what came before."""
    return _future_is_hidden(num_tokens).isfinite().numpy()


@checked
def padding_mask(token_ids: Int[Array, "batch keys"], pad_id: int = 0) -> Bool[Array, "batch 1 1 keys"]:
    """(batch, 1, 1, keys), True where a key is no padding."""
    return np.expand_dims(np.not_equal(token_ids, pad_id), (1, 2))


def positional_encoding(num_positions: int, d_model: int) -> Float[Array, "{num_positions} {d_model}"]:
    """The table of sinusoids (num_positions, d_model): the points at which turning hands stand after each position."""
    speeds = torch.logspace(0, -4 * (d_model - 2) / d_model, d_model // 2, dtype=torch.float64)
    angles = torch.outer(torch.arange(num_positions, dtype=torch.float64), speeds)
    hands = torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(hands).flip(-1).flatten(1).numpy()


@checked
def scaled_dot_product_attention(
    q: Float[Array, "*leading queries d_k"],
    k: Float[Array, "*leading keys d_k"],
    v: Float[Array, "*leading keys d_v"],
    mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "*leading queries d_v"], Float[Array, "*leading queries keys"]]:
    """Return the output and the attention weights."""
    output, attention_weights = _attend(_tensor(q), _tensor(k), _tensor(v), _mask(mask))
    return output.numpy(), attention_weights.numpy()


@checked
def layer_norm(
    x: Float[Array, "*leading d_model"],
    gamma: Float[Array, " d_model"],
    beta: Float[Array, " d_model"],
    eps: float = 1e-5,
) -> Float[Array, "*leading d_model"]:
    """Layer normalization of the last axis."""
    return _normalise(_tensor(x), np.shape(gamma), _tensor(gamma), _tensor(beta), eps).numpy()


@checked
def feed_forward(x: Float[Array, "*leading d_model"], weights: Weights) -> Float[Array, "*leading d_model"]:
    """The position-wise feed-forward network, with `linear1` and `linear2`."""
    return _run(_feed_forward, [x], weights)[0]


@checked
def multi_head_attention(
    q: Float[Array, "batch queries d_model"],
    k: Float[Array, "batch keys d_model"],
    v: Float[Array, "batch keys d_model"],
    weights: Weights,
    num_heads: int,
    mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "batch queries d_model"], Float[Array, "batch {num_heads} queries keys"]]:
    """Return the output and the attention weights."""
    output, attention_weights = _run(_multi_head(num_heads, mask), [q, k, v], weights)
    return output, attention_weights


@checked
def encoder_layer(
    x: Float[Array, "batch tokens d_model"], weights: Weights, num_heads: int, mask: Bool[Array, "..."] | None = None
) -> Float[Array, "batch tokens d_model"]:
    """One layer of the encoder."""
    return _run(_encoder_layer(num_heads, mask), [x], weights)[0]


@checked
def encoder(
    x: Float[Array, "batch tokens d_model"],
    layers: list[Weights],
    num_heads: int,
    mask: Bool[Array, "..."] | None = None,
) -> Float[Array, "batch tokens d_model"]:
    """The encoder: one layer after the other."""
    return _chained(x, [lambda x, own=own: encoder_layer(x, own, num_heads, mask) for own in layers])


@checked
def decoder_layer(
    x: Float[Array, "batch tgt_tokens d_model"],
    memory: Float[Array, "batch src_tokens d_model"],
    weights: Weights,
    num_heads: int,
    tgt_mask: Bool[Array, "..."] | None = None,
    memory_mask: Bool[Array, "..."] | None = None,
) -> Float[Array, "batch tgt_tokens d_model"]:
    """One layer of the decoder."""
    return _run(_decoder_layer(num_heads, tgt_mask, memory_mask), [x, memory], weights)[0]


@checked
def decoder(
    x: Float[Array, "batch tgt_tokens d_model"],
    memory: Float[Array, "batch src_tokens d_model"],
    layers: list[Weights],
    num_heads: int,
    tgt_mask: Bool[Array, "..."] | None = None,
    memory_mask: Bool[Array, "..."] | None = None,
) -> Float[Array, "batch tgt_tokens d_model"]:
    """The decoder: one layer after the other, all with the same memory."""
    masks = tgt_mask, memory_mask
    return _chained(x, [lambda x, own=own: decoder_layer(x, memory, own, num_heads, *masks) for own in layers])


@checked
def transformer(
    src: Int[Array, "batch src_tokens"],
    tgt: Int[Array, "batch tgt_tokens"],
    weights: Weights,
    num_heads: int,
    num_layers: int,
    pad_id: int = 0,
) -> Float[Array, "batch tgt_tokens tgt_vocab_size"]:
    """The whole model; `weights` is its state dict."""
    tables = [weights[f"{side}_embedding.embedding.weight"].shape for side in ("src", "tgt")]
    hidden = next((len(w) for name, w in weights.items() if name.endswith("feed_forward.linear1.bias")), 1)
    longest = max(np.shape(src)[1], np.shape(tgt)[1])
    sizes = tables[0][0], tables[1][0], tables[0][1], num_heads, num_layers, hidden, 0.0, longest, pad_id

    def run(known: dict[str, Tensor]) -> _Results:
        model = Transformer(*sizes).eval()
        own = {name: known[name] for name, _ in model.named_parameters()}
        return functional_call(model, own, (_tensor(src), _tensor(tgt)))

    return _run(run, [], weights)[0]


# ---- backward passes


@checked
def softmax_backward(
    grad_output: Float[Array, "*shape"], output: Float[Array, "*shape"], axis: int = -1
) -> Float[Array, "*shape"]:
    """Return the gradient of x, where `output` is softmax(x): its logarithm is an x that gives it."""
    return _run_backward(lambda _, x: torch.softmax(x, axis), grad_output, [_tensor(output).log().numpy()], {})[0]


@checked
def scaled_dot_product_attention_backward(
    grad_output: Float[Array, "*leading queries d_v"],
    q: Float[Array, "*leading queries d_k"],
    k: Float[Array, "*leading keys d_k"],
    v: Float[Array, "*leading keys d_v"],
    mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "*leading queries d_k"], Float[Array, "*leading keys d_k"], Float[Array, "*leading keys d_v"]]:
    """Return the gradients of q, k and v."""
    return _run_backward(lambda _, q, k, v: _attend(q, k, v, _mask(mask)), grad_output, [q, k, v], {})[:3]


@checked
def layer_norm_backward(
    grad_output: Float[Array, "*leading d_model"],
    x: Float[Array, "*leading d_model"],
    gamma: Float[Array, " d_model"],
    eps: float = 1e-5,
) -> tuple[Float[Array, "*leading d_model"], Float[Array, " d_model"], Float[Array, " d_model"]]:
    """Return the gradients of x, gamma and beta."""
    inputs = [x, gamma, np.zeros_like(gamma)]
    return _run_backward(lambda _, x, g, b: _normalise(x, g.shape, g, b, eps), grad_output, inputs, {})[:3]


@checked
def feed_forward_backward(
    grad_output: Float[Array, "*leading d_model"], x: Float[Array, "*leading d_model"], weights: Weights
) -> tuple[Float[Array, "*leading d_model"], Weights]:
    """Return the gradient of x and those of the weights."""
    return _run_backward(_feed_forward, grad_output, [x], weights)


@checked
def multi_head_attention_backward(
    grad_output: Float[Array, "batch queries d_model"],
    q: Float[Array, "batch queries d_model"],
    k: Float[Array, "batch keys d_model"],
    v: Float[Array, "batch keys d_model"],
    weights: Weights,
    num_heads: int,
    mask: Bool[Array, "..."] | None = None,
) -> tuple[
    Float[Array, "batch queries d_model"],
    Float[Array, "batch keys d_model"],
    Float[Array, "batch keys d_model"],
    Weights,
]:
    """Return the gradients of q, k and v, and those of the weights."""
    return _run_backward(_multi_head(num_heads, mask), grad_output, [q, k, v], weights)


@checked
def encoder_layer_backward(
    grad_output: Float[Array, "batch tokens d_model"],
    x: Float[Array, "batch tokens d_model"],
    weights: Weights,
    num_heads: int,
    mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "batch tokens d_model"], Weights]:
    """Return the gradient of x and those of the weights."""
    return _run_backward(_encoder_layer(num_heads, mask), grad_output, [x], weights)


@checked
def decoder_layer_backward(
    grad_output: Float[Array, "batch tgt_tokens d_model"],
    x: Float[Array, "batch tgt_tokens d_model"],
    memory: Float[Array, "batch src_tokens d_model"],
    weights: Weights,
    num_heads: int,
    tgt_mask: Bool[Array, "..."] | None = None,
    memory_mask: Bool[Array, "..."] | None = None,
) -> tuple[Float[Array, "batch tgt_tokens d_model"], Float[Array, "batch src_tokens d_model"], Weights]:
    """Return the gradients of x and of the memory, and those of the weights."""
    return _run_backward(_decoder_layer(num_heads, tgt_mask, memory_mask), grad_output, [x, memory], weights)


# ---- behind both

_T = TypeVar("_T")
_Results = Tensor | tuple[Tensor, ...]
_Function = Callable[..., _Results]  # of (weights by name, *inputs)


def _walls(mask: Tensor, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Numbers to add to scores of this shape: 0 for a visible key, the lowest of all numbers for a hidden one."""
    lowest = torch.finfo(dtype).min
    return torch.zeros(shape, dtype=dtype, device=mask.device).masked_fill(mask.logical_not(), lowest)


def _are_words(ids: Tensor, pad_id: int) -> Tensor:
    """(batch, 1, 1, keys), True where an id is no padding."""
    return ids.not_equal(pad_id).unflatten(0, (len(ids), 1, 1))


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """The values carry a unit matrix along, and bring the attention weights back."""
    unit = torch.eye(k.shape[-2], dtype=v.dtype).expand(*v.shape[:-1], -1)
    walls = None if mask is None else _walls(mask, (*q.shape[:-1], k.shape[-2]), q.dtype)
    both = _fused_attention(q, k, torch.cat((v, unit), dim=-1), attn_mask=walls)
    output, attention_weights = both.tensor_split((v.shape[-1],), dim=-1)
    return output, attention_weights


def _chained(x: _T, layers: list[Callable[..., _T]]) -> _T:
    for layer in layers:
        x = layer(x)
    return x


def _tensor(array: Array) -> Tensor:
    """A copy, whatever the array's layout in memory."""
    return torch.from_numpy(np.array(array, order="C"))


def _mask(mask: Array | None) -> Tensor | None:
    return None if mask is None else _tensor(mask)


def _feed_forward(weights: dict[str, Tensor], x: Tensor) -> Tensor:
    layers = [(weights[f"{name}.weight"], weights[f"{name}.bias"]) for name in ("linear1", "linear2")]
    return _linear(torch.relu(_linear(x, *layers[0])), *layers[1])


def _multi_head(num_heads: int, mask: Array | None) -> _Function:
    return lambda weights, q, k, v: _module_call(
        MultiHeadAttention, (q.shape[-1], num_heads), weights, q, k, v, _mask(mask)
    )


def _encoder_layer(num_heads: int, mask: Array | None) -> _Function:
    return lambda weights, x: _module_call(EncoderLayer, _sizes(x, num_heads, weights), weights, x, _mask(mask))


def _decoder_layer(num_heads: int, tgt_mask: Array | None, memory_mask: Array | None) -> _Function:
    masks = _mask(tgt_mask), _mask(memory_mask)
    return lambda weights, x, memory: _module_call(
        DecoderLayer, _sizes(x, num_heads, weights), weights, x, memory, *masks
    )


def _sizes(x: Tensor, num_heads: int, weights: dict[str, Tensor]) -> tuple[int, int, int]:
    return x.shape[-1], num_heads, len(weights["feed_forward.linear1.bias"])


def _module_call(
    kind: type[nn.Module], sizes: tuple[int, ...], weights: dict[str, Tensor], *inputs: Tensor | None
) -> _Results:
    """Call a module that exists in name only, with these weights; weights that it does not know are ignored."""
    with torch.device("meta"):
        module = kind(*sizes).eval()
    return functional_call(module, {name: weights[name] for name in module.state_dict()}, inputs)


def _run(function: _Function, inputs: list[Array], weights: Weights) -> list[Array]:
    """The function's results as arrays."""
    with torch.no_grad():
        results = function({name: _tensor(w) for name, w in weights.items()}, *map(_tensor, inputs))
    return [x.numpy() for x in ((results,) if isinstance(results, Tensor) else results)]


def _run_backward(function: _Function, grad_output: Array, inputs: list[Array], weights: Weights) -> tuple:
    """The gradients of the inputs, and those of the weights that were used, by name.

    A number is differentiated: to start from a tensor, PyTorch imports SymPy, which takes seconds.
    """
    tensors = [_tensor(array).requires_grad_() for array in (*inputs, *weights.values())]
    named = dict(zip(weights, tensors[len(inputs) :], strict=True))
    results = function(named, *tensors[: len(inputs)])
    output = results if isinstance(results, Tensor) else results[0]
    total = torch.dot(output.flatten(), _tensor(grad_output).flatten())
    found = torch.autograd.grad(total, tensors, allow_unused=True)
    gradients = [None if gradient is None else gradient.numpy() for gradient in found]
    of_weights = zip(weights, gradients[len(inputs) :], strict=True)
    return *gradients[: len(inputs)], {name: gradient for name, gradient in of_weights if gradient is not None}
