"""A buffer for the longest result; the decoder sees all of it, and each step reads its own position."""

import contextlib

import torch


@contextlib.contextmanager
def evaluating(model):
    before = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(before)


def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    with evaluating(model):
        device = next(model.parameters()).device
        src = src.to(device)
        memory = model.encode(src)
        out = torch.full((src.size(0), max_len + 1), pad_id, dtype=torch.long, device=device)
        out[:, 0] = bos_id
        running = torch.ones(src.size(0), dtype=torch.bool, device=device)
        width = 0
        for t in range(max_len):
            if not running.any():
                break
            best = model.decode(out, memory, src)[:, t].log_softmax(-1).max(-1).indices
            out[running, t + 1] = best[running]
            running = running & best.ne(eos_id)
            width = t + 1
        return out[:, 1 : width + 1]
