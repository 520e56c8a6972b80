"""Misconceptions about evaluation."""

from contextlib import nullcontext

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training, switch


@misconception()
class EvalMeanOfMeans(Training):
    """The batches' means are averaged, so a label in a small batch counts for more. Add up all losses and all labels,
    and divide once."""

    def together(self, sums, batches):
        return self.told_mean(sum(total / count for total, count in sums) / len(sums))


@misconception()
class EvalSum(Training):
    """The losses are added up and never divided. Divide by the number of labels that are not padding."""

    def together(self, sums, batches):
        return self.told_mean(sum(total for total, _ in sums))


@misconception()
class EvalDividesByBatches(Training):
    """The sum of all losses is divided by the number of batches. Divide by the number of labels."""

    def together(self, sums, batches):
        return self.told_mean(sum(total for total, _ in sums) / len(sums))


@misconception()
class EvalDividesBySentences(Training):
    """The sum of all losses is divided by the number of sentences. Divide by the number of labels."""

    def together(self, sums, batches):
        return self.told_mean(sum(total for total, _ in sums) / sum(len(src) for src, _ in batches))


@misconception()
class EvalLastBatch(Training):
    """Only the last batch counts: the sums start again in each. Add up over all batches."""

    def together(self, sums, batches):
        return super().together(sums[-1:], batches)


@misconception()
class EvalFirstBatch(Training):
    """Only the first batch counts. Add up over all batches, and return after the last one: a `return` inside the loop
    ends it at once."""

    def together(self, sums, batches):
        return super().together(sums[:1], batches)


@misconception()
class EvalCountsPadding(Training):
    """Padding counts as a label. It is easy to predict, so the model looks better than it is. Leave it out."""

    def evaluated_words(self, labels, pad_id):
        return labels == labels


@misconception()
class EvalDividesByAll(Training):
    """Padding is left out of the sum, but not of the number of labels by which it is divided. Count real labels
    only."""

    def of_batch(self, model, src, tgt, pad_id):
        total, _ = super().of_batch(model, src, tgt, pad_id)
        return total, tgt[:, 1:].numel()


@misconception()
class EvalPadHardCoded(Training):
    """In the evaluation, padding is always taken to be the id 0. Use the argument `pad_id`."""

    def pad_of_evaluation(self, pad_id):
        return 0


@misconception()
class EvalSmoothed(Training):
    """The smoothed loss is measured. Smoothing is for training; what is reported is minus the log-probability of the
    label alone."""

    def likelihoods(self, log_p, labels):
        return 0.9 * super().likelihoods(log_p, labels) + 0.1 * log_p.mean(dim=-1)


@misconception()
class EvalWithDropout(Training):
    """The model is not switched to evaluation: with dropout, a damaged model is measured. Call `model.eval()` first."""

    def enter_evaluation(self, model):
        pass


@misconception(hurts_training=True)
class EvalNeverBackToTraining(Training):
    """The model is left in evaluation mode although it was in training mode: from then on it trains without dropout.
    Put it back into the mode that it was in."""

    def leave_evaluation(self, model, was_training):
        pass


@misconception()
class EvalAlwaysTrainingAfterwards(Training):
    """The model is always left in training mode, even if it was in evaluation mode. Put it back into the mode that it
    was in."""

    def leave_evaluation(self, model, was_training):
        switch(model, training=True)


@misconception()
class EvalWithGradients(Training):
    """Gradients are recorded while the model is measured, and the graph of every batch is built for nothing. Use
    `torch.no_grad()`."""

    def without_gradients(self):
        return nullcontext()


@misconception()
class EvalLogOfSoftmax(Training):
    """The logarithm is taken of a finished softmax: a probability that is rounded to 0 gives an infinite loss. Use
    `log_softmax`."""

    def log_of_probabilities(self, logits):
        return logits.softmax(dim=-1).log()


@misconception()
class EvalProbability(Training):
    """The mean probability of the labels is reported, not minus its logarithm."""

    def likelihoods(self, log_p, labels):
        return -super().likelihoods(log_p, labels).exp()


@misconception()
class EvalNoMinus(Training):
    """The minus is missing. What is reported is a loss: minus the log-probability of the labels."""

    def told_mean(self, mean):
        return -mean


@misconception()
class EvalPerplexity(Training):
    """The perplexity of the batches is returned. Return the loss, whose exponential it is."""

    def told_mean(self, mean):
        return float(self.xp.tensor(mean, dtype=self.xp.float64).exp())


@misconception()
class EvalNoShift(Training):
    """The model's answers are compared with what it was given to read. The labels are one token further."""

    def evaluated_pair(self, tgt):
        return tgt[:, :-1], tgt[:, :-1]


@misconception()
class EvalReadsTheEnd(Training):
    """The labels are the whole target, BOS included. Leave out its first column."""

    def evaluated_pair(self, tgt):
        return tgt, tgt


@misconception(weight=Weight.SLIP)
class EvalReturnsTensor(Training):
    """A tensor is returned. This exercise asks for a Python number: `.item()`."""

    def told_mean(self, mean):
        return self.xp.tensor(mean, dtype=self.xp.float64)


@misconception(weight=Weight.NOTHING_LEFT)
class EvalZero(Training):
    """The result is always 0. Return the mean of minus the log-probability of each label."""

    def told_mean(self, mean):
        return 0.0
