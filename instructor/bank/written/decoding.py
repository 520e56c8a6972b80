"""Unit 10, decoding: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "length_penalty",
        Mark(
            0.5,
            "(a) both probabilities, 0.33 and 0.0038",
            "(a) Give both probabilities: 0.8⁵ = 0.33 and 0.8²⁵ = 0.0038.",
        ),
        Mark(
            0.5,
            "(a) the comparison with the empty sentence",
            "(a) Compare: the empty sentence loses only if ending at once is less probable than 0.0038.",
        ),
        Mark(
            0.5,
            "(b) sentences that are too long",
            "(b) Say what it would prefer: sentences that are too long, with repetitions and empty phrases.",
        ),
        Mark(
            0.5,
            "(b) why: the mean does not fall with the length",
            "(b) Say why: every token that is more probable than the mean so far makes the mean better.",
        ),
        half="(a) is complete, and (b) says that such a search prefers short sentences.",
    ),
    Question(
        "corpus_bleu",
        Mark(
            0.5,
            "(a) a reason",
            "(a) Give a reason: a sentence without a matching 4-gram counts 0 alone, but adds to a corpus's sums.",
        ),
        Mark(
            0.5,
            "(a) a second reason; one of the two has an example",
            "(a) Give a second reason: the average weighs sentences equally, the corpus weighs n-grams equally.",
        ),
        Mark(
            0.5,
            "(b) the one on tokens of BPE",
            "(b) The number on tokens of BPE is likely to be larger.",
        ),
        Mark(
            0.5,
            "(b) why it proves nothing",
            "(b) Say why: parts of wrong words match, and a right word gives several matches in a row.",
        ),
        half="(a) gives one reason, and (b) names the right system without saying why it proves nothing.",
    ),
)
