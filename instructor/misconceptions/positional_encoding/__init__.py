"""Misconceptions about positional encoding, for both wings."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.positional_encoding import (
    addition,
    base,
    columns,
    dropout,
    exponent,
    positions,
    registration,
    rows,
    table_dtype,
)

MISCONCEPTIONS = misconceptions_in(
    exponent, base, positions, columns, table_dtype, registration, rows, addition, dropout
)
