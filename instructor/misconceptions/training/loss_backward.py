"""Misconceptions about the gradient of the smoothed loss."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training


@misconception()
class BwdLossNotDivided(Training):
    """The gradient is not divided: the loss was a mean, so each position gets its share, 1 / (number of labels)."""

    def divided(self, gradient, is_word):
        return gradient


@misconception()
class BwdLossDividedByAll(Training):
    """The gradient is divided by the number of all positions. The loss was a mean over the labels that are not padding:
    divide by their number."""

    def divided(self, gradient, is_word):
        return gradient / is_word.size


@misconception()
class BwdLossDividedByBatch(Training):
    """The gradient is divided by the number of sentences. The loss was a mean over all labels that are not padding."""

    def divided(self, gradient, is_word):
        return gradient / len(is_word)


@misconception()
class BwdLossPerSentence(Training):
    """The gradient is divided by the number of labels of each sentence. The loss was one mean over all labels of the
    batch."""

    def divided(self, gradient, is_word):
        return gradient / is_word.sum(axis=-1)[:, None, None]


@misconception(hurts_training=True)
class BwdLossPaddingLearns(Training):
    """Padded positions get a gradient, and so the model learns to predict padding. It is exactly 0 there."""

    def silenced(self, gradient, is_word, logits):
        return gradient


@misconception()
class BwdLossSign(Training):
    """The sign is wrong: the target minus the probabilities. The gradient is p - q; a step goes against it."""

    def silenced(self, gradient, is_word, logits):
        return -super().silenced(gradient, is_word, logits)


@misconception()
class BwdLossNotSmoothed(Training):
    """The gradient is that of the plain cross-entropy: `epsilon` is not used. Subtract the smoothed target."""

    def wanted(self, labels, vocabulary, epsilon, pad_id):
        return np.eye(vocabulary)[labels]


@misconception()
class BwdLossSmoothedOverOthers(Training):
    """In the target, ε is shared by the V - 1 classes that are not the label. Each of the V classes gets ε / V."""

    def wanted(self, labels, vocabulary, epsilon, pad_id):
        label = np.eye(vocabulary)[labels]
        return (1 - epsilon) * label + epsilon / (vocabulary - 1) * (1 - label)


@misconception()
class BwdLossSharesAddOnly(Training):
    """In the target, the label keeps everything and ε comes on top. The label keeps 1 - ε."""

    def wanted(self, labels, vocabulary, epsilon, pad_id):
        return np.eye(vocabulary)[labels] + epsilon / vocabulary


@misconception()
class BwdLossOnlyLabels(Training):
    """Only the label's logit gets a gradient. All others are pushed down as well: it is p - q for every class."""

    def wanted(self, labels, vocabulary, epsilon, pad_id):
        self.labels = np.eye(vocabulary)[labels]
        return super().wanted(labels, vocabulary, epsilon, pad_id)

    def silenced(self, gradient, is_word, logits):
        return super().silenced(gradient, is_word, logits) * self.labels


@misconception()
class BwdLossThroughSoftmaxAgain(Training):
    """The gradient is sent through the softmax once more. p - q is already the gradient with respect to the
    *logits*."""

    def silenced(self, gradient, is_word, logits):
        p = self.probabilities(logits)
        return super().silenced(p * (gradient - (p * gradient).sum(-1, keepdims=True)), is_word, logits)


@misconception()
class BwdLossByProbabilities(Training):
    """This is the gradient with respect to the probabilities (-q / p). You are asked for the one with respect to the
    logits, before the softmax: p - q."""

    def label_smoothing_loss_backward(self, logits, labels, epsilon=0.1, pad_id=0):
        is_word = labels != pad_id
        gradient = -self.wanted(labels, logits.shape[-1], epsilon, pad_id) / self.probabilities(logits)
        return self.silenced(self.divided(gradient, is_word), is_word, logits)


@misconception()
class BwdLossOverflows(Training):
    """The number exp(1000) is inf, and the gradient is not a number. Subtract each row's largest logit first."""

    def probabilities(self, logits):
        powers = np.exp(logits)
        return powers / powers.sum(axis=-1, keepdims=True)


@misconception()
class BwdLossIntoLogits(Training):
    """The gradient is written over the logits (`-=`). The caller still needs them: make a new array."""

    def silenced(self, gradient, is_word, logits):
        logits[...] = super().silenced(gradient, is_word, logits)
        return logits


@misconception()
class BwdLossPadHardCoded(Training):
    """In the gradient, padding is always taken to be the id 0. Use the argument `pad_id`."""

    def label_smoothing_loss_backward(self, logits, labels, epsilon=0.1, pad_id=0):
        return super().label_smoothing_loss_backward(logits, labels, epsilon, 0)


@misconception(weight=Weight.SLIP)
class BwdLossDefaultEpsilon(Training):
    """In the gradient nothing is smoothed when `epsilon` is left out. The default is 0.1."""

    def label_smoothing_loss_backward(self, logits, labels, epsilon=0.0, pad_id=0):
        return super().label_smoothing_loss_backward(logits, labels, epsilon, pad_id)


@misconception()
class BwdLossCountsFirstSentence(Training):
    """In the gradient, the number of labels is that of the first sentence, times the number of sentences. Each has its
    own length: count all labels of the batch."""

    def divided(self, gradient, is_word):
        return gradient / (is_word[0].sum() * len(is_word))


@misconception(weight=Weight.NOTHING_LEFT)
class BwdLossZeros(Training):
    """The gradient is 0 everywhere. It is (p - q) / (number of labels) where the label is not padding."""

    def divided(self, gradient, is_word):
        return 0 * gradient
