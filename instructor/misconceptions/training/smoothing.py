"""Misconceptions about label smoothing."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training


@misconception(weight=Weight.MISTAKE, hurts_training=True)
class SmoothingMissing(Training):
    """`epsilon` is not used: the labels keep all of the probability. Give ε / V of it to each of the V classes."""

    def smoothed_loss(self, logits, labels, epsilon, pad_id):
        return self.mean_loss(logits, labels, 0.0, self.pad_of(pad_id))


@misconception()
class SmoothingOverTheOthers(Training):
    """In the target, ε is shared by the V - 1 classes that are not the label. Here each of the V classes gets ε / V,
    the label too."""

    def on_all(self, log_p, labels, epsilon, pad_id):
        others = log_p.sum(-1) - self.picked(log_p, labels)
        return -epsilon / (log_p.shape[-1] - 1) * others


@misconception()
class SmoothingWithoutPaddingClass(Training):
    """The class of the padding gets no share of ε, and the others ε / (V - 2) or the like. Here it is a class like all
    others: ε / V for each."""

    def on_all(self, log_p, labels, epsilon, pad_id):
        others = log_p.sum(-1) - self.picked(log_p, labels) - log_p[..., pad_id]
        return -epsilon / (log_p.shape[-1] - 2) * others


@misconception()
class SmoothingPaddingClassLeftOut(Training):
    """The class of the padding gets no share of ε, and so the target distribution does not add up to 1. Each of the V
    classes gets ε / V."""

    def on_all(self, log_p, labels, epsilon, pad_id):
        return -epsilon / log_p.shape[-1] * (log_p.sum(-1) - log_p[..., pad_id])


@misconception()
class SmoothingWithoutShareOfLabel(Training):
    """The label gets 1 - ε alone, and only the others ε / V, so the target distribution does not add up to 1. The label
    is one of the V classes: it gets 1 - ε + ε / V."""

    def on_all(self, log_p, labels, epsilon, pad_id):
        return -epsilon / log_p.shape[-1] * (log_p.sum(-1) - self.picked(log_p, labels))


@misconception()
class SmoothingAddsOnly(Training):
    """The label keeps all of its probability, and ε comes on top: the target distribution adds up to 1 + ε. The label
    keeps 1 - ε."""

    def share_of_label(self, epsilon, vocabulary):
        return 1.0


@misconception()
class SmoothingNotDivided(Training):
    """Every class gets ε, not ε / V: with many classes the label hardly stands out. Divide ε by V."""

    def on_all(self, log_p, labels, epsilon, pad_id):
        return -epsilon * log_p.sum(-1)


@misconception()
class SmoothingTakesOnly(Training):
    """The label gives ε away, and nobody gets it: the target distribution adds up to 1 - ε. Add ε / V for each
    class."""

    def on_all(self, log_p, labels, epsilon, pad_id):
        return 0 * log_p.sum(-1)


@misconception()
class SmoothingSharesSwapped(Training):
    """The label gets ε, and the classes share 1 - ε. It is the other way round."""

    def share_of_label(self, epsilon, vocabulary):
        return epsilon

    def on_all(self, log_p, labels, epsilon, pad_id):
        return super().on_all(log_p, labels, 1 - epsilon, pad_id)


@misconception()
class SmoothingHardCoded(Training):
    """The share ε is always 0.1. Use the argument `epsilon`."""

    def epsilon_of(self, epsilon):
        return 0.1


@misconception(weight=Weight.SLIP)
class SmoothingDefaultZero(Training):
    """When `epsilon` is left out, nothing is smoothed. The paper's 0.1 is the default."""

    default_epsilon = 0.0


@misconception()
class SmoothingPaddingRows(Training):
    """The smoothed part of the target stays at padded positions: only the label's part was removed there. A padded
    position has no target at all."""

    def mean_loss(self, logits, labels, epsilon, pad_id):
        log_p = self.log_softmax(self.entering(logits))
        is_word = self.words(labels, pad_id)
        losses = self.on_label(log_p, labels, epsilon) * is_word + self.on_all(log_p, labels, epsilon, pad_id)
        return losses.sum() / is_word.sum()


@misconception()
class SmoothingDivergence(Training):
    """The Kullback-Leibler divergence is returned: the cross-entropy minus the entropy of the target. Its gradient is
    the same, its value is not; return the cross-entropy."""

    def mean_loss(self, logits, labels, epsilon, pad_id):
        loss, count = super().mean_loss(logits, labels, epsilon, pad_id), logits.shape[-1]
        shares = [1 - epsilon + epsilon / count, *[epsilon / count] * (count - 1)]
        logs = self.xp.log(self.xp.clip(self.xp.asarray(shares), 1e-300, None))
        return loss + (self.xp.asarray(shares) * logs).sum()


@misconception()
class SmoothingOfLogits(Training):
    """The mean over the classes is taken of the logits, not of the log-probabilities: what is smoothed no longer
    belongs to a distribution. Take it after the log-softmax."""

    def mean_loss(self, logits, labels, epsilon, pad_id):
        self.raw = logits
        return super().mean_loss(logits, labels, epsilon, pad_id)

    def on_all(self, log_p, labels, epsilon, pad_id):
        return -epsilon * self.raw.mean(-1)
