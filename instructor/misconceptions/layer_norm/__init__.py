"""Misconceptions about layer normalization and the residual connection, for both wings."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.layer_norm import (
    axes,
    backward,
    gain_and_bias,
    memory_and_gradient,
    residual_connection,
    variance,
)

MISCONCEPTIONS = misconceptions_in(axes, variance, gain_and_bias, memory_and_gradient, residual_connection, backward)
