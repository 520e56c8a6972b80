import torch


@torch.no_grad()
def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    was_training = model.training
    model.eval()
    memory = model.encode(src)
    tgt = torch.full((src.size(0), 1), bos_id, dtype=torch.long)
    done = torch.zeros(src.size(0), dtype=torch.bool)
    for _ in range(max_len):
        next_id = model.decode(tgt, memory, src)[:, -1].argmax(-1)
        next_id = torch.where(done, pad_id, next_id)
        tgt = torch.cat([tgt, next_id[:, None]], dim=1)
        done = done | (next_id == eos_id) | (next_id == pad_id)
        if done.all():
            break
    model.train(was_training)
    return tgt[:, 1:]
