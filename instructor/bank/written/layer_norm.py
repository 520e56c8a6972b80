"""Unit 4, layer normalization: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "three_ways",
        Mark(
            0.5,
            "(a) both slopes, with the reason that the differences from the mean sum to 0 (or that μ contributes "
            "nothing to ∂s)",
            "(a) In ∂s/∂xⱼ the part that comes through μ vanishes, because the differences from the mean sum to 0. "
            "That step is missing.",
        ),
        Mark(
            0.25,
            "(b) the sum over i",
            "(b) xⱼ moves every x̂ᵢ of the token, so the gradient of L is a sum over all i, not the term i = j alone.",
        ),
        Mark(
            0.25,
            "(b) the path of each of the three terms",
            "(b) Say which path each term belongs to: gⱼ is the direct path, the mean of g is the path through μ, and "
            "the term with x̂ⱼ is the path through s.",
        ),
        half="(a) is complete, and (b) repeats the formula without deriving it.",
        remark="A derivation with the matrix J = (I − 11ᵀ/d − x̂x̂ᵀ/d)/s, which is symmetric, is just as good.",
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
            "(b) one wrong pass that really gets through (zeros, or one without the term of the deviation)",
            "(b) The pass that you name would be caught. One that returns zeros gets through, and so does one that "
            "forgets the deviation.",
        ),
        Mark(
            0.25,
            "(b) a random upstream gradient as the cure",
            "(b) Say how to test instead: with a random upstream gradient, against numerical gradients or autograd.",
        ),
        half="(a) is complete, and the pass that (b) names would be caught.",
        remark="(b) A pass without the term of the *mean* does not get through: a test with ones finds it.",
    ),
)
