"""A class that hands in unit 9: for each student, what stands in the cells of the exercises instead of the solution.

An exercise that is not named is solved as the course's authors do; None leaves it as released.
"""

IN_OTHER_WORDS = {
    "cross_entropy": """
def cross_entropy(logits, labels, pad_id=0):
    top = logits.max(-1, keepdims=True)
    log_p = logits - top - np.log(np.exp(logits - top).sum(-1, keepdims=True))
    losses = -np.take_along_axis(log_p, labels[..., None], -1)[..., 0]
    return losses[labels != pad_id].mean()
""",
    "learning_rate": """
def learning_rate(step, d_model, warmup_steps=4000):
    if step < 1:
        raise ValueError("step < 1")
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)
""",
    "clip_gradients": """
def clip_gradients(gradients, max_norm):
    norm = sum((g**2).sum() for g in gradients.values()) ** 0.5
    scale = min(1.0, max_norm / (norm + 1e-6))
    return {name: scale * g for name, g in gradients.items()}, norm
""",
    "evaluate": """
@torch.no_grad()
def evaluate(model, batches, pad_id=0):
    was = model.training
    model.eval()
    total, count = 0.0, 0
    for src, tgt in batches:
        log_p = model(src, tgt[:, :-1]).log_softmax(-1)
        for row, labels in zip(log_p, tgt[:, 1:]):
            for scores, label in zip(row, labels.tolist()):
                if label != pad_id:
                    total -= scores[label].item()
                    count += 1
    model.train(was)
    return total / count
""",
}

COUNTS_PADDING = {
    "cross_entropy": """
def cross_entropy(logits, labels, pad_id=0):
    top = logits.max(-1, keepdims=True)
    log_p = logits - top - np.log(np.exp(logits - top).sum(-1, keepdims=True))
    return float(-np.take_along_axis(log_p, labels[..., None], -1).mean())
""",
    "train_step": """
def train_step(model, optimizer, loss_function, src, tgt, max_norm=1.0):
    model.train()
    reads, says = teacher_forcing(tgt)
    loss = loss_function(model(src, reads), says)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.item()
""",
}

SCHEDULE_BY_EPOCH = {
    "evaluate": """
def evaluate(model, batches, pad_id=0):
    model.eval()
    losses = []
    with torch.no_grad():
        for src, tgt in batches:
            log_p = torch.log_softmax(model(src, tgt[:, :-1]), dim=-1)
            said = log_p.gather(-1, tgt[:, 1:, None])[..., 0]
            losses.append(-said[tgt[:, 1:] != pad_id].mean().item())
    return sum(losses) / len(losses)
""",
    "train": """
def train(model, batches, steps, warmup_steps):
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    losses = []
    for step in range(steps):
        epoch = 1 + step // len(batches)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(epoch, model.output.in_features, warmup_steps)
        src, tgt = batches[step % len(batches)]
        losses.append(train_step(model, optimizer, LabelSmoothingLoss(), src, tgt))
    return losses
""",
}

UNFINISHED = {
    "adam_step": None,
    "label_smoothing_loss_backward": None,
    "transformer_backward": None,
    "train": None,
    "training_run": None,
}

MENDED_ONE_OF_THREE = {
    "training_run": """
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
                group["lr"] = model.output.in_features**-0.5 * min(epoch**-0.5, epoch * warmup_steps**-1.5)
            adam.zero_grad()
            reads, labels = tgt[:, :-1], tgt[:, 1:]
            logits = model(src, reads)
            log_p = logits.log_softmax(dim=-1)
            of_labels = log_p.gather(-1, labels[..., None])[..., 0]
            losses = -0.9 * of_labels - 0.1 * log_p.mean(dim=-1)
            loss = losses.mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adam.step()
            log[f"update {step}"] = loss.item()
        log[f"epoch {epoch}"] = measure(model, held_out)
    return log
""",
}

STUDENTS = {
    "ada": {},
    "bela": IN_OTHER_WORDS | MENDED_ONE_OF_THREE,
    "chidi": COUNTS_PADDING,
    "dora": SCHEDULE_BY_EPOCH,
    "emil": UNFINISHED,
}
