"""The whole model, sections 3 and 3.4 of Vaswani et al. (2017), in NumPy."""

import numpy as np
from jaxtyping import Float, Int

from transformer_ref.in_numpy.attention import causal_mask, padding_mask
from transformer_ref.in_numpy.decoder import decoder
from transformer_ref.in_numpy.encoder import encoder, part
from transformer_ref.in_numpy.positional_encoding import positional_encoding

Array = np.ndarray
Weights = dict[str, Array]


def transformer(
    src: Int[Array, "batch src_tokens"],
    tgt: Int[Array, "batch tgt_tokens"],
    weights: Weights,
    num_heads: int,
    num_layers: int,
    pad_id: int = 0,
) -> Float[Array, "batch tgt_tokens tgt_vocab_size"]:
    """logits = Decoder(E(tgt) + PE, Encoder(E(src) + PE)) W + b   (figure 1), without the softmax.

    `weights` is the `state_dict` of the PyTorch model; there is no dropout here.
    """
    src_mask = padding_mask(src, pad_id)
    tgt_mask = padding_mask(tgt, pad_id) & causal_mask(tgt.shape[1])
    encoder_layers, decoder_layers = (
        [part(weights, f"{stack}.layers.{number}") for number in range(num_layers)] for stack in ("encoder", "decoder")
    )
    memory = encoder(embedded(src, weights, "src_embedding"), encoder_layers, num_heads, src_mask)
    x = decoder(embedded(tgt, weights, "tgt_embedding"), memory, decoder_layers, num_heads, tgt_mask, src_mask)
    return x @ weights["output.weight"].T + weights["output.bias"]


def embedded(ids: Int[Array, "batch tokens"], weights: Weights, name: str) -> Float[Array, "batch tokens d_model"]:
    """E(ids) √d_model + PE   (sections 3.4 and 3.5)."""
    table = weights[f"{name}.embedding.weight"]
    return table[ids] * np.sqrt(table.shape[1]) + positional_encoding(ids.shape[1], table.shape[1])
