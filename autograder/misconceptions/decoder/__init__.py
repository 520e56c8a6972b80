"""Misconceptions about the decoder, for both wings."""

from autograder.exercise import misconceptions_in
from autograder.misconceptions.decoder import (
    assembly,
    backward,
    dropout,
    masks,
    residuals_and_norms,
    stack,
    sublayer_order,
    two_attentions,
)

MISCONCEPTIONS = misconceptions_in(
    masks, two_attentions, sublayer_order, residuals_and_norms, assembly, dropout, stack, backward
)
