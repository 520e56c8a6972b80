"""The exercise of unit 0: checked like any other, without points, and in no grade. Its answer is no secret."""

from typing import Any

import numpy as np

from autograder.exercise import Actions, Exercise, Misconception, misconception
from autograder.protocol.arguments import Array
from autograder.protocol.probe import call
from autograder.random_inputs import Draw

NAME = "start"  # of the unit and of its notebook

dot_products = Exercise("dot_products", points=0, section="3.2", equation="q · kⱼ for every key kⱼ", tolerance=1e-9)


@dot_products.case("each key gets one number: the sum of the products with the query, feature by feature")
def several_keys(draw: Draw) -> Actions:
    """More keys than features."""
    return [call(draw.normal(4), draw.normal(7, 4), returns=("output",))]


@dot_products.case("a single key is enough")
def one_key(draw: Draw) -> Actions:
    """The result is an array with one number."""
    return [call(draw.normal(5), draw.normal(1, 5), returns=("output",))]


@dot_products.case("with as many keys as features, where shapes do not show a wrong axis")
def as_many_keys_as_features(draw: Draw) -> Actions:
    """Every shape fits, whichever axis is summed over."""
    return [call(draw.normal(6), draw.normal(6, 6), returns=("output",))]


class Steps:
    """The right answer."""

    @classmethod
    def namespace(cls, library: str) -> dict[str, Any]:
        """The function under its name."""
        return {dot_products.name: cls().dot_products}

    def dot_products(self, query: Array, keys: Array) -> Array:
        """The dot products (keys,) of query (features,) with each of the keys (keys, features)."""
        return self.add_up(keys * query)

    def add_up(self, products: Array) -> Array:
        """Products (keys, features) to (keys,)."""
        return np.asarray(products.sum(axis=1))


@misconception()
class NotAddedUp(Steps):
    """You multiply the numbers of query and key, but you don't add the products up: each key needs a single number."""

    def add_up(self, products: Array) -> Array:
        """Nothing is added."""
        return products


@misconception()
class AllInOne(Steps):
    """You add up all products to one number. Add them up for each key separately: over the last axis, axis=-1."""

    def add_up(self, products: Array) -> Array:
        """Over both axes."""
        return np.asarray(products.sum())


@misconception()
class OverTheKeys(Steps):
    """You add up over the keys. Add up over the features of each key: that is the last axis, axis=-1."""

    def add_up(self, products: Array) -> Array:
        """Over the wrong axis."""
        return np.asarray(products.sum(axis=0))


@misconception()
class MeanInsteadOfSum(Steps):
    """You take the mean of the products; a dot product is their sum."""

    def add_up(self, products: Array) -> Array:
        """The mean over the right axis."""
        return np.asarray(products.mean(axis=1))


MISTAKES: tuple[Misconception, ...] = tuple(
    vars(steps)["misconception"] for steps in (NotAddedUp, AllInOne, OverTheKeys, MeanInsteadOfSum)
)
