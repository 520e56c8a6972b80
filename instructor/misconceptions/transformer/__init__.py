"""Misconceptions about the whole model and about greedy decoding, for both wings."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.transformer import (
    assembly,
    dropout,
    embedding,
    greedy_decoding,
    masks,
    parameters,
    positions,
)

MISCONCEPTIONS = misconceptions_in(embedding, positions, masks, assembly, parameters, dropout, greedy_decoding)
