"""Unit 1, positional encoding: how the written answers are marked."""

from autograder.exercise import Mark, Question

QUESTIONS = (
    Question(
        "shift",
        Mark(
            0.5,
            "(a) the 2 × 2 matrix, derived with the angle-sum identities",
            "(a) Derive the matrix: write out sin ω(pos + k) and cos ω(pos + k) with the angle-sum identities and "
            "collect the factors of sin ω pos and cos ω pos.",
        ),
        Mark(
            0.5,
            '(a) "rotation", together with "independent of the position"',
            "(a) The matrix is a rotation by the angle ωk, and it depends on k and the frequency only, not on pos. "
            "Both belong to the answer.",
        ),
        Mark(
            0.5,
            "(b) the block diagonal matrix, with a frequency of its own in each block",
            "(b) M_k for the whole row has one such block for each pair on its diagonal, each with its own frequency, "
            "and zeros elsewhere.",
        ),
        Mark(
            0.5,
            "(b) the missing cosine as the reason",
            "(b) Two positions may share a sine and have opposite cosines. They have to move to different places, and "
            "the sine alone cannot tell them apart.",
        ),
        half="(a) gives the matrix and what it does, and (b) is missing or wrong.",
        remark="Signs that differ because columns and rows were exchanged are right if it is said.",
    ),
    Question(
        "base",
        Mark(
            0.5,
            "(a) the longest wavelength (about 63 tokens) as the reason that there is no coarse position, or no order "
            "of far distances",
            "(a) With base 10 even the slowest wave repeats after about 63 tokens, so nothing says whether a token is "
            "at the beginning or the end of the text.",
        ),
        Mark(
            0.5,
            "(b) the comparison of Wx + Wp with W₁x + W₂p, or the greater width, either with its consequence for the "
            "size of the following layers",
            "(b) Write out both: W(x + p) = Wx + Wp for the sum, W₁x + W₂p side by side. The second is more general, "
            "and every later matrix has to be wider for it.",
        ),
        half="only one of the two parts is answered with its reason.",
    ),
)
