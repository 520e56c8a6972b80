"""The training script of the hunt, as text: a misconception replaces some of its lines.

The same text is graded as a misconception and handed to students with three mistakes in it, so the two cannot differ.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any


class Script:
    """`training_run` in lines. A line that is empty is left out."""

    line_evaluation = "model.eval()"
    line_real_labels = "is_word = labels != 0"
    line_added = "total -= of_labels[is_word].sum().item()"
    line_counted = "count += is_word.sum().item()"
    line_told = "return total / count"

    line_optimizer = "optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)"
    line_optimizer_of_epoch = ""
    line_training = ""
    line_training_of_epoch = "model.train()"
    line_clear_of_epoch = ""
    line_rate = 'group["lr"] = model.output.in_features**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)'
    line_clear = "optimizer.zero_grad()"
    line_shift = "reads, labels = tgt[:, :-1], tgt[:, 1:]"
    line_logits = "logits = model(src, reads)"
    line_mean = "loss = losses[labels != 0].mean()"
    line_clip = "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)"
    line_clip_after = ""

    def training_run(self, model: Any, batches: Any, held_out: Any, epochs: int, warmup_steps: int) -> Any:
        return run_script(self.text_of_script())(model, batches, held_out, epochs, warmup_steps)

    def text_of_script(self) -> str:
        """The script as a student reads it."""
        lines = [*self.lines_of_measure().splitlines(), "", "", *self.lines_of_run().splitlines()]
        return "\n".join(line for line in lines if line.strip() or not line) + "\n"

    def lines_of_measure(self) -> str:
        return f'''def measure(model, held_out):
    """Minus the mean log-probability of a label in the sentences that are held out: a list of pairs `src, tgt`."""
    {self.line_evaluation}
    total, count = 0.0, 0
    with torch.no_grad():
        for src, tgt in held_out:
            labels = tgt[:, 1:]
            log_p = model(src, tgt[:, :-1]).log_softmax(dim=-1)
            of_labels = log_p.gather(-1, labels[..., None])[..., 0]
            {self.line_real_labels}
            {self.line_added}
            {self.line_counted}
    {self.line_told}'''

    def lines_of_run(self) -> str:
        return f'''def training_run(model, batches, held_out, epochs, warmup_steps):
    """Train for some epochs. The log has the loss of every update, and what was measured before and after an epoch."""
    log = {{"epoch 0": measure(model, held_out)}}
    {self.line_optimizer}
    step = 0
    {self.line_training}
    for epoch in range(1, epochs + 1):
        {self.line_optimizer_of_epoch}
        {self.line_training_of_epoch}
        {self.line_clear_of_epoch}
        for src, tgt in batches:
            step += 1
            for group in optimizer.param_groups:
                {self.line_rate}
            {self.line_clear}
            {self.line_shift}
            {self.line_logits}
            log_p = logits.log_softmax(dim=-1)
            of_labels = log_p.gather(-1, labels[..., None])[..., 0]
            losses = -0.9 * of_labels - 0.1 * log_p.mean(dim=-1)
            {self.line_mean}
            loss.backward()
            {self.line_clip}
            optimizer.step()
            {self.line_clip_after}
            log[f"update {{step}}"] = loss.item()
        log[f"epoch {{epoch}}"] = measure(model, held_out)
    return log'''


@lru_cache(maxsize=1024)
def run_script(text: str) -> Callable[..., Any]:
    """The function `training_run` of a script."""
    import torch

    namespace: dict[str, Any] = {"torch": torch}
    exec(compile(text, "<the script of the hunt>", "exec", dont_inherit=True), namespace)
    run: Callable[..., Any] = namespace["training_run"]
    return run
