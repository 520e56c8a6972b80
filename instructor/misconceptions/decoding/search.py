"""Misconceptions about beam search."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.decoding.steps import Decoding


@misconception("beam-products")
class BeamProbabilities(Decoding):
    """Probabilities are added up. A sentence's probability is a product: add the log-probabilities."""

    def sums(self, live, log_probs):
        return np.array([[total] for _, total in live]) + np.exp(log_probs)


@misconception()
class BeamNewestOnly(Decoding):
    """Hypotheses are compared by their newest token alone. Add its log-probability to the sum so far."""

    def sums(self, live, log_probs):
        return np.array([[0.0] for _ in live]) + log_probs


@misconception()
class BeamBestOfEach(Decoding):
    """Each hypothesis keeps its own best extensions (`beam_size` of each, or one). Compare all extensions with one
    another, and keep `beam_size` in all."""

    def kept(self, live, sums, beam_size):
        return [
            self.extended(live, i, int(token), sums)
            for i in range(len(live))
            for token in np.argsort(-sums[i], kind="stable")[: max(1, beam_size // len(live))]
        ]


@misconception()
class BeamNeverCut(Decoding):
    """Every hypothesis keeps `beam_size` extensions, and nothing is thrown away. Keep the `beam_size` best of all."""

    def kept(self, live, sums, beam_size):
        kept = [
            self.extended(live, i, int(token), sums)
            for i in range(len(live))
            for token in np.argsort(-sums[i], kind="stable")[:beam_size]
        ]
        return sorted(kept, key=lambda hypothesis: -hypothesis[1])[: beam_size**2]


@misconception("beam-one")
class BeamEqualBeginnings(Decoding):
    """All hypotheses are the same: the search begins with `beam_size` equal ones, or only the best extension is kept.
    At the first step one is alive, `[bos_id]`; then the `beam_size` best extensions of all are kept."""

    def first(self, bos_id, beam_size):
        return super().first(bos_id, beam_size) * beam_size


@misconception()
class BeamOneTooWide(Decoding):
    """One extension too many is kept at each step. Keep `beam_size`."""

    def kept(self, live, sums, beam_size):
        return super().kept(live, sums, beam_size + 1)


@misconception()
class BeamWorst(Decoding):
    """The extensions with the smallest sums are kept. Keep those with the largest."""

    def kept(self, live, sums, beam_size):
        worst = np.argsort(sums, axis=None, kind="stable")[:beam_size]
        rows, tokens = np.unravel_index(worst, sums.shape)
        return [self.extended(live, int(i), int(t), sums) for i, t in zip(rows, tokens, strict=True)]


@misconception()
class BeamFinishedGrow(Decoding):
    """Hypotheses that ended with `eos_id` are extended further. A finished one is put aside and leaves the beam."""

    def still_live(self, kept, finished, eos_id):
        return kept


@misconception()
class BeamFinishedTakePlaces(Decoding):
    """A finished hypothesis keeps its place, and the beam becomes narrower and narrower. Its place is filled again at
    the next step."""

    def kept(self, live, sums, beam_size):
        return super().kept(live, sums, min(beam_size, self.width(live, beam_size)))

    def width(self, live, beam_size):
        return beam_size if len(live[0][0]) == 1 else len(live)


@misconception()
class BeamStopsAtFirstEnd(Decoding):
    """The search stops when the first hypothesis ends. Another one may still be better: go on until nothing is live."""

    def goes_on(self, live, finished, max_len, beam_size):
        return not finished and super().goes_on(live, finished, max_len, beam_size)


@misconception()
class BeamStopsWhenFull(Decoding):
    """The search stops when `beam_size` hypotheses have ended. It goes on until nothing is live, or `max_len` tokens
    were generated."""

    def goes_on(self, live, finished, max_len, beam_size):
        return len(finished) < beam_size and super().goes_on(live, finished, max_len, beam_size)


@misconception()
class BeamFirstFinished(Decoding):
    """The hypothesis that ended first is returned. Return the one with the best score."""

    def best(self, candidates, alpha, eos_id):
        ids, total = candidates[0]
        return ids, self.score(total, self.length(ids, eos_id), alpha)


@misconception()
class BeamLastFinished(Decoding):
    """The hypothesis that was left last is returned. Return the one with the best score of all."""

    def best(self, candidates, alpha, eos_id):
        ids, total = candidates[-1]
        return ids, self.score(total, self.length(ids, eos_id), alpha)


@misconception()
class BeamNoLengthPenalty(Decoding):
    """The sums are compared as they are. Log-probabilities only fall, so the short ones win: divide by
    ((5 + n) / 6) ** alpha."""

    def penalty(self, length, alpha):
        return 1.0


@misconception()
class BeamChosenBySum(Decoding):
    """The best sum is chosen, and the length penalty comes only afterwards. Divide first, then choose."""

    def best(self, candidates, alpha, eos_id):
        ids, total = max(candidates, key=lambda hypothesis: hypothesis[1])
        return ids, self.score(total, self.length(ids, eos_id), alpha)


@misconception()
class BeamMeanPerToken(Decoding):
    """The sum is divided by the length itself, or its power. The penalty is ((5 + n) / 6) ** alpha."""

    def penalty(self, length, alpha):
        return length**alpha


@misconception()
class BeamPenaltyMultiplied(Decoding):
    """The sum is multiplied by the length penalty, and longer ones get worse still. Divide by it."""

    def score(self, total, length, alpha):
        return total * self.penalty(length, alpha)


@misconception(weight=Weight.SLIP)
class BeamAlphaFixed(Decoding):
    """`alpha` is always 0.6. Take the argument."""

    def penalty(self, length, alpha):
        return ((5 + length) / 6) ** 0.6


@misconception(weight=Weight.SLIP)
class BeamAlphaDefaultOne(Decoding):
    """When `alpha` is left out, it is 1 here. Its default is 0.6."""

    def beam_search(self, next_log_probs, bos_id, eos_id, beam_size, max_len, alpha=1.0):
        return super().beam_search(next_log_probs, bos_id, eos_id, beam_size, max_len, alpha)


@misconception()
class BeamPenaltyInside(Decoding):
    """The power is taken of (5 + n) alone. Divide by 6 first: ((5 + n) / 6) ** alpha."""

    def penalty(self, length, alpha):
        return (5 + length) ** alpha / 6


@misconception()
class BeamPenaltyWithoutSix(Decoding):
    """The denominator of the penalty is missing or wrong. It is ((5 + n) / 6) ** alpha, which is 1 for one token."""

    def penalty(self, length, alpha):
        return (5 + length) ** alpha


@misconception()
class BeamLengthWithBos(Decoding):
    """The length counts `bos_id`. It counts what was generated."""

    def length(self, ids, eos_id):
        return len(ids)


@misconception()
class BeamLengthWithoutEos(Decoding):
    """The length leaves `eos_id` out. It was generated, too, and counts."""

    def length(self, ids, eos_id):
        return len(ids) - 1 - (ids[-1] == eos_id)


@misconception()
class BeamPenaltyInsideSearch(Decoding):
    """The beam is sorted by score instead of by sum: the length penalty is used at each step. During the search the
    sums are compared; all live hypotheses are equally long."""

    def kept(self, live, sums, beam_size):
        kept = super().kept(live, sums, beam_size)
        return [(ids, total / self.penalty(len(ids) - 1, 0.6)) for ids, total in kept]


@misconception()
class BeamUnfinishedDropped(Decoding):
    """Hypotheses that are still live after `max_len` tokens are forgotten. They count as finished."""

    def candidates(self, finished, live):
        return finished or live


@misconception()
class BeamUnfinishedOnly(Decoding):
    """The best of those still live is returned, and those that had ended are forgotten. Choose among all."""

    def candidates(self, finished, live):
        return live or finished


@misconception()
class BeamOneTooMany(Decoding):
    """There is one step too many. `max_len` counts the generated tokens, without `bos_id`."""

    def goes_on(self, live, finished, max_len, beam_size):
        return len(live[0][0]) - 1 <= max_len


@misconception()
class BeamOneTooFew(Decoding):
    """There is one step too few: `bos_id` was counted. `max_len` counts the generated tokens, without it."""

    def goes_on(self, live, finished, max_len, beam_size):
        return len(live[0][0]) < max_len


@misconception()
class BeamKeepsBos(Decoding):
    """The ids still begin with `bos_id`. Return what was generated, without it."""

    def answer(self, best, eos_id):
        return best


@misconception()
class BeamDropsEos(Decoding):
    """The ids are returned without `eos_id`. It belongs to them where it was generated."""

    def answer(self, best, eos_id):
        ids, score = super().answer(best, eos_id)
        return ids[:-1] if ids[-1:] == [eos_id] else ids, score


@misconception(weight=Weight.SLIP)
class BeamEosIsTwo(Decoding):
    """The end is always taken to be the id 2. Compare with the argument `eos_id`."""

    def has_ended(self, ids, eos_id):
        return ids[-1] == 2


@misconception(weight=Weight.SLIP)
class BeamBosIsOne(Decoding):
    """The search always begins with the id 1. Begin with the argument `bos_id`."""

    def first(self, bos_id, beam_size):
        return [([1], 0.0)]


@misconception()
class BeamOrderMixedUp(Decoding):
    """The new token is appended to the wrong hypothesis. Divide the flat index by the size of the vocabulary: the
    quotient is the hypothesis, the remainder is the token."""

    def extended(self, live, i, token, sums):
        _, total = super().extended(live, i, token, sums)
        return [*live[-1 - i][0], token], total


@misconception()
class BeamAsksForTheFirst(Decoding):
    """The log-probabilities are those of the first hypothesis, for all of them. Ask for every prefix."""

    def asked(self, next_log_probs, live):
        return super().asked(next_log_probs, live[:1]).repeat(len(live), axis=0)


@misconception()
class BeamAsksForTheNewest(Decoding):
    """The model is given the newest tokens alone. It needs the whole prefixes, from `bos_id` on."""

    def asked(self, next_log_probs, live):
        return super().asked(next_log_probs, [(ids[-1:], total) for ids, total in live])


@misconception(weight=Weight.SLIP)
class BeamReturnsPositive(Decoding):
    """The score has the wrong sign. It is a sum of log-probabilities, divided by the penalty: never above 0."""

    def answer(self, best, eos_id):
        ids, score = super().answer(best, eos_id)
        return ids, -score


@misconception(weight=Weight.SLIP)
class BeamReturnsSum(Decoding):
    """The sum of log-probabilities is returned. The score is this sum divided by the length penalty."""

    def best(self, candidates, alpha, eos_id):
        found = super().best(candidates, alpha, eos_id)
        return next(hypothesis for hypothesis in candidates if hypothesis[0] == found[0])


@misconception(weight=Weight.SLIP)
class BeamReturnsProbability(Decoding):
    """The score is a probability. Return the sum of log-probabilities, divided by the penalty."""

    def answer(self, best, eos_id):
        ids, score = super().answer(best, eos_id)
        return ids, float(np.exp(score))


@misconception(weight=Weight.NOTHING_LEFT)
class BeamReturnsNothing(Decoding):
    """No ids are returned. Return those of the best hypothesis."""

    def answer(self, best, eos_id):
        return [], best[1]
