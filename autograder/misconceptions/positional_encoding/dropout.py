"""Misconceptions about dropout of the positional encoding."""

from autograder.exercise import misconception
from autograder.misconceptions.positional_encoding.steps import Sinusoids


@misconception()
class PeDropoutInEval(Sinusoids):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def drop(self, x, p, training):
        return super().drop(x, p, True)


@misconception()
class PeNoDropout(Sinusoids):
    """The argument `dropout` is never used. In training numbers of the sum are dropped."""

    def drop(self, x, p, training):
        return x


@misconception()
class PeDropoutOnX(Sinusoids):
    """Dropout is applied to x before the table is added. The paper applies it to the sum (section 5.4)."""

    def forward(self, x, rows, p, training):
        return self.add(self.drop(x, p, training), rows)


@misconception()
class PeDropoutOnTable(Sinusoids):
    """Dropout is applied to the table alone. The paper applies it to the sum of embedding and encoding (section
    5.4)."""

    def forward(self, x, rows, p, training):
        return self.add(x, self.drop(rows.expand(x.shape), p, training))


@misconception()
class PeDropoutNotRescaled(Sinusoids):
    """What dropout keeps is not scaled by 1 / (1 - p): in training the expectation shrinks."""

    def drop(self, x, p, training):
        return super().drop(x, p, training) * (1 - p if training else 1)
