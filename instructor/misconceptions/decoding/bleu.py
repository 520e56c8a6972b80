"""Misconceptions about BLEU."""

from collections import Counter

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.decoding.steps import Decoding


@misconception()
class BleuNoClipping(Decoding):
    """An n-gram counts as often as the hypothesis has it. It may match only as often as it is in a reference: "the the
    the" earns one "the"."""

    def matched(self, found, known):
        return float(sum(count for ngram, count in found.items() if any(ngram in one for one in known)))


@misconception()
class BleuDistinctNgrams(Decoding):
    """Each different n-gram counts once. Count every occurrence, up to the number in a reference."""

    def matched(self, found, known):
        return float(len({ngram for ngram in found if any(ngram in one for one in known)}))

    def total(self, found, known):
        return float(len(found))


@misconception()
class BleuReferencesAddedUp(Decoding):
    """The counts of several references are added up. Take for each n-gram the largest count in any one of them."""

    def matched(self, found, known):
        together: Counter = Counter()
        for one in known:
            together += one
        return float(sum((found & together).values()))


@misconception()
class BleuFirstReference(Decoding):
    """Only the first reference is looked at. An n-gram may be in any of them."""

    def used(self, translations):
        return translations[:1]


@misconception()
class BleuRecall(Decoding):
    """The matches are divided by the n-grams of the reference. That is recall; BLEU takes precision, by those of the
    hypothesis."""

    def total(self, found, known):
        return float(sum(known[0].values()))


@misconception()
class BleuNoBrevity(Decoding):
    """Short output is not penalised. Precision alone is high for output that says little: multiply by the brevity
    penalty."""

    def brevity(self, reference, hypothesis):
        return 1.0 if hypothesis else 0.0


@misconception()
class BleuRewardsLength(Decoding):
    """The brevity penalty is above 1 for long output. It is at most 1: only shorter output is penalised."""

    def brevity(self, reference, hypothesis):
        return float(np.exp(1 - reference / hypothesis)) if hypothesis else 0.0


@misconception()
class BleuPunishesLength(Decoding):
    """The brevity penalty hits long output instead of short output: the ratio is upside down. It is e^(1 - r/c) where c
    < r, with r the length of the references."""

    def brevity(self, reference, hypothesis):
        return float(np.exp(min(0.0, 1 - hypothesis / reference)))


@misconception()
class BleuBrevityRatio(Decoding):
    """The brevity penalty is the ratio of the lengths. It is e^(1 - r/c)."""

    def brevity(self, reference, hypothesis):
        return min(1.0, hypothesis / reference)


@misconception()
class BleuShortestReference(Decoding):
    """The length of the shortest reference is taken. Take the one closest to the hypothesis."""

    def reference_length(self, lengths, length):
        return min(lengths)


@misconception()
class BleuLongestReference(Decoding):
    """The length of the longest reference is taken. Take the one closest to the hypothesis."""

    def reference_length(self, lengths, length):
        return max(lengths)


@misconception()
class BleuFirstLength(Decoding):
    """The length of the first reference is taken. Take the one closest to the hypothesis."""

    def reference_length(self, lengths, length):
        return lengths[0]


@misconception()
class BleuMeanLength(Decoding):
    """The mean length of the references is taken. Take the one closest to the hypothesis."""

    def reference_length(self, lengths, length):
        return sum(lengths) / len(lengths)


@misconception(weight=Weight.SLIP)
class BleuLongerOfClosest(Decoding):
    """Of two references equally close in length the longer is taken. Take the shorter."""

    def reference_length(self, lengths, length):
        return min(lengths, key=lambda other: (abs(other - length), -other))


@misconception()
class BleuSentenceAverage(Decoding):
    """BLEU is computed for each sentence, and averaged. Add the counts up over the whole corpus, then divide."""

    def bleu(self, references, hypotheses, max_n=4):
        pairs = zip(references, hypotheses, strict=True)
        return float(np.mean([Decoding.bleu(self, [r], [h], max_n) for r, h in pairs]))


@misconception()
class BleuArithmeticMean(Decoding):
    """The precisions are averaged as they are. Take the geometric mean: the exponential of the mean logarithm."""

    def mean(self, precisions):
        return float(np.mean(precisions))


@misconception()
class BleuArithmeticMeanUnlessZero(Decoding):
    """The precisions are averaged as they are; only where one is 0, BLEU is 0. Take the geometric mean: exp of the mean
    of their logarithms."""

    def mean(self, precisions):
        return float(np.mean(precisions)) if all(precisions) else 0.0


@misconception()
class BleuProduct(Decoding):
    """The precisions are multiplied, without the root. Take the geometric mean: the N-th root of the product."""

    def mean(self, precisions):
        return float(np.prod(precisions))


@misconception()
class BleuHighestOnly(Decoding):
    """Only the longest n-grams are counted. Take the geometric mean over n = 1 to `max_n`."""

    def mean(self, precisions):
        return precisions[-1]


@misconception()
class BleuOneToTooFew(Decoding):
    """The n-grams of `max_n` tokens are left out. n goes from 1 up to and with `max_n`."""

    def mean(self, precisions):
        return super().mean(precisions[:-1]) if len(precisions) > 1 else 0.0


@misconception(weight=Weight.SLIP)
class BleuFourAlways(Decoding):
    """The n-grams always have up to four tokens. Take the argument `max_n`."""

    def bleu(self, references, hypotheses, max_n=4):
        return super().bleu(references, hypotheses, 4)


@misconception()
class BleuSmoothed(Decoding):
    """The counts are smoothed: 1 is added to each. Take them as they are. Without a match of some order BLEU is 0."""

    def precisions(self, matches, totals):
        orders = enumerate(zip(matches, totals, strict=True))
        return [(m + (n > 0)) / (t + (n > 0)) if t + n else 0.0 for n, (m, t) in orders]


@misconception()
class BleuSkipsEmptyOrders(Decoding):
    """Orders without a match are left out of the mean. Where one is 0 the geometric mean is 0."""

    def mean(self, precisions):
        return super().mean([p for p in precisions if p])


@misconception(weight=Weight.SLIP)
class BleuZeroCrashes(Decoding):
    """Where an order has no match, the logarithm of 0 gives an error or no number. BLEU is then 0."""

    def mean(self, precisions):
        import math

        return math.exp(sum(math.log(p) for p in precisions) / len(precisions))


@misconception(weight=Weight.SLIP)
class BleuShare(Decoding):
    """BLEU is given as a share between 0 and 1. It goes from 0 to 100."""

    def in_percent(self, value):
        return value


@misconception(weight=Weight.SLIP)
class BleuRounded(Decoding):
    """BLEU is rounded. Return it as it is; rounding is for reports."""

    def in_percent(self, value):
        return round(100 * value, 1)


@misconception()
class BleuNgramsApart(Decoding):
    """The n-grams do not overlap: each begins where the last one ended. Each token begins one, as long as enough
    follow."""

    def ngrams(self, tokens, n):
        return Counter(tuple(tokens[i : i + n]) for i in range(0, len(tokens) - n + 1, n))


@misconception()
class BleuShortNgrams(Decoding):
    """The pieces at the end that are shorter than n are counted as n-grams. The last one begins at len - n."""

    def ngrams(self, tokens, n):
        return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens)))


@misconception()
class BleuLastNgramMissing(Decoding):
    """The last n-gram is left out. A sentence of T tokens has T - n + 1."""

    def ngrams(self, tokens, n):
        return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n))


@misconception()
class BleuNgramsUnordered(Decoding):
    """The order inside an n-gram is lost. "cat the" is not "the cat": take a tuple, and do not sort it."""

    def ngrams(self, tokens, n):
        return Counter(tuple(sorted(tokens[i : i + n])) for i in range(len(tokens) - n + 1))


@misconception(weight=Weight.NOTHING_LEFT)
class BleuOfWords(Decoding):
    """Only single tokens are compared. BLEU looks at runs of up to `max_n` tokens, which shows the order."""

    def mean(self, precisions):
        return precisions[0]
