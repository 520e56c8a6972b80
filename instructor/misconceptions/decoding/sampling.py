"""Misconceptions about the distribution of the next token."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.decoding.steps import Decoding


@misconception()
class TemperatureAfterSoftmax(Decoding):
    """The probabilities are divided by the temperature, not the logits. After that the sum is made 1 again, and nothing
    has changed."""

    def tempered(self, logits, temperature):
        return self.shifted(logits)


@misconception()
class TemperatureMultiplies(Decoding):
    """The logits are multiplied by the temperature. Divide: a low temperature makes the best token more probable."""

    def tempered(self, logits, temperature):
        return self.shifted(logits) * temperature


@misconception()
class TemperatureTwice(Decoding):
    """The temperature is used twice, or squared. Divide the logits by it once."""

    def tempered(self, logits, temperature):
        return self.shifted(logits) / temperature**2


@misconception()
class TemperatureZeroDivides(Decoding):
    """Temperature 0 divides by 0. It gives the best token all the probability: treat it separately."""

    def greedy(self, logits):
        with np.errstate(all="ignore"):
            return self.probabilities(self.shifted(logits) / np.zeros(()))


@misconception()
class TemperatureZeroIsNone(Decoding):
    """Temperature 0 is treated as if it were 1, as `if temperature:` does. It gives the best token all the
    probability."""

    def greedy(self, logits):
        return self.probabilities(self.shifted(logits))


@misconception()
class TemperatureZeroUniform(Decoding):
    """With temperature 0 all tokens are equally likely. The best one gets all the probability."""

    def greedy(self, logits):
        return np.full_like(logits, 1 / logits.shape[-1])


@misconception()
class TemperatureZeroOfAll(Decoding):
    """With temperature 0 one best token is taken for all rows. Take the best along the last axis."""

    def greedy(self, logits):
        found = np.zeros_like(logits)
        found.flat[logits.argmax()] = 1.0
        return found


@misconception()
class TemperatureZeroReturnsIds(Decoding):
    """With temperature 0 the ids are returned. Return probabilities: 1 for the best token, 0 for the others."""

    def greedy(self, logits):
        return logits.argmax(axis=-1)


@misconception()
class SoftmaxOverflows(Decoding):
    """The exponentials of large logits are infinite. Subtract the largest of each row first: it changes nothing
    else."""

    def shifted(self, logits):
        return logits


@misconception()
class SoftmaxOverAll(Decoding):
    """The softmax runs over all rows together. Each row, along the last axis, is a distribution of its own."""

    def probabilities(self, logits):
        exps = np.exp(logits)
        return exps / exps.sum()


@misconception()
class TopKNotRenormalised(Decoding):
    """What is left after `top_k` does not add up to 1. Divide by its sum."""

    def renormalised(self, probabilities):
        return probabilities

    def best_share(self, probabilities, top_p):
        return super().best_share(super().renormalised(probabilities), top_p)


@misconception()
class TopkNeverRenormalised(Decoding):
    """What is left after `top_k` does not add up to 1, and `top_p` is then compared with sums that are too small.
    Divide by the sum after `top_k`, too."""

    def renormalised(self, probabilities):
        return probabilities


@misconception()
class TopkOrderForPlaces(Decoding):
    """`argsort` gives the tokens in their order, and not each token's place in it. Sort once more,
    `np.argsort(np.argsort(-p))`, or compare with the k-th best probability."""

    def places(self, probabilities):
        return np.argsort(-probabilities, axis=-1, kind="stable")

    def renormalised(self, probabilities):
        with np.errstate(all="ignore"):
            return super().renormalised(probabilities)


@misconception()
class TopKOneTooMany(Decoding):
    """One token too many is kept. `top_k` is how many stay."""

    def k_best(self, probabilities, top_k):
        return super().k_best(probabilities, top_k + 1)


@misconception()
class TopKOneTooFew(Decoding):
    """One token too few is kept. `top_k` is how many stay: the k-th best is among them."""

    def k_best(self, probabilities, top_k):
        return super().k_best(probabilities, max(1, top_k - 1))


@misconception()
class TopKWorst(Decoding):
    """The k least likely tokens are kept, as a sort from small to large gives them first. Keep the k likeliest."""

    def places(self, probabilities):
        return super().places(-probabilities)


@misconception()
class TopKOfAllRows(Decoding):
    """The k best of all rows together are kept. Every row keeps k of its own."""

    def places(self, probabilities):
        return super().places(probabilities.reshape(1, -1)).reshape(probabilities.shape)

    def renormalised(self, probabilities):
        with np.errstate(all="ignore"):
            return super().renormalised(probabilities)


@misconception(weight=Weight.SLIP)
class TopKLargerThanVocabulary(Decoding):
    """A `top_k` above the size of the vocabulary is an error. It keeps all."""

    def k_best(self, probabilities, top_k):
        worst = np.sort(probabilities, axis=-1)[..., [-top_k]]
        return self.renormalised(np.where(probabilities >= worst, probabilities, 0.0))


@misconception()
class TopKIgnored(Decoding):
    """`top_k` is not used. Only the k likeliest tokens keep a probability."""

    def k_best(self, probabilities, top_k):
        return probabilities


@misconception()
class TopPIgnored(Decoding):
    """`top_p` is not used. Keep the fewest of the best tokens that together reach it."""

    def best_share(self, probabilities, top_p):
        return probabilities


@misconception("topp-drops-crossing-token")
class TopPDropsCrossing(Decoding):
    """The token with which the share reaches `top_p` is dropped. It is the last one that stays; if the best token alone
    reaches it, it stays alone."""

    def stays(self, best, sums, top_p):
        return (sums < top_p) | (np.arange(best.shape[-1]) == 0)


@misconception()
class TopPKeepsNone(Decoding):
    """The token with which the share reaches `top_p` is dropped, and where it is the best one, nothing is left: 0/0 is
    NaN. It is the last one that stays."""

    def stays(self, best, sums, top_p):
        return sums < top_p


@misconception()
class TopPOneTooMany(Decoding):
    """One token more than needed is kept. Stop with the one with which the share reaches `top_p`."""

    def stays(self, best, sums, top_p):
        reached = sums - best < top_p
        return reached | np.roll(reached, 1, axis=-1)


@misconception()
class TopPThreshold(Decoding):
    """Tokens whose own probability is above `top_p`, or above 1 - `top_p`, are kept. Add the probabilities up, from the
    best on, until they reach it."""

    def stays(self, best, sums, top_p):
        return (best > 1 - top_p) | (np.arange(best.shape[-1]) == 0)


@misconception()
class TopPFromTheWorst(Decoding):
    """The probabilities are added up from the least likely on. Begin with the likeliest."""

    def stays(self, best, sums, top_p):
        return sums[..., -1:] - sums < top_p


@misconception()
class TopPNotRenormalised(Decoding):
    """What is left after `top_p` does not add up to 1. Divide by its sum."""

    def renormalised_share(self, probabilities):
        return probabilities


@misconception()
class ToppNotPutBack(Decoding):
    """After `top_p` the probabilities stay sorted, and no longer belong to their tokens. Put them back in their places,
    as with `np.put_along_axis`."""

    def best_share(self, probabilities, top_p):
        return -np.sort(-super().best_share(probabilities, top_p), axis=-1)


@misconception("top-p-of-the-whole")
class TopPBeforeTopK(Decoding):
    """`top_p` is used before `top_k`, or is a share of the whole distribution, which is the same. The k best come
    first, and then the share *of what is left*: normalise in between."""

    def next_token_distribution(self, logits, temperature=1.0, top_k=None, top_p=None):
        first = super().next_token_distribution(logits, temperature, None, top_p)
        return first if top_k is None or temperature == 0 else self.k_best(first, top_k)


@misconception()
class TruncatedBeforeTemperature(Decoding):
    """`top_p` is used on the distribution without the temperature. The temperature comes first."""

    def best_share(self, probabilities, top_p):
        power = probabilities**self.warmth
        stays = super().best_share(self.renormalised(power), top_p) > 0
        return self.renormalised_share(np.where(stays, probabilities, 0.0))

    def tempered(self, logits, temperature):
        self.warmth = temperature
        return super().tempered(logits, temperature)


@misconception()
class DistributionOfLogits(Decoding):
    """Logarithms of the probabilities are returned. Return the probabilities."""

    def given_out(self, probabilities):
        with np.errstate(all="ignore"):
            return np.log(probabilities)


@misconception()
class DistributionSorted(Decoding):
    """The probabilities come back sorted, and no longer belong to their tokens. Put them back in their places."""

    def given_out(self, probabilities):
        return -np.sort(-probabilities, axis=-1)


@misconception()
class DistributionDraws(Decoding):
    """A token is drawn. Return the distribution; drawing from it is another step."""

    def given_out(self, probabilities):
        return (np.cumsum(probabilities, axis=-1) < 0.5).sum(axis=-1)


@misconception()
class DistributionChangesLogits(Decoding):
    """The caller's logits are changed in place. Make a new array."""

    def shifted(self, logits):
        logits -= logits.max(axis=-1, keepdims=True)
        return logits


@misconception(weight=Weight.NOTHING_LEFT)
class DistributionUniform(Decoding):
    """All tokens are equally likely. Take the softmax of the logits."""

    def given_out(self, probabilities):
        return np.full_like(probabilities, 1 / probabilities.shape[-1])
