"""Misconceptions about the encoder, for both wings: what goes wrong where good parts are put together."""

from autograder.exercise import misconceptions_in
from autograder.misconceptions.encoder import backward, dropout, mask, norms, residual_connections, stack, sublayers

MISCONCEPTIONS = misconceptions_in(norms, residual_connections, sublayers, mask, stack, dropout, backward)
