"""Misconceptions about tokenization: merges, encoding, decoding, vocabularies, padding and batches."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.tokenization import batches, decoding_bytes, encoding, training, vocabulary

MISCONCEPTIONS = misconceptions_in(training, encoding, decoding_bytes, vocabulary, batches)
