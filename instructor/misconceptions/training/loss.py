"""Misconceptions about the cross-entropy, in all three losses."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training


@misconception(hurts_training=True)
class LossCountsPadding(Training):
    """Padding counts as a label. It is not a prediction, and easy to learn: leave those positions out of the mean."""

    def words(self, labels, pad_id):
        return labels == labels


@misconception()
class LossDividesByAll(Training):
    """Padding is left out of the sum, but the sum is divided by all positions. Divide by the number of real labels."""

    def mean_over_words(self, losses, labels, pad_id):
        return (losses * self.words(labels, pad_id)).mean()


@misconception()
class LossMeanOfMeans(Training):
    """Each sentence gets a mean of its own first, so the words of a long one count for less. Take one mean over all
    labels of the batch."""

    def mean_over_words(self, losses, labels, pad_id):
        is_word = self.words(labels, pad_id)
        return ((losses * is_word).sum(-1) / is_word.sum(-1)).mean()


@misconception()
class LossSum(Training):
    """The losses are added up, not averaged. The size of a step must not depend on the size of the batch: divide by the
    number of labels."""

    def mean_over_words(self, losses, labels, pad_id):
        return losses[self.words(labels, pad_id)].sum()


@misconception()
class LossDividesByBatch(Training):
    """The sum is divided by the number of sentences. Divide by the number of labels that are not padding."""

    def mean_over_words(self, losses, labels, pad_id):
        return losses[self.words(labels, pad_id)].sum() / len(labels)


@misconception("loss-takes-probabilities", hurts_training=True)
class LossSoftmaxTwice(Training):
    """A softmax is applied before the log-softmax: the loss can no longer approach 0, and gradients shrink. Logits go
    in as they are."""

    def entering(self, logits):
        powers = self.xp.exp(logits - self.highest(logits))
        return powers / powers.sum(-1)[..., None]


@misconception("loss-no-maximum")
class LossLogOfSoftmax(Training):
    """The loss of a bad mistake is infinite: the logarithm is taken of a softmax that was rounded to 0, or of a sum
    that is inf. Use log p = x - log Σ exp x, after subtracting the largest x."""

    def log_softmax(self, logits):
        powers = self.xp.exp(logits - self.highest(logits))
        return self.xp.log(powers / powers.sum(-1)[..., None])


@misconception()
class LossOverflows(Training):
    """The number exp(1000) is inf, and inf / inf is not a number. Subtract each row's largest logit first; the result
    stays the same."""

    def log_softmax(self, logits):
        powers = self.xp.exp(logits)
        return self.xp.log(powers / powers.sum(-1)[..., None])


@misconception()
class LossClipsProbabilities(Training):
    """A small number is added to the probabilities to keep the logarithm finite: a bad mistake then costs no more than
    a moderate one. Use the log-softmax, which needs no such number."""

    def log_softmax(self, logits):
        powers = self.xp.exp(logits - self.highest(logits))
        return self.xp.log(powers / powers.sum(-1)[..., None] + 1e-9)


@misconception()
class LossOverTokens(Training):
    """The softmax runs over the positions. At each position the *classes* compete: the last axis."""

    def log_softmax(self, logits):
        along = {"axis": -2, "keepdims": True} if self.xp is np else {"dim": -2, "keepdim": True}
        centred = logits - self.xp.amax(logits, **along)
        return centred - self.xp.log(self.xp.exp(centred).sum(-2))[..., None, :]


@misconception()
class LossTwoAsBase(Training):
    """The logarithm has base 2. The paper's perplexity, PyTorch's losses and ours use the natural one."""

    def mean_loss(self, logits, labels, epsilon, pad_id):
        return super().mean_loss(logits, labels, epsilon, pad_id) / 0.6931471805599453


@misconception()
class LossPerplexity(Training):
    """The perplexity is returned, exp of the loss. Return the loss itself."""

    def mean_over_words(self, losses, labels, pad_id):
        return self.xp.exp(super().mean_over_words(losses, labels, pad_id))


@misconception(hurts_training=True)
class LossNoMinus(Training):
    """The minus is missing: the loss is negative, and training would make the labels *less* likely. A loss is minus the
    log-probability."""

    def mean_over_words(self, losses, labels, pad_id):
        return -super().mean_over_words(losses, labels, pad_id)


@misconception("loss-unfinished-mean")
class LossPerToken(Training):
    """The losses of all positions are returned. Return one number, their mean over the labels that are not padding."""

    def mean_over_words(self, losses, labels, pad_id):
        return losses * self.words(labels, pad_id)

    def number(self, loss):
        return loss


@misconception()
class LossPadHardCoded(Training):
    """Padding is always taken to be the id 0. Use the argument `pad_id`: with another one, 0 is an ordinary word."""

    def pad_of(self, pad_id):
        return 0


@misconception()
class LossPadByLogits(Training):
    """What counts is decided by what the model says most: positions where it predicts padding are left out. Whether a
    position counts is decided by its label."""

    def mean_loss(self, logits, labels, epsilon, pad_id):
        self.predicted = logits.argmax(-1)
        return super().mean_loss(logits, labels, epsilon, pad_id)

    def words(self, labels, pad_id):
        return self.predicted != pad_id


@misconception()
class LossOnlyUpToFirstPad(Training):
    """A sentence is cut at its first padding. Padding may come between words: look at each label on its own."""

    def words(self, labels, pad_id):
        return (labels == pad_id).cumsum(-1) == 0


@misconception()
class LossAccuracy(Training):
    """The share of wrong predictions is returned. It has no slope to follow: the loss is minus the log-probability of
    the label."""

    def mean_loss(self, logits, labels, epsilon, pad_id):
        wrong = logits.argmax(-1) != labels
        return (1.0 * wrong)[self.words(labels, pad_id)].mean() + 0 * logits.sum()


@misconception()
class LossInPlace(Training):
    """The logits themselves are shifted (`logits -= …`). The caller still needs them: make a new array."""

    def entering(self, logits):
        if self.xp is np:
            logits -= self.highest(logits)
            return logits
        logits.data.sub_(self.highest(logits).detach())
        return logits


@misconception()
class LossCountsFirstSentence(Training):
    """The number of labels is that of the first sentence, times the number of sentences. Each has its own length: count
    all labels of the batch."""

    def mean_over_words(self, losses, labels, pad_id):
        is_word = self.words(labels, pad_id)
        return losses[is_word].sum() / (is_word[0].sum() * len(labels))


@misconception(hurts_training=True)
class LossDetached(Training):
    """The loss is cut from the graph (`.item()`, `.detach()`, `no_grad`): nothing can be trained with it. Return the
    tensor as it is."""

    def mean_over_words(self, losses, labels, pad_id):
        mean = super().mean_over_words(losses, labels, pad_id)
        return mean if self.xp is np else mean.detach()


@misconception(hurts_training=True)
class LossAsNumber(Training):
    """The loss is a plain number (`.item()`, `float(…)`): it has left the graph, and nothing can be trained with it.
    Return the tensor."""

    def mean_over_words(self, losses, labels, pad_id):
        mean = super().mean_over_words(losses, labels, pad_id)
        return mean if self.xp is np else mean.item()


@misconception(hurts_training=True)
class LossInNewTensor(Training):
    """A new tensor is made of the loss's number (`torch.tensor(loss.item())`): it is float32 and has left the graph, so
    nothing can be trained with it. Return the loss itself."""

    def smoothed_loss(self, logits, labels, epsilon, pad_id):
        loss = super().smoothed_loss(logits, labels, epsilon, pad_id)
        return loss if self.xp is np else self.xp.tensor(loss.item())


@misconception()
class LossPadDefault(Training):
    """When `pad_id` is left out, nothing is taken for padding. The default is 0."""

    default_pad = -1


@misconception(weight=Weight.NOTHING_LEFT)
class LossZero(Training):
    """The loss is always 0. Return the mean of minus the log-probability of each label."""

    def mean_over_words(self, losses, labels, pad_id):
        return 0.0 * super().mean_over_words(losses, labels, pad_id)
