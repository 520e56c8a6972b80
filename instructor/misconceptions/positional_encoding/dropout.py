"""Misconceptions about dropout of the positional encoding."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.positional_encoding.steps import Sinusoids


@misconception(hurts_training=True)
class PeDropoutInEval(Sinusoids):
    """Dropout stays on in evaluation. `F.dropout` needs `training=self.training`; `nn.Dropout` does it by itself."""

    def drop(self, x, p, training):
        return super().drop(x, p, True)


@misconception(hurts_training=True)
class PeNoDropout(Sinusoids):
    """The argument `dropout` is never used. In training, drop numbers of the sum with it."""

    def drop(self, x, p, training):
        return x


@misconception(hurts_training=True)
class PeDropoutOnX(Sinusoids):
    """Dropout is applied to x before the table is added. The paper applies it to the sum (section 5.4)."""

    def forward(self, x, rows, p, training):
        return self.add(self.drop(x, p, training), rows)


@misconception(hurts_training=True)
class PeDropoutOnTable(Sinusoids):
    """Dropout is applied to the table alone. The paper applies it to the sum of embedding and encoding (section
    5.4)."""

    def forward(self, x, rows, p, training):
        return self.add(x, self.drop(rows.expand(x.shape), p, training))


@misconception(hurts_training=True)
class PeDropoutNotRescaled(Sinusoids):
    """What dropout keeps is not scaled by 1 / (1 - p), so in training the numbers shrink. `nn.Dropout` and `F.dropout`
    scale by themselves."""

    def drop(self, x, p, training):
        return super().drop(x, p, training) * (1 - p if training else 1)


@misconception(hurts_training=True)
class PeDropoutKeepsP(Sinusoids):
    """`dropout` is taken for the share that is kept. It is the share that is dropped: pass it to `nn.Dropout` as it
    is."""

    def drop(self, x, p, training):
        return super().drop(x, 1 - p, training)


@misconception(hurts_training=True)
class PeDropoutTwice(Sinusoids):
    """The sum goes through dropout twice, so far more than the share `dropout` is lost. Once is enough."""

    def drop(self, x, p, training):
        return super().drop(super().drop(x, p, training), p, training)


@misconception(hurts_training=True)
class PeDropoutOnEachPart(Sinusoids):
    """`x` and the table are dropped separately, before they are added. The paper applies dropout once, to the sum
    (section 5.4)."""

    def forward(self, x, rows, p, training):
        return self.add(self.drop(x, p, training), self.drop(rows.expand(x.shape), p, training))


@misconception(weight=Weight.SLIP)
class PeNoDropoutByDefault(Sinusoids):
    """Nothing is dropped when `dropout` is left out. Its default is 0.1."""

    default_dropout = 0.0


@misconception(weight=Weight.SLIP)
class PeDefaultDropoutHalf(Sinusoids):
    """Half of the numbers are dropped when `dropout` is left out. Its default is 0.1."""

    default_dropout = 0.5
