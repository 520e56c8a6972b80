"""Every row runs to max_len; what stands behind its end is removed afterwards."""

import torch


def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    was_training = model.training
    model = model.eval()
    with torch.no_grad():
        memory = model.encode(src)
        ys = torch.ones(src.size(0), 1).fill_(bos_id).type_as(src.data)
        for i in range(max_len):
            out = model.decode(ys, memory, src)
            _, next_word = torch.max(out[:, -1], dim=1)
            ys = torch.cat([ys, next_word.unsqueeze(1)], dim=1)
    if was_training:
        model.train()
    ys = ys[:, 1:]
    is_end = ys == eos_id
    after = is_end.cumsum(1) - is_end.long() > 0
    ys = ys.masked_fill(after, pad_id)
    lengths = (~after).sum(1)
    return ys[:, : lengths.max()]
