"""C style: each sentence alone, padding cut out of the keys, and every target position decoded from its own prefix."""

import numpy as np

from autograder.blocks import decoder, encoder, positional_encoding


def layers_of(weights, stack, n):
    result = []
    for i in range(n):
        prefix = "%s.layers.%d." % (stack, i)
        result.append({name[len(prefix) :]: w for name, w in weights.items() if name[: len(prefix)] == prefix})
    return result


def embed(table, ids):
    out = np.zeros((1, len(ids), table.shape[1]))
    for t in range(len(ids)):
        out[0, t, :] = table[ids[t], :]
    out *= np.sqrt(table.shape[1])
    out += positional_encoding(len(ids), table.shape[1])
    return out


def transformer(src, tgt, weights, num_heads, num_layers, pad_id=0):
    B, S = src.shape
    T = tgt.shape[1]
    V = weights["output.weight"].shape[0]
    logits = np.zeros((B, T, V))
    up, down = layers_of(weights, "encoder", num_layers), layers_of(weights, "decoder", num_layers)
    for b in range(B):
        src_see = np.zeros((1, S), dtype=bool)
        for s in range(S):
            src_see[0, s] = src[b, s] != pad_id
        memory = encoder(embed(weights["src_embedding.embedding.weight"], src[b]), up, num_heads, src_see)
        y = embed(weights["tgt_embedding.embedding.weight"], tgt[b])
        tgt_see = np.zeros((T, T), dtype=bool)
        for i in range(T):
            for j in range(i + 1):
                tgt_see[i, j] = tgt[b, j] != pad_id
        for t in range(T):
            n = t + 1
            h = decoder(y[:, :n], memory, down, num_heads, tgt_see[:n, :n], src_see)
            for v in range(V):
                logits[b, t, v] = h[0, t] @ weights["output.weight"][v] + weights["output.bias"][v]
    return logits
