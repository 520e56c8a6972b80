"""Everything position by position, in plain Python where it can be."""

import math

import numpy as np
import torch
from torch import nn

from autograder.blocks import (
    causal_mask,
    decoder_layer,
    decoder_layer_backward,
    encoder_layer,
    encoder_layer_backward,
    padding_mask,
    positional_encoding,
)


def teacher_forcing(tgt):
    columns = list(range(tgt.shape[1]))
    return tgt[:, columns[:-1]], tgt[:, columns[1:]]


def positions(labels, pad_id):
    return [(b, t) for b in range(labels.shape[0]) for t in range(labels.shape[1]) if labels[b, t] != pad_id]


def log_sum_exp(row):
    top = max(row)
    return top + math.log(math.fsum(math.exp(x - top) for x in row))


def cross_entropy(logits, labels, pad_id=0):
    places = positions(labels, pad_id)
    return math.fsum(log_sum_exp(logits[p].tolist()) - float(logits[p][labels[p]]) for p in places) / len(places)


def label_smoothing_loss(logits, labels, epsilon=0.1, pad_id=0):
    places, total = positions(labels, pad_id), 0.0
    for p in places:
        row = logits[p].tolist()
        total += log_sum_exp(row) - (1 - epsilon) * row[labels[p]] - epsilon * math.fsum(row) / len(row)
    return total / len(places)


def label_smoothing_loss_backward(logits, labels, epsilon=0.1, pad_id=0):
    places, found = positions(labels, pad_id), np.zeros_like(logits)
    for p in places:
        whole = log_sum_exp(logits[p].tolist())
        for c, x in enumerate(logits[p].tolist()):
            wanted = (1 - epsilon) * (c == labels[p]) + epsilon / logits.shape[-1]
            found[p][c] = (math.exp(x - whole) - wanted) / len(places)
    return found


class LabelSmoothingLoss(nn.Module):
    def __init__(self, epsilon=0.1, pad_id=0):
        super().__init__()
        self.epsilon, self.pad_id = epsilon, pad_id

    def forward(self, logits, labels):
        losses = []
        for row, label in zip(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1).tolist(), strict=True):
            if label != self.pad_id:
                whole = torch.logsumexp(row, dim=0)
                losses.append(whole - (1 - self.epsilon) * row[label] - self.epsilon * row.mean())
        return sum(losses) / len(losses)


def learning_rate(step, d_model, warmup_steps=4000):
    if step <= 0:
        raise ValueError("there is no such step")
    return math.exp(-0.5 * math.log(d_model)) * min(
        1 / math.sqrt(step), step / (warmup_steps * math.sqrt(warmup_steps))
    )


def adam_step(parameters, gradients, state, learning_rate, beta1=0.9, beta2=0.98, eps=1e-9):
    state = state or {name: [0, np.zeros_like(p), np.zeros_like(p)] for name, p in parameters.items()}
    new, kept = {}, {}
    for name in parameters:
        t, m, v = state[name]
        t, m, v = t + 1, beta1 * m + (1 - beta1) * gradients[name], beta2 * v + (1 - beta2) * np.square(gradients[name])
        rate = learning_rate * math.sqrt(1 - beta2**t) / (1 - beta1**t)
        new[name] = parameters[name] - rate * m / (np.sqrt(v) + eps * math.sqrt(1 - beta2**t))
        kept[name] = [t, m, v]
    return new, kept


def clip_gradients(gradients, max_norm):
    norm = math.sqrt(math.fsum(float(x) ** 2 for g in gradients.values() for x in np.ravel(g)))
    scale = min(max_norm / (norm + 1e-6), 1.0)
    return {name: np.multiply(g, scale) for name, g in gradients.items()}, np.float64(norm)


def train_step(model, optimizer, loss_function, src, tgt, max_norm=1.0):
    model.train(True)
    for parameter in model.parameters():
        parameter.grad = None
    reads, says = teacher_forcing(tgt)
    loss = loss_function(model.decode(reads, model.encode(src), src), says)
    loss.backward()
    learned = [p for p in model.parameters() if p.grad is not None]
    norm = math.sqrt(sum(p.grad.square().sum().item() for p in learned))
    if norm > max_norm:
        for parameter in learned:
            parameter.grad.mul_(max_norm / norm)
    optimizer.step()
    return loss.item()


def evaluate(model, batches, pad_id=0):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    nats, words = [], 0
    with torch.inference_mode():
        for src, tgt in batches:
            for one_src, one_tgt in zip(src.split(1), tgt.split(1), strict=True):
                log_p = model(one_src, one_tgt[:, :-1]).log_softmax(-1)[0]
                for scores, label in zip(log_p, one_tgt[0, 1:].tolist(), strict=True):
                    if label != pad_id:
                        nats.append(-scores[label].item())
                        words += 1
    for module, mode in modes.items():
        module.training = mode
    return math.fsum(nats) / words


def average_checkpoints(state_dicts):
    def one(tensors):
        if not tensors[-1].dtype.is_floating_point:
            return tensors[-1].clone()
        arrays = [t.detach().cpu().numpy().astype(np.float64) for t in tensors]
        return torch.from_numpy(np.mean(arrays, axis=0)).to(tensors[-1].dtype)

    return {name: one([state[name] for state in state_dicts]) for name in state_dicts[0]}


def train(model, batches, steps, warmup_steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
    width = model.output.in_features
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: learning_rate(i + 1, width, warmup_steps))
    losses = []
    for i in range(steps):
        losses += [train_step(model, optimizer, LabelSmoothingLoss(), *batches[i % len(batches)])]
        schedule.step()
    return losses


def transformer_backward(grad_logits, src, tgt, weights, num_heads, num_layers, pad_id=0):
    found = {name: np.zeros_like(w) for name, w in weights.items()}
    layers = {"encoder": [], "decoder": []}
    for stack, kept in layers.items():
        for i in range(num_layers):
            start = f"{stack}.layers.{i}."
            kept.append({name.replace(start, "", 1): w for name, w in weights.items() if name.startswith(start)})
    e, d = weights["src_embedding.embedding.weight"], weights["tgt_embedding.embedding.weight"]
    root = e.shape[1] ** 0.5
    masks = padding_mask(src, pad_id), np.logical_and(padding_mask(tgt, pad_id), causal_mask(tgt.shape[1]))
    xs = [e[src] * root + positional_encoding(src.shape[1], e.shape[1])]
    for layer in layers["encoder"]:
        xs.append(encoder_layer(xs[-1], layer, num_heads, masks[0]))
    ys = [d[tgt] * root + positional_encoding(tgt.shape[1], d.shape[1])]
    for layer in layers["decoder"]:
        ys.append(decoder_layer(ys[-1], xs[-1], layer, num_heads, masks[1], masks[0]))
    found["output.bias"] += grad_logits.sum((0, 1))
    found["output.weight"] += np.tensordot(grad_logits, ys[-1], ([0, 1], [0, 1]))
    grad, into_memory = np.matmul(grad_logits, weights["output.weight"]), 0.0
    for i in range(num_layers - 1, -1, -1):
        grad, part, own = decoder_layer_backward(
            grad, ys[i], xs[-1], layers["decoder"][i], num_heads, masks[1], masks[0]
        )
        into_memory = into_memory + part
        for name, g in own.items():
            found[f"decoder.layers.{i}.{name}"] += g
    for i in range(num_layers - 1, -1, -1):
        into_memory, own = encoder_layer_backward(into_memory, xs[i], layers["encoder"][i], num_heads, masks[0])
        for name, g in own.items():
            found[f"encoder.layers.{i}.{name}"] += g
    for side, ids, g in (("src", src, into_memory), ("tgt", tgt, grad)):
        for place in np.ndindex(ids.shape):
            found[f"{side}_embedding.embedding.weight"][ids[place]] += root * g[place]
    return found


# a script of the hunt, mended


def measure(model, held_out):
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for src, tgt in held_out:
            labels = tgt[:, 1:]
            log_p = model(src, tgt[:, :-1]).log_softmax(dim=-1)
            of_labels = log_p.gather(-1, labels[..., None])[..., 0]
            is_word = labels != 0
            total -= of_labels[is_word].sum().item()
            count += is_word.sum().item()
    return total / count


def training_run(model, batches, held_out, epochs, warmup_steps):
    log = {"epoch 0": measure(model, held_out)}
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    step = 0
    for epoch in range(1, epochs + 1):
        model.train()
        for src, tgt in batches:
            step += 1
            for group in adam.param_groups:
                group["lr"] = model.output.in_features**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)
            adam.zero_grad()
            reads, labels = tgt[:, :-1], tgt[:, 1:]
            logits = model(src, reads)
            log_p = logits.log_softmax(dim=-1)
            of_labels = log_p.gather(-1, labels[..., None])[..., 0]
            losses = -0.9 * of_labels - 0.1 * log_p.mean(dim=-1)
            loss = losses[labels != 0].mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adam.step()
            log[f"update {step}"] = loss.item()
        log[f"epoch {epoch}"] = measure(model, held_out)
    return log
