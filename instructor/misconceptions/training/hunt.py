"""The mistakes of the hunt: each replaces a few lines of the script. A student's script has one of each kind.

One kind of mistake is in what is measured, one shows in the first loss, and one only later.
"""

from autograder.exercise import misconception
from instructor.misconceptions.training.steps import Training

# ---- in what is measured


@misconception()
class HuntMeasuredInTraining(Training):
    """`measure` does not switch the model to evaluation mode, so dropout is still on while you measure. Call
    `model.eval()` at the top of `measure`."""

    line_evaluation = ""


@misconception()
class HuntPaddingMeasured(Training):
    """`measure` counts padding as a label, so what it reports depends on how much padding the batches have. Count only
    the labels that are not padding."""

    line_real_labels = "is_word = labels >= 0"


@misconception()
class HuntMeanOfMeans(Training):
    """`measure` averages the means of the batches, so a label in a small batch counts for more. Add up all the losses,
    count all the labels, and divide once at the end."""

    line_added = "total -= of_labels[is_word].mean().item()"
    line_counted = "count += 1"


@misconception()
class HuntDividesBySentences(Training):
    """`measure` divides the total loss by the number of sentences. Divide it by the number of labels that are not
    padding."""

    line_counted = "count += len(src)"


@misconception()
class HuntMeasuredSmoothed(Training):
    """`measure` smooths the labels. Smoothing is only for training. To measure, use minus the log-probability of the
    label alone."""

    line_added = "total -= (0.9 * of_labels + 0.1 * log_p.mean(dim=-1))[is_word].sum().item()"


# ---- in the first loss


@misconception(hurts_training=True)
class HuntShiftedTwice(Training):
    """The script shifts the labels twice, so the model learns to predict the token after the next one. Shift them by
    one: the labels are all tokens except the first."""

    line_shift = "reads, labels = tgt[:, :-2], tgt[:, 2:]"


@misconception(hurts_training=True)
class HuntNotShifted(Training):
    """In the script, the decoder reads the labels themselves. It can copy them, so the loss falls, but the model does
    not learn to predict. Let it read all tokens except the last; the labels are all except the first."""

    line_shift = "reads, labels = tgt[:, 1:], tgt[:, 1:]"


@misconception(hurts_training=True)
class HuntPaddingInTheLoss(Training):
    """The training loss counts padding as a label, so the model learns to predict padding. Take the mean over the
    labels that are not padding."""

    line_mean = "loss = losses.mean()"


@misconception(hurts_training=True)
class HuntSoftmaxTwice(Training):
    """The script applies a softmax before the `log_softmax`, which makes the probabilities almost equal. Pass the
    logits to `log_softmax` as they are."""

    line_logits = "logits = model(src, reads).softmax(dim=-1)"


# ---- in what comes after it


@misconception(hurts_training=True)
class HuntNeverBackToTraining(Training):
    """`measure` leaves the model in evaluation mode, and the script switches it back only once. So from the second
    epoch on, it trains without dropout. Call `model.train()` at the beginning of every epoch."""

    line_training = "model.train()"
    line_training_of_epoch = ""


@misconception(hurts_training=True)
class HuntScheduleByEpoch(Training):
    """The script computes the learning rate from the number of epochs. Use the number of updates: `step`, not
    `epoch`."""

    line_rate = 'group["lr"] = model.output.in_features**-0.5 * min(epoch**-0.5, epoch * warmup_steps**-1.5)'


@misconception(hurts_training=True)
class HuntGradientsAddUp(Training):
    """The script clears the gradients only once per epoch, so the gradients of all its batches add up. Clear them
    before every update."""

    line_clear_of_epoch = "optimizer.zero_grad()"
    line_clear = ""


@misconception(hurts_training=True)
class HuntClipsAfterTheStep(Training):
    """The script clips the gradients after the step, when they have already been used. Clip them between
    `loss.backward()` and `optimizer.step()`."""

    line_clip = ""
    line_clip_after = "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)"


@misconception(hurts_training=True)
class HuntClipsEachAlone(Training):
    """The script clips the gradient of each parameter separately, which changes the direction of the step. Clip them
    together, by the norm of all gradients."""

    line_clip = "for p in model.parameters():\n                torch.nn.utils.clip_grad_norm_([p], 1.0)"


@misconception(hurts_training=True)
class HuntNewOptimizer(Training):
    """The script makes a new optimizer in every epoch, so Adam's running means start at 0 again. Make one optimizer,
    before the first epoch."""

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
