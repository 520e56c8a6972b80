"""Misconceptions about the feed-forward network, for both wings, and about its backward pass."""

from autograder.exercise import misconceptions_in
from instructor.misconceptions.feed_forward import backward, dropout, registration, relu, relu_placement, two_maps

MISCONCEPTIONS = misconceptions_in(relu, relu_placement, two_maps, registration, dropout, backward)
