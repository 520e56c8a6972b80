"""The mistakes of the hunt: each replaces a few lines of the script. A student's script has one of each kind.

One kind of mistake is in what is measured, one shows in the first loss, and one only later.
"""

from autograder.exercise import misconception
from instructor.misconceptions.training.steps import Training

# ---- in what is measured


@misconception()
class HuntMeasuredInTraining(Training):
    """`measure` does not switch the model to evaluation: with dropout, a damaged model is measured. Call `model.eval()`
    at its top."""

    line_evaluation = ""


@misconception()
class HuntPaddingMeasured(Training):
    """`measure` counts padding as a label. It is easy to predict, so the model looks better than it is. Count only the
    labels that are not padding."""

    line_real_labels = "is_word = labels >= 0"


@misconception()
class HuntMeanOfMeans(Training):
    """`measure` averages the means of the batches, so a label in a small batch counts for more. Add up all losses and
    all labels, and divide once."""

    line_added = "total -= of_labels[is_word].mean().item()"
    line_counted = "count += 1"


@misconception()
class HuntDividesBySentences(Training):
    """`measure` divides by the number of sentences. Divide by the number of labels that are not padding."""

    line_counted = "count += len(src)"


@misconception()
class HuntMeasuredSmoothed(Training):
    """`measure` smooths the labels. Smoothing is for training; what you report is minus the log-probability of the
    label alone."""

    line_added = "total -= (0.9 * of_labels + 0.1 * log_p.mean(dim=-1))[is_word].sum().item()"


# ---- in the first loss


@misconception(hurts_training=True)
class HuntShiftedTwice(Training):
    """The script shifts the labels twice, so the model learns the token after the next one. Leave out one token, the
    first."""

    line_shift = "reads, labels = tgt[:, :-2], tgt[:, 2:]"


@misconception(hurts_training=True)
class HuntNotShifted(Training):
    """In the script, the decoder reads the labels themselves. It can copy them, so the loss falls and the model learns
    nothing. Let it read all but the last token, and compare with all but the first."""

    line_shift = "reads, labels = tgt[:, 1:], tgt[:, 1:]"


@misconception(hurts_training=True)
class HuntPaddingInTheLoss(Training):
    """The training loss counts padding as a label, so the model learns to predict padding. Take the mean over the
    labels that are not padding."""

    line_mean = "loss = losses.mean()"


@misconception(hurts_training=True)
class HuntSoftmaxTwice(Training):
    """The script takes a softmax before the `log_softmax`, which flattens the distribution. Give the logits to
    `log_softmax` as they are."""

    line_logits = "logits = model(src, reads).softmax(dim=-1)"


# ---- in what comes after it


@misconception(hurts_training=True)
class HuntNeverBackToTraining(Training):
    """`measure` leaves the model in evaluation mode, and the script never switches it back: after the first epoch it
    trains without dropout. Call `model.train()` at the beginning of every epoch."""

    line_training = "model.train()"
    line_training_of_epoch = ""


@misconception(hurts_training=True)
class HuntScheduleByEpoch(Training):
    """The script's schedule counts epochs. It should count updates: use `step`, not `epoch`."""

    line_rate = 'group["lr"] = model.output.in_features**-0.5 * min(epoch**-0.5, epoch * warmup_steps**-1.5)'


@misconception(hurts_training=True)
class HuntGradientsAddUp(Training):
    """The script clears the gradients once in each epoch, so those of its batches add up. Clear them before every
    update."""

    line_clear_of_epoch = "optimizer.zero_grad()"
    line_clear = ""


@misconception(hurts_training=True)
class HuntClipsAfterTheStep(Training):
    """The script clips the gradients after the step, when they have done their work. Clip them between
    `loss.backward()` and `optimizer.step()`."""

    line_clip = ""
    line_clip_after = "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)"


@misconception(hurts_training=True)
class HuntClipsEachAlone(Training):
    """The script clips the gradient of each parameter on its own, which changes the direction of the step. Clip one
    norm, over all of them together."""

    line_clip = "for p in model.parameters():\n                torch.nn.utils.clip_grad_norm_([p], 1.0)"


@misconception(hurts_training=True)
class HuntNewOptimizer(Training):
    """The script makes a new optimizer in every epoch, and Adam's running means start at 0 again. Make one, before the
    first epoch."""

    line_optimizer = ""
    line_optimizer_of_epoch = "optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)"


KINDS = (
    (HuntMeasuredInTraining, HuntPaddingMeasured, HuntMeanOfMeans, HuntDividesBySentences, HuntMeasuredSmoothed),
    (HuntShiftedTwice, HuntNotShifted, HuntPaddingInTheLoss, HuntSoftmaxTwice),
    (
        *(HuntNeverBackToTraining, HuntScheduleByEpoch, HuntGradientsAddUp),
        *(HuntClipsAfterTheStep, HuntClipsEachAlone, HuntNewOptimizer),
    ),
)
