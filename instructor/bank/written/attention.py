"""Unit 2, attention: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "variance",
        Mark(
            0.5,
            "(a) the variance 1 of one product, by independence of qᵢ and kᵢ",
            "(a) Show that one product qᵢkᵢ has variance 1, and say that you need the independence of qᵢ and kᵢ there.",
        ),
        Mark(
            0.5,
            "(a) adding the variances, by independence of the products (uncorrelated is enough)",
            "(a) Variances may be added only if the products are uncorrelated. Say so, and say why they are.",
        ),
        Mark(
            0.5,
            "(b) a softmax that saturates *and* has a vanishing gradient (both)",
            "(b) Two things happen with large scores: the weights come close to a single 1, and the gradient through "
            "the softmax is then nearly 0. Name both.",
        ),
        Mark(
            0.5,
            "(b) the standard deviation as the reason for the root",
            "(b) The scores have the standard deviation √d_k, so dividing by √d_k gives variance 1. Dividing by d_k "
            "gives 1/d_k, and every query gets almost the plain mean.",
        ),
        half="(a) is complete, and (b) only says that the scores get too large.",
        remark='The mean need not be derived at length. "The numbers get too large" without the variance or the '
        "gradient gets nothing in (b).",
    ),
    Question(
        "mask_first",
        Mark(
            0.5,
            "rows that do not sum to 1 (or: an output that is scaled down)",
            "The weights of the hidden keys are gone, so the rows no longer sum to 1 and the output is too small.",
        ),
        Mark(
            0.5,
            "the denominator, or in other words the influence of hidden keys on visible weights, as the leak",
            "Every visible weight still has the hidden keys in its denominator: change a future token, and the weights "
            "of earlier positions change. That is the leak.",
        ),
        half="it says that rows no longer sum to 1, and takes the hidden values for the leak.",
        remark="That normalising again would repair both on paper may be said, and need not be.",
    ),
)
