"""How much a mistake does what student code did."""

import numpy as np

from autograder.evidence import Failure, FailureKind
from autograder.judging.likeness import (
    Likeness,
    are_both_about_shapes,
    complain_alike,
    is_explained,
    likeness,
    passes,
    share_a_wrong_array,
)
from autograder.protocol.probe import Observation
from tests.direct.made_up import case, exercise, numbers, public, raised

DOUBLE = exercise(case("plain"), case("free", ungraded=lambda: {"y": np.array([True, False])}))
PLAIN, FREE = public("plain"), public("free")
RIGHT, WRONG = numbers(2.0), numbers(3.0)
OF_A_BLOCK = raised("ValueError", "`k` of `MultiHeadAttention` has the shape (3, 5, 8); it should be (batch, keys)")
OF_PYTORCH = raised("RuntimeError", "The size of tensor a (5) must match the size of tensor b (7)")


def test_a_block_that_refuses_a_shape_complains_like_any_code_that_fails_for_it():
    assert complain_alike(OF_A_BLOCK, OF_PYTORCH)
    assert likeness(DOUBLE, PLAIN, OF_A_BLOCK, OF_PYTORCH) is Likeness.SAME_ERROR_TYPE
    assert is_explained(DOUBLE, PLAIN, OF_A_BLOCK, OF_PYTORCH)
    assert not complain_alike(OF_A_BLOCK, raised("KeyError", "'w_q'"))
    assert not complain_alike(OF_A_BLOCK, WRONG)
    assert not complain_alike(OF_PYTORCH, OF_A_BLOCK)
    assert not complain_alike(WRONG, WRONG)


def test_a_product_and_a_sum_that_do_not_fit_are_both_about_shapes():
    product = raised("ValueError", "matmul: Input operand 1 has a mismatch in its core dimension 0")
    assert are_both_about_shapes(product, raised("ValueError", "operands could not be broadcast together"))
    assert are_both_about_shapes(product, OF_PYTORCH)
    for other in (raised("KeyError", "'w_q'"), WRONG):
        assert not are_both_about_shapes(product, other)
        assert not are_both_about_shapes(other, product)


def test_a_mistake_passes_as_student_code_does():
    assert passes(DOUBLE, PLAIN, RIGHT, RIGHT)
    assert not passes(DOUBLE, PLAIN, RIGHT, WRONG)
    assert not passes(DOUBLE, PLAIN, RIGHT, Failure(FailureKind.TIMED_OUT))
    more = Observation(RIGHT.arrays | {"gradient of z": np.ones(1)}, {})
    assert passes(DOUBLE, PLAIN, RIGHT, more)
    assert passes(DOUBLE, FREE, numbers(1, 2), numbers(9, 2))
    assert not passes(DOUBLE, FREE, numbers(1, 2), numbers(1, 9))


def pair(y, z):
    return Observation({"y": np.array([y]), "z": np.array([z])})


def test_one_wrong_array_that_both_have_is_a_hint():
    right = pair(2.0, 4.0)
    assert share_a_wrong_array(DOUBLE, PLAIN, pair(3.0, 9.0), pair(3.0, 5.0), right)
    assert not share_a_wrong_array(DOUBLE, PLAIN, pair(2.0, 9.0), pair(2.0, 5.0), right)
    assert not share_a_wrong_array(DOUBLE, PLAIN, pair(np.nan, 9.0), pair(np.nan, 5.0), right)
    assert not share_a_wrong_array(DOUBLE, PLAIN, raised("KeyError"), pair(3.0, 5.0), right)
    assert not share_a_wrong_array(DOUBLE, PLAIN, pair(2.0, 9.0), numbers(2.0), right)
    assert share_a_wrong_array(DOUBLE, PLAIN, pair(2.0, 9.0), Observation({"z": np.array([9.0])}), right)


def test_a_wrong_array_is_shared_where_it_is_graded():
    right = numbers(2.0, 2.0)
    assert share_a_wrong_array(DOUBLE, FREE, numbers(9.0, 3.0), numbers(1.0, 3.0), right)
    assert not share_a_wrong_array(DOUBLE, FREE, numbers(9.0, 2.0), numbers(1.0, 2.0), right)
