"""Unit 3, the feed-forward network: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "one_relu",
        Mark(
            0.25,
            "(a) the product W₁W₂ and the bias b₁W₂ + b₂",
            "(a) Multiply it out: (xW₁ + b₁)W₂ + b₂ = x(W₁W₂) + (b₁W₂ + b₂). That is one matrix and one bias.",
        ),
        Mark(
            0.25,
            "(a) both counts (without the biases is fine)",
            "(a) Give both counts: one map needs 512² + 512 = 262,656 numbers, the network keeps 2,099,712.",
        ),
        Mark(
            0.25,
            "(b) the output is not negative",
            "(b) A ReLU on the output means that the output is never negative.",
        ),
        Mark(
            0.25,
            "(b) what follows for x + FFN(x): it can only add",
            "(b) Say what that means for x + FFN(x): a feature can be made larger, but never smaller.",
        ),
        half="(a) has both counts but multiplies nothing out, and (b) only says that the output is never negative.",
        remark='"It destroys information" alone gets ¼ in (b).',
    ),
    Question(
        "same_cost",
        Mark(
            0.25,
            "(a) attention: 4nd² + 2n²d",
            "(a) Count attention again: four maps with d² multiplications a token, and two products with n²d each.",
        ),
        Mark(
            0.25,
            "(a) the feed-forward network: 8nd²",
            "(a) Count the feed-forward network again: two maps with d · 4d multiplications a token, 8nd² together.",
        ),
        Mark(
            0.25,
            "(b) n = 2d",
            "(b) Set your two counts equal and solve for n: 4nd² + 2n²d = 8nd² gives n = 2d, 1024 tokens at 512 "
            "features.",
        ),
        Mark(
            0.25,
            "(b) the square against the proportion",
            "(b) Say what follows for a book: attention grows with the square of the length, the feed-forward network "
            "in proportion to it.",
        ),
        half="one of the two counts is right, and (b) says that attention grows with the square, without n = 2d.",
        remark="(b) Who compares only the scores and sums with the feed-forward network, and says so, gets n = 4d and "
        "the mark.",
    ),
)
