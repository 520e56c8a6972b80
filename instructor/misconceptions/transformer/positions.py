"""Misconceptions about the positions."""

from autograder.exercise import misconception
from instructor.misconceptions.transformer.steps import Model


@misconception()
class ModelNoPositions(Model):
    """No positional encoding is added: for the model a sentence is a bag of words."""

    def with_positions(self, parts, x, side):
        return x


@misconception()
class ModelNoTargetPositions(Model):
    """The target gets no positional encoding. Both embeddings get it, as figure 1 shows."""

    def with_positions(self, parts, x, side):
        return x if side == "tgt" else super().with_positions(parts, x, side)


@misconception()
class ModelNoSourcePositions(Model):
    """The source gets no positional encoding. Both embeddings get it, as figure 1 shows."""

    def with_positions(self, parts, x, side):
        return x if side == "src" else super().with_positions(parts, x, side)


@misconception("model-positions-in-the-embedding-too")
class ModelPositionsTwice(Model):
    """The positional encoding is added twice. Once, at the bottom of each stack, is enough."""

    def with_positions(self, parts, x, side):
        return parts.positional_encoding(parts.positional_encoding(x))


@misconception()
class ModelPositionsRestart(Model):
    """Every target token gets position 0, as if each decoding step began anew. Token t has position t."""

    def with_positions(self, parts, x, side):
        if side == "src":
            return parts.positional_encoding(x)
        tokens = [parts.positional_encoding(x[:, t : t + 1]) for t in range(x.shape[1])]
        return self.xp.concatenate(tokens, 1)


@misconception()
class ModelPositionsFromOne(Model):
    """The first token gets position 1. Positions count from 0: token t has position t."""

    def with_positions(self, parts, x, side):
        first = self.xp.concatenate([x[:, :1], x], 1)
        return parts.positional_encoding(first)[:, 1:]


@misconception()
class ModelPositionsAlongBatch(Model):
    """The positions run along the batch: all tokens of a sentence get the same one. Everything here is batch first, so
    the tokens are axis 1."""

    def with_positions(self, parts, x, side):
        swapped = self.xp.swapaxes(x, 0, 1)
        return self.xp.swapaxes(parts.positional_encoding(swapped), 0, 1)


@misconception()
class ModelLearnedPositions(Model):
    """The positions are an `nn.Embedding`, which is trained. The paper's encoding is a fixed table of sines and
    cosines: use `PositionalEncoding`."""

    def finish(self, module, d_model):
        table = module.positional_encoding.table
        module.positional_encoding = self.xp.nn.Embedding(len(table), d_model)
