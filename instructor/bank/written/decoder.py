"""Unit 6, the decoder: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "all_of_the_source",
        Mark(
            0.5,
            "the source is known in full before generation starts, so nothing leaks",
            "The source is the given input: it is complete before the first target token is written, so looking at all "
            "of it gives nothing away.",
        ),
        Mark(
            0.5,
            "what is lost: word order or unequal lengths, with a reason or an example",
            "Say what a lower triangle would lose, with an example: positions in two languages need not correspond, "
            "and the end of a longer source would never be seen.",
        ),
        half="it says that the source is known beforehand, and not what would be lost.",
        remark='"Because the paper says so" gets nothing.',
    ),
    Question(
        "one_pass",
        Mark(
            0.25,
            "(a) lower triangle (or: output i does not depend on later tokens)",
            "(a) Name the property: ∂yᵢ/∂xⱼ is 0 for j > i, so output i depends on the tokens up to i only.",
        ),
        Mark(
            0.25,
            "(a) the target is known in training",
            "(a) One pass is enough because the whole target, and with it every prefix, is known in training.",
        ),
        Mark(
            0.5,
            "(b) the next input is the previous output",
            "(b) In use the next input is the token that was chosen from the previous output, so it does not exist "
            "before that output is computed.",
        ),
        half="(b) is complete, and (a) only says that a GPU computes all positions at once.",
        remark="That keys and values of earlier passes can be kept is right and need not be said.",
    ),
)
