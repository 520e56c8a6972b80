"""Unit 9, training: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "smoothing",
        Mark(
            0.25,
            "(a) infinitely large without smoothing",
            "(a) Without smoothing the loss is 0 only for p = 1, and that needs an infinite distance to all others.",
        ),
        Mark(
            0.25,
            "(a) 11.4 with smoothing, or the formula",
            "(a) With smoothing the best is p = q, so the distance is ln(0.90001 / 0.00001) = 11.4.",
        ),
        Mark(
            0.25,
            "(b) perplexity measures how sure the model is, accuracy which class is first",
            "(b) Perplexity asks how probable the label is, accuracy only whether it comes first.",
        ),
        Mark(
            0.25,
            '(b) a reason for "no worse", or better',
            "(b) Say why accuracy does not suffer: the label is still on top, and the model overfits less.",
        ),
        half="(a) is complete, and (b) only says that the loss is another one.",
    ),
    Question(
        "ablation",
        Mark(
            0.25,
            "(a) the model copies the token that it reads",
            "(a) Without the shift, position t reads its own label and copies it to the output.",
        ),
        Mark(
            0.25,
            "(a) in decoding there is nothing to copy",
            "(a) When it decodes, the next word is not there to be copied, so what it says is meaningless.",
        ),
        Mark(
            0.25,
            "(b) decoding as the measurement",
            "(b) Let it decode, and count what is right: exact matches, the edit distance or BLEU.",
        ),
        Mark(
            0.25,
            "(b) unseen sentences are read with teacher forcing, too",
            "(b) The loss on unseen sentences uses teacher forcing, too, so it hides a missing shift or causal mask.",
        ),
        half="(a) is complete, and (b) names the loss on unseen sentences as the measurement.",
    ),
    Question(
        "forced",
        Mark(
            0.5,
            "(a) the power, and about 36 %",
            "(a) All 20 tokens are right with probability 0.95²⁰ = 0.36, in about one sentence of three.",
        ),
        Mark(
            0.5,
            "(b) it reads its own prefix, unlike those of training",
            "(b) In training it reads the right prefix. When it writes, it reads its own errors, and more follow.",
        ),
        half="(a) is complete, and (b) is missing or only says that errors add up.",
    ),
)
