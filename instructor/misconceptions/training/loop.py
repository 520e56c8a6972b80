"""Misconceptions about the loop of training."""

import copy

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training


@misconception(hurts_training=True)
class LoopScheduleByEpoch(Training):
    """The schedule counts the rounds through the batches. It counts updates: one step, one number."""

    def rate(self, step, model, warmup_steps, batches):
        return super().rate(1 + (step - 1) // len(batches), model, warmup_steps, batches)


@misconception(hurts_training=True)
class LoopRateNeverSet(Training):
    """The schedule is computed once, for the first step, and never set again. Set the optimizer's rate before every
    step."""

    def rate(self, step, model, warmup_steps, batches):
        return super().rate(1, model, warmup_steps, batches)


@misconception()
class LoopRateOfTheEnd(Training):
    """The rate is always that of the last step: the schedule is asked for `steps`. Ask for the number of the step that
    is made."""

    def train(self, model, batches, steps, warmup_steps):
        self.last = steps
        return super().train(model, batches, steps, warmup_steps)

    def rate(self, step, model, warmup_steps, batches):
        return super().rate(self.last, model, warmup_steps, batches)


@misconception()
class LoopRateOneStepBehind(Training):
    """The schedule counts from 0, so every update has the rate of the one before it. Steps count from 1: `range(1,
    steps + 1)`, or `learning_rate(step + 1, …)`."""

    def rate(self, step, model, warmup_steps, batches):
        return super().rate(max(step - 1, 1), model, warmup_steps, batches)


@misconception()
class LoopRateSetTooLate(Training):
    """The rate is set after the update, so each has that of the one before it, and the first has Adam's own 0.001. Set
    it *before* the step."""

    def rate(self, step, model, warmup_steps, batches):
        return super().rate(step - 1, model, warmup_steps, batches) if step > 1 else 1e-3


@misconception()
class LoopFirstRateIsDefault(Training):
    """The first update has the optimizer's default rate, 0.001: the next step's rate is set after each step. Write the
    rate into `param_groups` before the step."""

    def rate(self, step, model, warmup_steps, batches):
        return super().rate(step, model, warmup_steps, batches) if step > 1 else 1e-3


@misconception()
class LoopRateFixed(Training):
    """The learning rate is fixed at 0.001. Set the optimizer's rate before every step, from `learning_rate`."""

    def rate(self, step, model, warmup_steps, batches):
        return 1e-3


@misconception()
class LoopRateFixedAtOne(Training):
    """The learning rate is fixed at 1.0, and no step of Adam should be so large. Set the optimizer's rate before every
    step, from `learning_rate`."""

    def rate(self, step, model, warmup_steps, batches):
        return 1.0


@misconception()
class LoopRateFixedAndSmall(Training):
    """The learning rate is fixed at 0.0001. Set the optimizer's rate before every step, from `learning_rate`."""

    def rate(self, step, model, warmup_steps, batches):
        return 1e-4


@misconception()
class LoopRateFixedAtHundredth(Training):
    """The learning rate is fixed at 0.01. Set the optimizer's rate before every step, from `learning_rate`."""

    def rate(self, step, model, warmup_steps, batches):
        return 1e-2


@misconception()
class LoopRateFixedAtThreeTenThousandths(Training):
    """The learning rate is fixed at 0.0003. Set the optimizer's rate before every step, from `learning_rate`."""

    def rate(self, step, model, warmup_steps, batches):
        return 3e-4


@misconception()
class LoopRateTimesDefault(Training):
    """The rate of the schedule is multiplied by Adam's default, 0.001, so it is a thousand times too small. `LambdaLR`
    multiplies: it needs an optimizer that is made with `lr=1.0`."""

    def rate(self, step, model, warmup_steps, batches):
        return 1e-3 * super().rate(step, model, warmup_steps, batches)


@misconception()
class LoopWidthIsVocabulary(Training):
    """The schedule is given the size of the vocabulary, `out_features`. d_model is what goes into the output map:
    `in_features`."""

    def d_model_of(self, model):
        return int(model.output.out_features)


@misconception()
class LoopUsualBeta(Training):
    """Adam is used with its usual β₂ = 0.999. The paper takes 0.98: `betas=(0.9, 0.98)`."""

    def optimizer(self, model):
        return self.xp.optim.Adam(model.parameters(), lr=0.0, eps=1e-9)


@misconception()
class LoopWeightDecay(Training):
    """The optimizer is AdamW, which also shrinks every weight a little at each step. The paper uses Adam."""

    def optimizer(self, model):
        return self.xp.optim.AdamW(model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9)


@misconception()
class LoopPlainDescent(Training):
    """The optimizer is plain gradient descent (SGD). The paper uses Adam."""

    def optimizer(self, model):
        return self.xp.optim.SGD(model.parameters(), lr=0.0)


@misconception()
class LoopNewOptimizer(Training):
    """A new optimizer is made for every step, and Adam's running means begin at 0 again. Make one, before the loop."""

    def set_rate(self, optimizer, rate):
        optimizer.state.clear()
        super().set_rate(optimizer, rate)


@misconception()
class LoopNotSmoothed(Training):
    """The loss of the loop is not smoothed. Use `LabelSmoothingLoss()`, with its ε of 0.1."""

    def loss_function(self):
        return lambda logits, labels: self.mean_loss(logits, labels, 0.0, self.default_pad)


@misconception()
class LoopOneBatch(Training):
    """Every step uses the first batch. Go through all of them, and then from the beginning."""

    def batch_of(self, step, batches):
        return batches[0]


@misconception()
class LoopSkipsTheFirst(Training):
    """The loop begins with the second batch. Steps count from 1, and lists from 0."""

    def batch_of(self, step, batches):
        return batches[step % len(batches)]


@misconception()
class LoopEndsWithTheBatches(Training):
    """The loop ends when every batch was used once. Begin again with the first one, until `steps` updates are made."""

    def how_many(self, steps, batches):
        return min(steps, len(batches))


@misconception()
class LoopStepsAreEpochs(Training):
    """There are `steps` rounds through the batches. `steps` counts updates."""

    def how_many(self, steps, batches):
        return steps * len(batches)


@misconception()
class LoopOneTooFew(Training):
    """There is one update too few (`range(1, steps)`). Make `steps` of them."""

    def how_many(self, steps, batches):
        return steps - 1


@misconception()
class LoopOneTooMany(Training):
    """There is one update too many. Make `steps` of them."""

    def how_many(self, steps, batches):
        return steps + 1


@misconception()
class LoopTrainsACopy(Training):
    """A copy of the model is trained, and the one that was passed in learns nothing. Train the model itself."""

    def train(self, model, batches, steps, warmup_steps):
        return super().train(copy.deepcopy(model), batches, steps, warmup_steps)


@misconception(weight=Weight.SLIP)
class LoopReturnsLastLoss(Training):
    """A single number is returned, such as the last loss. Return the list of all losses, one for each step."""

    def told_losses(self, losses):
        return losses[-1]


@misconception()
class LoopReturnsModel(Training):
    """The model is returned. It is trained in place; return the list of losses."""

    def train(self, model, batches, steps, warmup_steps):
        super().train(model, batches, steps, warmup_steps)
        return model


@misconception()
class LoopRunningMean(Training):
    """The mean of all losses so far is kept, not the loss of the step. Return the losses as they were."""

    def told_losses(self, losses):
        return [sum(losses[: count + 1]) / (count + 1) for count in range(len(losses))]
