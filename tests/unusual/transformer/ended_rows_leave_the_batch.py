"""Only rows that still run are decoded; the model is given them alone. The ids are int32."""

import torch


@torch.no_grad()
def greedy_decode(model, src, bos_id, eos_id, max_len, pad_id=0):
    training, model.training = model.training, model.training
    model.train(False)
    n = src.shape[0]
    sentences = [[] for _ in range(n)]
    alive = list(range(n))
    memory = model.encode(src)
    for _ in range(max_len):
        if len(alive) == 0:
            break
        prefixes = torch.tensor([[bos_id] + sentences[i] for i in alive])
        logits = model.decode(prefixes, memory[alive], src[alive])
        values, indices = torch.topk(logits[:, -1, :], k=1, dim=-1)
        for i, token in zip(alive, indices.flatten().tolist()):
            sentences[i].append(token)
        alive = [i for i in alive if sentences[i][-1] != eos_id]
    if training:
        model.train()
    result = torch.full((n, max(map(len, sentences))), pad_id, dtype=torch.int32)
    for i, s in enumerate(sentences):
        result[i, : len(s)] = torch.tensor(s)
    return result
