"""Misconceptions about what the decoder reads and what it is to say."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training


@misconception(hurts_training=True)
class ForcingNoShift(Training):
    """The decoder reads the same tokens that it has to predict: it can copy them, the loss falls to 0, and it learns
    nothing. The labels are one token further: all but the first."""

    def said(self, tgt):
        return tgt[:, :-1]


@misconception(hurts_training=True)
class ForcingTwoAhead(Training):
    """The labels are shifted twice: the model learns the token after the next one. Leave out one token, the first."""

    def read(self, tgt):
        return tgt[:, :-2]

    def said(self, tgt):
        return tgt[:, 2:]


@misconception()
class ForcingReadsTheEnd(Training):
    """The decoder gets the whole target, including the last token. Nothing comes after that one, so there is nothing to
    predict: give it all but the last column."""

    def teacher_forcing(self, tgt):
        return tgt, tgt[:, 1:]


@misconception()
class ForcingKeepsBos(Training):
    """The labels still begin with BOS. Nobody has to predict it: leave out the first column."""

    def teacher_forcing(self, tgt):
        return tgt[:, :-1], tgt


@misconception()
class ForcingReadsWithoutBos(Training):
    """BOS was cut from what the decoder reads, too. The first prediction needs something to start from: the decoder
    reads all but the *last* column."""

    def read(self, tgt):
        return tgt[:, 1:]


@misconception()
class ForcingSwapped(Training):
    """The two results are swapped. Return first what the decoder reads, then the labels."""

    def both(self, decoder_input, labels):
        return labels, decoder_input


@misconception()
class ForcingShiftsRows(Training):
    """Sentences were left out instead of tokens (`tgt[:-1]`). The first axis is the batch: slice the second one."""

    def teacher_forcing(self, tgt):
        return tgt[:-1], tgt[1:]


@misconception()
class ForcingRollsIntoTheTarget(Training):
    """The labels are written over the target itself. The caller still needs it: slices, or a new array."""

    def teacher_forcing(self, tgt):
        tgt[:, :-1] = tgt[:, 1:].copy()
        return tgt[:, 1:], tgt[:, :-1]


@misconception()
class ForcingRolled(Training):
    """The labels were rolled by one (`np.roll`): each row ends with its own BOS, and both results are a column too
    wide. Cut, don't roll."""

    def read(self, tgt):
        return tgt

    def said(self, tgt):
        first = tgt[:, :1]
        return self.joined(tgt[:, 1:], first)

    def joined(self, left, right):
        import numpy as np

        if isinstance(left, np.ndarray):
            return np.concatenate((left, right), axis=1)
        return self.xp.cat((left, right), dim=1)


@misconception(weight=Weight.NOTHING_LEFT)
class ForcingTheSameTwice(Training):
    """The target comes back twice, as it was. Cut the last column for what is read, and the first for the labels."""

    def read(self, tgt):
        return tgt

    def said(self, tgt):
        return tgt
