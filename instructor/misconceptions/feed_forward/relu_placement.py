"""Misconceptions about where the ReLU stands."""

from autograder.exercise import misconception
from instructor.misconceptions.feed_forward.steps import Network


@misconception()
class FfnNoActivation(Network):
    """There is no ReLU between the two maps. Two linear maps in a row are one linear map."""

    def activate(self, before):
        return before


@misconception()
class FfnReluAfterSecond(Network):
    """The ReLU comes after the second map. It belongs between the two; otherwise they are one linear map."""

    def activate(self, before):
        return before

    def leave(self, output, x):
        return self.relu(output)


@misconception()
class FfnReluBoth(Network):
    """There is a second ReLU, on the output. The output may be negative: leave it as the second map gives it."""

    def leave(self, output, x):
        return self.relu(output)


@misconception()
class FfnReluFirst(Network):
    """The ReLU is applied to the input, before the first map. It belongs between the two maps."""

    def enter(self, x):
        return self.relu(x)

    def activate(self, before):
        return before


@misconception()
class FfnInPlaceOnInput(Network):
    """The input itself is clipped at 0, in place, and the residual branch with it. The ReLU acts on the hidden
    numbers."""

    def enter(self, x):
        x[x < 0] = 0
        return x


@misconception()
class FfnSoftmaxBetween(Network):
    """There is a softmax between the two maps. It belongs to attention; here the ReLU treats every hidden number on its
    own."""

    def activate(self, before):
        powers = self.xp.exp(before)
        return powers / powers.sum(-1)[..., None]


@misconception()
class FfnAddAndNorm(Network):
    """The input is added and the sum is normalised. That is the residual connection around this layer, which comes in a
    later unit: return the output of the second map."""

    def leave(self, output, x):
        total = x + output
        centred = total - total.mean(-1)[..., None]
        return centred / self.xp.sqrt((centred**2).mean(-1)[..., None] + 1e-5)
