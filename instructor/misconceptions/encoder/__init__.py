"""Misconceptions about the encoder, for both wings: what goes wrong where good parts are put together."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.encoder import (
    attention,
    backward,
    backward_of_parts,
    backward_results,
    dropout,
    feed_forward,
    mask,
    norms,
    nothing_done,
    pre_norm,
    residual_connections,
    stack,
    sublayers,
)

MISCONCEPTIONS = misconceptions_in(
    norms,
    pre_norm,
    residual_connections,
    sublayers,
    attention,
    feed_forward,
    mask,
    stack,
    dropout,
    nothing_done,
    backward,
    backward_of_parts,
    backward_results,
)
