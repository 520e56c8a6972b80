"""Unit 7, the whole model: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "root",
        Mark(
            0.5,
            "(a) 1, d_model and d_model / 2; one of the three may be missing or be off by a constant",
            "(a) The squared lengths are 1 without the factor, d_model with it, and d_model / 2 for the encoding, "
            "where each pair has sin² + cos² = 1.",
        ),
        Mark(
            0.25,
            "(b) the positions drown the tokens (or: the token's share goes to 0 as the width grows)",
            "(b) Compare the lengths: without the factor the token is a vanishing share of the sum, and the model "
            "hardly sees which token it is.",
        ),
        Mark(
            0.25,
            "(b) the scale at initialisation as what the factor makes up for",
            "(b) The factor makes up for the small initial values. A table that starts with variance 1 has rows of the "
            "right length already.",
        ),
        half="(a) is complete, and (b) only says that training is more stable with the factor.",
        remark='"It is in the paper" gets nothing; the paper gives no reason.',
    ),
    Question(
        "offset",
        Mark(
            0.5,
            "(a) copying its input, without the source",
            "(a) The answer is the token that it reads, so it only has to copy its input. It needs no source.",
        ),
        Mark(
            0.25,
            "(b) it repeats `<bos>`, or what it was given last",
            "(b) It has learned to repeat what it reads, so it says `<bos>` again and again.",
        ),
        Mark(
            0.25,
            "(c) the empty first row, or the residual connection that leaks the answer all the same; one of the two",
            "(c) Without the diagonal the first query sees no key at all: its softmax is 0/0.",
        ),
        half="(a) is complete, and (b) and (c) are missing.",
    ),
)
