"""Unit 5, the encoder: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "one_norm",
        Mark(
            0.25,
            "(a) equal initial values",
            "(a) Every fresh norm has γ = 1 and β = 0, so before training the two norms are the same function.",
        ),
        Mark(
            0.25,
            "(a) statistics are not learned (or: nothing else is stored)",
            "(a) Say why nothing else differs: mean and variance are computed anew from each input; they are not "
            "weights.",
        ),
        Mark(
            0.25,
            "(b) one of: summed gradients; the same scale and shift in both places; missing parameters",
            "(b) The single norm gets the sum of the gradients from both places, so it learns something that neither "
            "of the two would.",
        ),
        Mark(
            0.25,
            "(b) a second one of these",
            "(b) Two differences were asked for. Another one: both places are scaled and shifted alike from then on.",
        ),
        half="(a) is complete, and (b) says no more than that the two models learn differently.",
    ),
    Question(
        "reach",
        Mark(
            0.25,
            "(a) all outputs, after one layer",
            "(a) Without a mask every output can move after a single layer.",
        ),
        Mark(
            0.25,
            "(a) attention (key and value) as the only way between tokens",
            "(a) Attention is the only way from one token to another: token j is a key and a value for all of them. "
            "The feed-forward network and the norms work on each token alone.",
        ),
        Mark(
            0.25,
            "(b) |i − j| ≤ N",
            "(b) Each layer adds one neighbour on each side, so after N layers the outputs with |i − j| ≤ N can move.",
        ),
        Mark(
            0.25,
            "(b) 99",
            "(b) From the last of 100 tokens to the first it takes 99 layers, one for each step.",
        ),
        half="(a) is complete, and (b) is guessed.",
        remark='"The feed-forward network spreads it" costs ¼.',
    ),
)
