"""Misconceptions about the embedding."""

import math

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.transformer.steps import Model


@misconception()
class ModelNoEmbeddingScale(Model):
    """The embeddings are not multiplied by √d_model. Do that, or the positional encoding drowns them."""

    def scaled(self, vectors, table):
        return vectors


@misconception()
class ModelEmbeddingDivided(Model):
    """The embeddings are divided by √d_model. Section 3.4 multiplies: they become larger, not smaller."""

    def scaled(self, vectors, table):
        return vectors / math.sqrt(table.shape[1])


@misconception("model-scaled-twice")
class ModelEmbeddingTimesD(Model):
    """The embeddings are multiplied by d_model itself, or by its root twice: in the embedding and again in the model.
    Multiply by the root, once."""

    def scaled(self, vectors, table):
        return vectors * table.shape[1]


@misconception()
class ModelEmbeddingScaledByVocabulary(Model):
    """The embeddings are multiplied by the root of the vocabulary's size. It is the root of d_model, the length of one
    vector."""

    def scaled(self, vectors, table):
        return vectors * math.sqrt(table.shape[0])


@misconception()
class ModelPositionsScaledToo(Model):
    """The sum of embedding and encoding is multiplied by √d_model. Scale the embedding first, then add the positions as
    they are."""

    def with_positions(self, parts, x, side):
        root = math.sqrt(x.shape[-1])
        return parts.positional_encoding(x / root) * root


@misconception()
class ModelTableScaledInPlace(Model):
    """The table itself is multiplied by √d_model, in place: at every call it grows again. Scale what was looked up."""

    def scaled(self, vectors, table):
        if self.xp is np:
            table *= math.sqrt(table.shape[1])
        else:
            table.data.mul_(math.sqrt(table.shape[1]))
        return super().scaled(vectors, table)


@misconception(hurts_training=True)
class ModelEmbeddingDetached(Model):
    """The gradient does not reach the table of embeddings: `.data` or `.detach()` cuts it off, and the table is never
    trained."""

    def looked_up(self, table, ids):
        return super().looked_up(table if self.xp is np else table.detach(), ids)


@misconception()
class ModelEmbeddingView(Model):
    """The ids are reshaped by `view`, which needs contiguous memory, and a slice of a batch is not contiguous. A
    look-up takes ids of any shape as they are."""

    def looked_up(self, table, ids):
        return super().looked_up(table, ids if self.xp is np else ids.view(-1).view(ids.shape))


@misconception()
class ModelSharedEmbedding(Model):
    """Source and target share one table of embeddings. Here each vocabulary has its own: `src_embedding` and
    `tgt_embedding`."""

    def embedding_of(self, parts, side):
        return parts.src_embedding

    def embeddings(self, module, token_embedding, sizes, d_model):
        module.src_embedding = module.tgt_embedding = token_embedding(max(sizes), d_model)


@misconception()
class ModelOneEmbeddingForBoth(Model):
    """`src_embedding` and `tgt_embedding` are one object, or share one table. Make two, one for each vocabulary."""

    def embeddings(self, module, token_embedding, sizes, d_model):
        module.src_embedding = module.tgt_embedding = token_embedding(sizes[0], d_model)


@misconception()
class ModelTargetInSourceTable(Model):
    """`decode` looks the target up in the source's table, `src_embedding`. Its ids belong to another vocabulary: call
    `tgt_embedding` there."""

    def embedding_of(self, parts, side):
        return super().embedding_of(parts, side) if self.xp is np else parts.src_embedding


@misconception()
class ModelEmbeddingsSwapped(Model):
    """The two tables of embeddings are swapped: the source is looked up in the target's table, and the other way
    round."""

    def embedding_of(self, parts, side):
        return parts.tgt_embedding if side == "src" else parts.src_embedding


@misconception()
class ModelBatchTimeMixed(Model):
    """The axes of batch and tokens are exchanged by a reshape, which mixes the sentences of a batch. Everything here is
    batch first; where axes must change places, transpose."""

    def with_positions(self, parts, x, side):
        batch, tokens, d_model = x.shape
        mixed = self.xp.swapaxes(x.reshape(tokens, batch, d_model), 0, 1)
        return super().with_positions(parts, mixed, side)


@misconception()
class ModelSourceNotScaled(Model):
    """The source's embeddings are not multiplied by √d_model, only the target's are. Both are."""

    def embedding_of(self, parts, side):
        own = super().embedding_of(parts, side)
        return (lambda ids: own(ids) / math.sqrt(own(ids).shape[-1])) if side == "src" else own


@misconception()
class ModelTargetNotScaled(Model):
    """The target's embeddings are not multiplied by √d_model, only the source's are. Both are."""

    def embedding_of(self, parts, side):
        own = super().embedding_of(parts, side)
        return (lambda ids: own(ids) / math.sqrt(own(ids).shape[-1])) if side == "tgt" else own


@misconception()
class ModelEmbeddingScaleHardCoded(Model):
    """The embeddings are multiplied by √512, whatever d_model is. 512 is only the paper's choice: take the root of
    d_model."""

    def scaled(self, vectors, table):
        return vectors * math.sqrt(512)


@misconception()
class ModelTableMisnamed(Model):
    """The table is called `lut`, as in a widely copied tutorial. This exercise calls it `embedding`, so that weights
    can be loaded by name."""

    def make_table(self, module, vocab_size, d_model):
        module.lut = self.xp.nn.Embedding(vocab_size, d_model)

    def table_of(self, module):
        return module.lut.weight


@misconception()
class ModelTableBare(Model):
    """The table is a bare parameter of the module, and its name is not `embedding.weight`. Make it an `nn.Embedding`
    called `embedding`."""

    def make_table(self, module, vocab_size, d_model):
        module.embedding = self.xp.nn.Parameter(self.xp.zeros(vocab_size, d_model))

    def table_of(self, module):
        return module.embedding


@misconception()
class ModelTableFrozen(Model):
    """The table is frozen (`requires_grad=False`, or `from_pretrained` with its default), so it never learns. Leave it
    trainable."""

    def make_table(self, module, vocab_size, d_model):
        super().make_table(module, vocab_size, d_model)
        module.embedding.weight.requires_grad = False


@misconception(weight=Weight.NOTHING_LEFT)
class ModelEmbeddingZeros(Model):
    """The vectors are 0, whatever the ids. Look each id up in the table, and multiply by √d_model."""

    def scaled(self, vectors, table):
        return 0 * vectors
