import math, torch
from torch import nn
import torch.nn.functional as F


def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    was, ids = model.training, [bos_id]
    model.eval()
    with torch.no_grad():
        memory = model.encode(src)
        while len(ids) <= max_len:
            ids.append(model.decode(torch.tensor([ids]), memory, src)[:, -1].argmax(-1).item())
            if ids[-1] == eos_id:
                break
    model.train(was)
    return torch.tensor([ids[1:]])
