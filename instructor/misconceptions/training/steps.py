"""The right steps of training, for both wings.

`Training` does unit 9 in small steps: `self.xp` is the library. A misconception overrides one step, and its docstring
is the sentence that a student reads. What goes back shares no step with what goes forward.
"""

from collections.abc import Callable
from operator import methodcaller
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from instructor.misconceptions.training.script import Script
from instructor.misconceptions.training.way_back import WayBack

EXERCISES = (
    *("teacher_forcing", "cross_entropy", "label_smoothing_loss", "label_smoothing_loss_backward", "learning_rate"),
    *("adam_step", "clip_gradients", "transformer_backward"),
)


Steps = TypeVar("Steps", bound=type)
Inherited = WayBack if TYPE_CHECKING else object  # all steps of a unit stand in one class


def switch(model: Any, training: bool) -> None:
    """`model.train(training)`, without the name of the exercise `train`."""
    methodcaller("train", training)(model)


def joined_by(other: type) -> Callable[[Steps], Steps]:
    """Put the steps of another class into the decorated one."""

    def join(steps: Steps) -> Steps:
        for name, step in vars(other).items():
            if not name.startswith("__"):
                setattr(steps, name, step)
        return steps

    return join


@joined_by(Script)
@joined_by(WayBack)
class Training(Inherited):  # type: ignore[misc, valid-type]
    """Unit 9 in steps."""

    def __init__(self, xp: ModuleType) -> None:
        self.xp = xp

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        if library == "numpy":
            return {name: getattr(cls(np), name) for name in EXERCISES}
        from instructor.misconceptions.training.modules import namespace

        return namespace(cls)

    # what the decoder reads and what it is to say

    def teacher_forcing(self, tgt: Any) -> Any:
        return self.forced(tgt)

    def read(self, tgt: Any) -> Any:
        return tgt[:, :-1]

    def said(self, tgt: Any) -> Any:
        return tgt[:, 1:]

    def both(self, decoder_input: Any, labels: Any) -> Any:
        return decoder_input, labels

    # the losses

    default_epsilon, default_pad = 0.1, 0

    def cross_entropy(self, logits: Any, labels: Any, pad_id: Any = None) -> Any:
        return self.number(self.mean_loss(logits, labels, 0.0, self.pad_of(pad_id)))

    def label_smoothing_loss(self, logits: Any, labels: Any, epsilon: Any = None, pad_id: Any = None) -> Any:
        return self.number(self.smoothed_loss(logits, labels, epsilon, pad_id))

    def smoothed_loss(self, logits: Any, labels: Any, epsilon: Any, pad_id: Any) -> Any:
        return self.mean_loss(logits, labels, self.epsilon_of(epsilon), self.pad_of(pad_id))

    def epsilon_of(self, epsilon: Any) -> Any:
        return self.default_epsilon if epsilon is None else epsilon

    def pad_of(self, pad_id: Any) -> Any:
        return self.default_pad if pad_id is None else pad_id

    def number(self, loss: Any) -> Any:
        return float(loss)

    def mean_loss(self, logits: Any, labels: Any, epsilon: float, pad_id: int) -> Any:
        log_p = self.log_softmax(self.entering(logits))
        losses = self.on_label(log_p, labels, epsilon) + self.on_all(log_p, labels, epsilon, pad_id)
        return self.mean_over_words(losses, labels, pad_id)

    def entering(self, logits: Any) -> Any:
        return logits

    def log_softmax(self, logits: Any) -> Any:
        top = self.highest(logits)
        return logits - top - self.xp.log(self.xp.exp(logits - top).sum(-1))[..., None]

    def highest(self, logits: Any) -> Any:
        return logits.max(axis=-1, keepdims=True) if self.xp is np else logits.max(dim=-1, keepdim=True).values

    def on_label(self, log_p: Any, labels: Any, epsilon: float) -> Any:
        return -self.share_of_label(epsilon, log_p.shape[-1]) * self.picked(log_p, labels)

    def share_of_label(self, epsilon: float, vocabulary: int) -> float:
        return 1 - epsilon

    def picked(self, log_p: Any, labels: Any) -> Any:
        if self.xp is np:
            return np.take_along_axis(log_p, labels[..., None], axis=-1)[..., 0]
        return log_p.gather(-1, labels[..., None])[..., 0]

    def on_all(self, log_p: Any, labels: Any, epsilon: float, pad_id: int) -> Any:
        return -epsilon * log_p.mean(-1) if epsilon else 0.0

    def words(self, labels: Any, pad_id: int) -> Any:
        return labels != pad_id

    def mean_over_words(self, losses: Any, labels: Any, pad_id: int) -> Any:
        return losses[self.words(labels, pad_id)].mean()

    # the way back through the loss

    def label_smoothing_loss_backward(self, logits: Any, labels: Any, epsilon: float = 0.1, pad_id: int = 0) -> Any:
        is_word = labels != pad_id
        gradient = self.probabilities(logits) - self.wanted(labels, logits.shape[-1], epsilon, pad_id)
        return self.silenced(self.divided(gradient, is_word), is_word, logits)

    def probabilities(self, logits: Any) -> Any:
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def wanted(self, labels: Any, vocabulary: int, epsilon: float, pad_id: int) -> Any:
        return (1 - epsilon) * np.eye(vocabulary)[labels] + epsilon / vocabulary

    def divided(self, gradient: Any, is_word: Any) -> Any:
        return gradient / is_word.sum()

    def silenced(self, gradient: Any, is_word: Any, logits: Any) -> Any:
        return gradient * is_word[..., None]

    # the schedule

    default_warmup = 4000

    def learning_rate(self, step: int, d_model: int, warmup_steps: Any = None) -> Any:
        self.check_step(step)
        warmup = self.default_warmup if warmup_steps is None else warmup_steps
        return self.width(d_model) * self.lower(self.falling(step, warmup), self.rising(step, warmup))

    def check_step(self, step: int) -> None:
        if step < 1:
            raise ValueError("steps count from 1")

    def width(self, d_model: int) -> float:
        return float(d_model**-0.5)

    def falling(self, step: int, warmup: int) -> float:
        return float(step**-0.5)

    def rising(self, step: int, warmup: int) -> float:
        return float(step * warmup**-1.5)

    def lower(self, falling: float, rising: float) -> float:
        return min(falling, rising)

    # Adam

    defaults: ClassVar = {"beta1": 0.9, "beta2": 0.98, "eps": 1e-9}

    def adam_step(self, parameters: Any, gradients: Any, state: Any, learning_rate: float, *given: Any, **named: Any):
        options = self.options(dict(zip(self.defaults, given, strict=False)) | named)
        step, means, squares = self.begun(parameters) if state is None else state
        step = self.counted(step)
        means = {n: self.moved(means[n], gradients[n], options["beta1"]) for n in self.known(parameters)}
        squares = {n: self.moved(squares[n], self.squared(gradients[n]), options["beta2"]) for n in means}
        updated = {}
        for name, parameter in parameters.items():
            mean = self.corrected_mean(means[name], options["beta1"], step)
            square = self.corrected_square(squares[name], options["beta2"], step)
            change = self.change(mean, square, options["eps"], gradients[name])
            updated[name] = self.changed(parameter, learning_rate * change)
        return self.after(updated, (step, means, squares))

    def options(self, given: Any) -> Any:
        return self.defaults | given

    def known(self, parameters: Any) -> Any:
        return parameters

    def begun(self, parameters: Any) -> Any:
        return 0, *({name: np.zeros_like(p) for name, p in parameters.items()} for _ in range(2))

    def counted(self, step: int) -> int:
        return step + 1

    def moved(self, mean: Any, new: Any, beta: float) -> Any:
        return beta * mean + (1 - beta) * new

    def squared(self, gradient: Any) -> Any:
        return gradient**2

    def corrected_mean(self, mean: Any, beta: float, step: int) -> Any:
        return mean / (1 - beta**step)

    def corrected_square(self, square: Any, beta: float, step: int) -> Any:
        return square / (1 - beta**step)

    def change(self, mean: Any, square: Any, eps: float, gradient: Any) -> Any:
        return mean / (np.sqrt(square) + eps)

    def changed(self, parameter: Any, change: Any) -> Any:
        return parameter - change

    def after(self, parameters: Any, state: Any) -> Any:
        return parameters, state

    # clipping

    def clip_gradients(self, gradients: Any, max_norm: float) -> Any:
        norm = self.norm_of_all(gradients)
        return self.clipped(gradients, norm, max_norm), self.told(norm, max_norm)

    def norm_of_all(self, gradients: Any) -> float:
        return float(np.sqrt(sum((g**2).sum() for g in gradients.values())))

    def clipped(self, gradients: Any, norm: float, max_norm: float) -> Any:
        factor = self.shrinking(norm, max_norm)
        return {name: gradient * factor for name, gradient in gradients.items()}

    def shrinking(self, norm: float, max_norm: float) -> float:
        return max_norm / norm if norm > max_norm else 1.0

    def told(self, norm: float, max_norm: float) -> float:
        return norm

    # one step of training

    default_max_norm = 1.0

    def train_step(
        self, model: Any, optimizer: Any, loss_function: Any, src: Any, tgt: Any, max_norm: Any = None
    ) -> Any:
        max_norm = self.default_max_norm if max_norm is None else max_norm
        return self.told_loss(self.update(model, optimizer, self.given(loss_function), src, tgt, max_norm))

    def given(self, loss_function: Any) -> Any:
        return loss_function

    def update(self, model: Any, optimizer: Any, loss_function: Any, src: Any, tgt: Any, max_norm: float) -> Any:
        self.enter(model)
        self.clear(model, optimizer)
        decoder_input, labels = self.forced(tgt)
        loss = loss_function(self.asked(model, src, decoder_input), labels)
        self.back_and_step(model, optimizer, loss, max_norm)
        self.leave_step(model)
        return loss

    def forced(self, tgt: Any) -> Any:
        return self.both(self.read(tgt), self.said(tgt))

    def enter(self, model: Any) -> None:
        switch(model, training=True)

    def clear(self, model: Any, optimizer: Any) -> None:
        optimizer.zero_grad()

    def asked(self, model: Any, src: Any, decoder_input: Any) -> Any:
        return model(src, decoder_input)

    def back_and_step(self, model: Any, optimizer: Any, loss: Any, max_norm: float) -> None:
        loss.backward()
        self.clip(model, max_norm)
        optimizer.step()

    def clip(self, model: Any, max_norm: float) -> None:
        self.xp.nn.utils.clip_grad_norm_(model.parameters(), max_norm)

    def leave_step(self, model: Any) -> None:
        pass

    def told_loss(self, loss: Any) -> Any:
        return loss.item()

    # evaluation

    def evaluate(self, model: Any, batches: Any, pad_id: int = 0) -> Any:
        was_training = model.training
        self.enter_evaluation(model)
        with self.without_gradients():
            sums = [self.of_batch(model, src, tgt, self.pad_of_evaluation(pad_id)) for src, tgt in batches]
        self.leave_evaluation(model, was_training)
        return self.together(sums, batches)

    def enter_evaluation(self, model: Any) -> None:
        model.eval()

    def leave_evaluation(self, model: Any, was_training: bool) -> None:
        switch(model, training=was_training)

    def without_gradients(self) -> Any:
        return self.xp.no_grad()

    def pad_of_evaluation(self, pad_id: int) -> int:
        return pad_id

    def of_batch(self, model: Any, src: Any, tgt: Any, pad_id: int) -> Any:
        """The sum of the losses and the number of labels."""
        decoder_input, labels = self.evaluated_pair(tgt)
        log_p = self.log_of_probabilities(self.evaluated_logits(model, src, decoder_input))
        is_word = self.evaluated_words(labels, pad_id)
        likelihoods = self.likelihoods(log_p, labels)
        return -likelihoods[is_word].sum().item(), int(is_word.sum())

    def evaluated_pair(self, tgt: Any) -> Any:
        return tgt[:, :-1], tgt[:, 1:]

    def evaluated_logits(self, model: Any, src: Any, decoder_input: Any) -> Any:
        return model(src, decoder_input)

    def log_of_probabilities(self, logits: Any) -> Any:
        return logits.log_softmax(dim=-1)

    def evaluated_words(self, labels: Any, pad_id: int) -> Any:
        return labels != pad_id

    def likelihoods(self, log_p: Any, labels: Any) -> Any:
        return log_p.gather(-1, labels[..., None])[..., 0]

    def together(self, sums: Any, batches: Any) -> Any:
        return self.told_mean(sum(total for total, _ in sums) / sum(count for _, count in sums))

    def told_mean(self, mean: float) -> Any:
        return mean

    # checkpoints

    def average_checkpoints(self, state_dicts: Any) -> Any:
        last = self.pattern(state_dicts)
        return {
            name: self.average([state[name] for state in self.averaged(state_dicts)])
            if self.is_averaged(last[name])
            else last[name]
            for name in last
        }

    def pattern(self, state_dicts: Any) -> Any:
        return state_dicts[-1]

    def averaged(self, state_dicts: Any) -> Any:
        return state_dicts

    def is_averaged(self, tensor: Any) -> bool:
        return bool(tensor.is_floating_point())

    def average(self, tensors: Any) -> Any:
        return self.of_dtype(sum(self.widened(tensor) for tensor in tensors) / len(tensors), tensors[-1])

    def widened(self, tensor: Any) -> Any:
        return tensor.double()

    def of_dtype(self, mean: Any, tensor: Any) -> Any:
        return mean.to(tensor.dtype)

    # the loop

    def train(self, model: Any, batches: Any, steps: int, warmup_steps: int) -> Any:
        optimizer = self.optimizer(model)
        loss_function = self.loss_function()
        losses = []
        for step in range(1, self.how_many(steps, batches) + 1):
            self.set_rate(optimizer, self.rate(step, model, warmup_steps, batches))
            src, tgt = self.batch_of(step, batches)
            losses.append(self.update(model, optimizer, loss_function, src, tgt, 1.0).item())
        return self.told_losses(losses)

    def optimizer(self, model: Any) -> Any:
        return self.xp.optim.Adam(model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9)

    def loss_function(self) -> Any:
        return lambda logits, labels: self.mean_loss(logits, labels, 0.1, 0)

    def how_many(self, steps: int, batches: Any) -> int:
        return steps

    def rate(self, step: int, model: Any, warmup_steps: int, batches: Any) -> float:
        rate: float = self.learning_rate(step, self.d_model_of(model), warmup_steps)
        return rate

    def d_model_of(self, model: Any) -> int:
        return int(model.output.in_features)

    def set_rate(self, optimizer: Any, rate: float) -> None:
        for group in optimizer.param_groups:
            group["lr"] = rate

    def batch_of(self, step: int, batches: Any) -> Any:
        return batches[(step - 1) % len(batches)]

    def told_losses(self, losses: Any) -> Any:
        return losses
