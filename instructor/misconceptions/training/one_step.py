"""Misconceptions about one step of training."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training, switch


@misconception(hurts_training=True)
class StepNoZeroGrad(Training):
    """The gradients of earlier steps are still there, and PyTorch adds the new ones to them. Call
    `optimizer.zero_grad()` before `backward`."""

    def clear(self, model, optimizer):
        pass


@misconception()
class StepClearsAfterwards(Training):
    """The gradients are cleared only after the step: gradients that are there before the first step count in it. Clear
    them before `backward`."""

    def clear(self, model, optimizer):
        pass

    def back_and_step(self, model, optimizer, loss, max_norm):
        super().back_and_step(model, optimizer, loss, max_norm)
        optimizer.zero_grad()


@misconception("step-no-backward", "step-before-backward", "step-clears-too-late", hurts_training=True)
class StepNotTaken(Training):
    """No parameter moves: `optimizer.step()` or `loss.backward()` is missing, the step comes before `backward`, or the
    gradients are cleared between the two."""

    def back_and_step(self, model, optimizer, loss, max_norm):
        loss.backward()
        self.clip(model, max_norm)


@misconception(hurts_training=True)
class StepTakenTwice(Training):
    """The optimizer takes two steps with the same gradients. Call `optimizer.step()` once."""

    def back_and_step(self, model, optimizer, loss, max_norm):
        super().back_and_step(model, optimizer, loss, max_norm)
        optimizer.step()


@misconception("step-clipped-too-late", "step-clipped-too-early", "loop-not-clipped")
class StepNotClipped(Training):
    """The step is taken with gradients that are not clipped: `max_norm` is never used, or too early or too late. Clip
    their global norm between `backward` and the step."""

    def clip(self, model, max_norm):
        pass


@misconception()
class StepClipsValues(Training):
    """Every number is clipped on its own (`clip_grad_value_`), which turns the step into another direction. Clip the
    norm."""

    def clip(self, model, max_norm):
        self.xp.nn.utils.clip_grad_value_([p for p in model.parameters() if p.grad is not None], max_norm)


@misconception()
class StepClipsEachParameter(Training):
    """Each parameter's gradient is clipped by its own norm. There is one norm, over all of them together."""

    def clip(self, model, max_norm):
        for parameter in model.parameters():
            self.xp.nn.utils.clip_grad_norm_([parameter], max_norm)


@misconception()
class StepLimitHardCoded(Training):
    """The norm is always clipped to 1. Use the argument `max_norm`."""

    def back_and_step(self, model, optimizer, loss, max_norm):
        super().back_and_step(model, optimizer, loss, 1.0)


@misconception(weight=Weight.SLIP)
class StepLimitDefault(Training):
    """When `max_norm` is left out, it is 5. The default is 1."""

    default_max_norm = 5.0


@misconception()
class StepScalesAlways(Training):
    """The gradients are brought to the norm `max_norm` at every step, small ones too. Only larger ones are clipped."""

    def clip(self, model, max_norm):
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        norm = sum((g**2).sum() for g in gradients) ** 0.5
        for gradient in gradients:
            gradient *= max_norm / norm


@misconception()
class StepForgetsFrozen(Training):
    """Every parameter is expected to have a gradient, and a frozen one has none: its `grad` is None. Skip it, or let
    `clip_grad_norm_` do it."""

    def clip(self, model, max_norm):
        norm = sum((p.grad**2).sum() for p in model.parameters()) ** 0.5
        super().clip(model, max_norm if norm > max_norm else float("inf"))


@misconception(hurts_training=True)
class StepInEvaluation(Training):
    """The model is not switched to training: after an evaluation it goes on without dropout. Call `model.train()`
    first."""

    def enter(self, model):
        pass


@misconception(hurts_training=True)
class StepLeavesEvaluation(Training):
    """The model is left in evaluation mode. Leave it in training mode: call `model.eval()` where you evaluate."""

    def leave_step(self, model):
        switch(model, training=False)


@misconception(hurts_training=True)
class StepReadsTheLabels(Training):
    """The model is given the whole target, the last token included, and its predictions are compared with the wrong
    tokens. Let it read all but the last token, and compare with all but the first."""

    def asked(self, model, src, decoder_input):
        padding = decoder_input[:, -1:]
        return model(src, self.xp.cat((decoder_input, padding), dim=1))[:, 1:]


@misconception(hurts_training=True)
class StepShiftsSource(Training):
    """The source is shifted as well: its last token is cut off. Only the target is."""

    def asked(self, model, src, decoder_input):
        return model(src[:, :-1], decoder_input)


@misconception(hurts_training=True)
class StepTargetFirst(Training):
    """Source and target are swapped in the call of the model. It takes `(src, decoder_input)`."""

    def asked(self, model, src, decoder_input):
        return model(decoder_input, src[:, : decoder_input.shape[1]])


@misconception()
class StepLossSwapped(Training):
    """The loss function is given the labels first. It takes `(logits, labels)`."""

    def given(self, loss_function):
        return lambda logits, labels: loss_function(labels, logits)


@misconception(hurts_training=True)
class StepLossOfProbabilities(Training):
    """The loss function is given probabilities: there is a softmax before it. It takes the logits as they are."""

    def given(self, loss_function):
        return lambda logits, labels: loss_function(logits.softmax(dim=-1), labels)


@misconception()
class StepOwnLoss(Training):
    """A loss of your own is used instead of the argument `loss_function`."""

    def given(self, loss_function):
        return lambda logits, labels: self.mean_loss(logits, labels, 0.1, 0)


@misconception(weight=Weight.SLIP)
class StepReturnsTensor(Training):
    """The loss is returned as a tensor, which holds on to the graph of the step. Return a Python number:
    `loss.item()`."""

    def told_loss(self, loss):
        return loss


@misconception()
class StepReturnsNothing(Training):
    """Nothing is returned. Return the loss: `loss.item()`."""

    def told_loss(self, loss):
        return None


@misconception()
class StepLossAfter(Training):
    """The loss is computed once more after the step. Return the one that the step was taken with."""

    def train_step(self, model, optimizer, loss_function, src, tgt, max_norm=None):
        super().train_step(model, optimizer, loss_function, src, tgt, max_norm)
        decoder_input, labels = self.forced(tgt)
        return loss_function(self.asked(model, src, decoder_input), labels).item()


@misconception()
class StepOneRate(Training):
    """The parameters are moved by hand, with the rate of the optimizer's first group. Call `optimizer.step()`: each
    group has its own rate."""

    def back_and_step(self, model, optimizer, loss, max_norm):
        for group in optimizer.param_groups:
            group["lr"] = optimizer.param_groups[0]["lr"]
        super().back_and_step(model, optimizer, loss, max_norm)
