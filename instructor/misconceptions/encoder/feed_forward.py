"""Misconceptions about the feed-forward network inside an encoder layer."""

from autograder.exercise import misconception
from instructor.misconceptions.encoder.steps import Layers


@misconception()
class EncFfnNoRelu(Layers):
    """There is nothing between the two linear maps, and without a ReLU they are one linear map. Put a ReLU between
    them."""

    def feed_forward(self, x, weights):
        return self.linear(self.linear(x, weights, "feed_forward.linear1"), weights, "feed_forward.linear2")


@misconception()
class EncFfnReluLast(Layers):
    """ReLU comes after the second linear map, so the update that is added can never be negative. ReLU belongs between
    the two maps."""

    def feed_forward(self, x, weights):
        after = self.linear(self.linear(x, weights, "feed_forward.linear1"), weights, "feed_forward.linear2")
        return after * (after > 0)


@misconception()
class EncFfnGelu(Layers):
    """The feed-forward network uses GELU (its tanh form), as BERT and GPT do. The paper uses ReLU, max(0, x)."""

    def feed_forward(self, x, weights):
        before = self.linear(x, weights, "feed_forward.linear1")
        gate = 0.5 * (1 + self.xp.tanh((2 / self.xp.pi) ** 0.5 * (before + 0.044715 * before**3)))
        return self.linear(before * gate, weights, "feed_forward.linear2")


@misconception()
class EncFfnDiscarded(Layers):
    """What the feed-forward network returns is not in the sum that the second norm gets. That sum is what the first
    sublayer returned plus what the network returns, in the backward pass as well."""

    def feed_forward(self, x, weights):
        return 0 * x


@misconception()
class EncFfnOfFirstToken(Layers):
    """The feed-forward network runs on the first token only, and all tokens get its result. It runs on each token by
    itself."""

    def feed_forward(self, x, weights):
        return super().feed_forward(x[:, :1], weights) + 0 * x
