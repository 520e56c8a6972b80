"""A generator of columns, itertools.takewhile; the mode restored module by module."""

import itertools
import torch


@torch.inference_mode()
def columns(model, src, bos_id, eos_id, pad_id):
    memory = model.encode(src)
    tgt = src.new_full((src.shape[0], 1), bos_id)
    done = src.new_zeros(src.shape[0], 1, dtype=torch.bool)
    while not done.all():
        nxt = torch.topk(model.decode(tgt, memory, src)[:, -1:], k=1, dim=-1).indices.squeeze(-1)
        nxt = nxt.masked_fill(done, pad_id)
        yield nxt
        done = done | (nxt == eos_id)
        tgt = torch.cat([tgt, nxt], dim=1)


def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    modes = {m: m.training for m in model.modules()}
    model.eval()
    try:
        found = list(itertools.islice(columns(model, src, bos_id, eos_id, pad_id), max_len))
    finally:
        for m, was in modes.items():
            m.training = was
    return torch.cat(found, dim=1) if found else src.new_zeros(len(src), 0)
