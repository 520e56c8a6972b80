"""A class that iterates, keeps its ids in a preallocated buffer and returns a copy; numpy keeps the books."""

import numpy as np
import torch


class Greedy:
    def __init__(self, model, src, bos_id, eos_id, max_len, pad_id):
        self.model, self.src, self.eos_id, self.pad_id = model, src, eos_id, pad_id
        self.buffer = np.full((len(src), max_len + 1), pad_id, dtype=np.int64)
        self.buffer[:, 0] = bos_id
        self.live = np.ones(len(src), dtype=bool)
        self.t = 0

    def __enter__(self):
        self.guard = torch.no_grad()
        self.guard.__enter__()
        self.was = [(m, m.training) for m in self.model.modules()]
        self.model.eval()
        self.memory = self.model.encode(self.src)
        return self

    def __exit__(self, *problem):
        for module, was in self.was:
            module.training = was
        return self.guard.__exit__(*problem)

    def __iter__(self):
        return self

    def __next__(self):
        if not self.live.any() or self.t + 1 == self.buffer.shape[1]:
            raise StopIteration
        so_far = torch.from_numpy(self.buffer[:, : self.t + 1].copy())
        scores = self.model.decode(so_far, self.memory, self.src).detach().numpy()[:, -1]
        self.t += 1
        self.buffer[self.live, self.t] = np.argmax(scores, axis=-1)[self.live]
        self.live &= self.buffer[:, self.t] != self.eos_id
        return self.t


def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    with Greedy(model, src, bos_id, eos_id, max_len, pad_id) as search:
        steps = sum(1 for _ in search)
    return torch.tensor(search.buffer[:, 1 : steps + 1])
