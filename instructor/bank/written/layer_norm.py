"""Unit 4, layer normalization: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "three_ways",
        Mark(
            0.5,
            "(a) both slopes, saying that the differences sum to 0 (or that μ contributes nothing to ∂s)",
            "(a) In ∂s/∂xⱼ the part that comes through μ vanishes, because the differences from the mean sum to 0. "
            "That step is missing.",
        ),
        Mark(
            0.25,
            "(b) the sum over i",
            "(b) xⱼ moves every x̂ᵢ of the token, so the slope of L is a sum over all i, not the term i = j alone.",
        ),
        Mark(
            0.25,
            "(b) the three terms named rightly",
            "(b) Say which way each term belongs to: gⱼ is the direct way, the mean of g is the way through μ, and the "
            "term with x̂ⱼ is the way through s.",
        ),
        remark="A derivation with the matrix J = (I − 11ᵀ/d − x̂x̂ᵀ/d)/s, which is symmetric, is as good.",
    ),
    Question(
        "ones",
        Mark(
            0.5,
            "(a) 0, with one of the two reasons",
            "(a) The gradient is 0: the normalised features of a token sum to 0 whatever x is, so the sum of the "
            "outputs does not depend on x. Give the reason, too.",
        ),
        Mark(
            0.25,
            "(b) one wrong pass that really slips through (zeros, or without the term of the deviation)",
            "(b) The pass you name would be caught. One that returns zeros slips through, and so does one that forgets "
            "the deviation.",
        ),
        Mark(
            0.25,
            "(b) random numbers as the cure",
            "(b) Say how to test instead: with random numbers from above, against numerical slopes or autograd.",
        ),
        remark="(b) A pass without the term of the *mean* does not slip through; the ones find it.",
    ),
)
