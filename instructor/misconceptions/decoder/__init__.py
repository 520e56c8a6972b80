"""Misconceptions about the decoder, for both wings."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.decoder import (
    assembly,
    attention_calls,
    backward,
    backward_of_parts,
    backward_results,
    dropout,
    masks,
    masks_in_part,
    memory,
    norms_inside,
    nothing_done,
    residuals_and_norms,
    stack,
    sublayer_order,
    two_attentions,
)

MISCONCEPTIONS = misconceptions_in(
    masks,
    masks_in_part,
    two_attentions,
    memory,
    attention_calls,
    sublayer_order,
    residuals_and_norms,
    norms_inside,
    assembly,
    dropout,
    stack,
    nothing_done,
    backward,
    backward_of_parts,
    backward_results,
)
