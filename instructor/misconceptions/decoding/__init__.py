"""Misconceptions about decoding: beam search, sampling, cached keys and values, and the measures."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.decoding import bleu, cached_keys, measures, sampling, search

MISCONCEPTIONS = misconceptions_in(search, sampling, cached_keys, measures, bleu)
