"""Every sentence on its own: a batch is a Python loop."""

import numpy as np
import torch

from autograder.blocks import causal_mask, decoder, encoder, padding_mask, positional_encoding


def transformer(src, tgt, weights, num_heads, num_layers, pad_id=0):
    stacks = {"encoder": [{} for _ in range(num_layers)], "decoder": [{} for _ in range(num_layers)]}
    for key, value in weights.items():
        head, *rest = key.split(".", 3)
        if head in stacks and int(rest[1]) < num_layers:
            stacks[head][int(rest[1])][rest[2]] = value
    d_model = weights["output.weight"].shape[1]
    pe = positional_encoding(max(src.shape[1], tgt.shape[1]), d_model).astype(np.float32)

    def one(s, t):
        s, t = s[None], t[None]
        m = encoder(
            np.sqrt(d_model) * weights["src_embedding.embedding.weight"][s] + pe[: s.shape[1]],
            stacks["encoder"],
            num_heads,
            padding_mask(s, pad_id),
        )
        y = np.sqrt(d_model) * weights["tgt_embedding.embedding.weight"][t] + pe[: t.shape[1]]
        mask = np.logical_and(padding_mask(t, pad_id=pad_id), causal_mask(t.shape[1])[None, None])
        y = decoder(y, m, stacks["decoder"], num_heads, mask, padding_mask(s, pad_id=pad_id))
        return y[0] @ weights["output.weight"].T + weights["output.bias"]

    return np.stack([one(s, t) for s, t in zip(src, tgt)])


def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    mode = model.training
    model.eval()
    rows = []
    with torch.no_grad():
        for sentence in src:
            sentence = sentence.unsqueeze(0)
            memory = model.encode(sentence)
            row = []
            while len(row) < max_len and (not row or row[-1] != eos_id):
                prefix = torch.tensor([[bos_id, *row]])
                row.append(int(torch.softmax(model.decode(prefix, memory, sentence)[0, -1], -1).argmax()))
            rows.append(row)
    model.train(mode)
    width = max(len(row) for row in rows)
    return torch.tensor([row + [pad_id] * (width - len(row)) for row in rows])
