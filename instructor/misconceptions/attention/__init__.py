"""Misconceptions about attention, for both wings."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.attention import (
    dropout,
    fixed_axes,
    heads,
    mask,
    mask_functions,
    multi_head_attention_backward,
    projections,
    scaled_dot_product_attention_backward,
    scores_and_scale,
    shapes_and_side_effects,
    softmax,
    softmax_backward,
    unfinished,
)

MISCONCEPTIONS = misconceptions_in(
    softmax,
    scores_and_scale,
    mask,
    fixed_axes,
    shapes_and_side_effects,
    dropout,
    mask_functions,
    heads,
    projections,
    softmax_backward,
    scaled_dot_product_attention_backward,
    multi_head_attention_backward,
    unfinished,
)
