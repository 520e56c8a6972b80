"""Misconceptions about training, for both wings, and about the way back through the loss and the whole model."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.training import (
    adam,
    backward,
    checkpoints,
    clipping,
    evaluation,
    hunt,
    loop,
    loss,
    loss_backward,
    one_step,
    schedule,
    smoothing,
    targets,
)

MISCONCEPTIONS = misconceptions_in(
    targets,
    loss,
    smoothing,
    loss_backward,
    schedule,
    adam,
    clipping,
    one_step,
    evaluation,
    checkpoints,
    loop,
    hunt,
    backward,
)
