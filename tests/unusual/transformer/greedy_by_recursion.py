"""Greedy decoding by recursion, the rest of a row cut by a cumulative count of ends; argmax through sort."""

import torch


def _grow(model, tgt, memory, src, eos_id, left):
    if left == 0 or (tgt[:, 1:] == eos_id).any(1).all():
        return tgt
    last = model.decode(tgt, memory, src)[:, -1]
    best = last.sort(dim=-1, descending=True).indices[:, :1]
    return _grow(model, torch.hstack((tgt, best)), memory, src, eos_id, left - 1)


def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    mode, grad = model.training, torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    model.train(False)
    try:
        start = torch.tensor([[bos_id]]).repeat(src.shape[0], 1)
        ids = _grow(model, start, model.encode(src), src, eos_id, max_len)[:, 1:]
    finally:
        torch.set_grad_enabled(grad)
        model.train(mode)
    ended_before = (ids == eos_id).cumsum(1) - (ids == eos_id).long()
    return torch.where(ended_before > 0, pad_id, ids)
