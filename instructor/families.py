"""Families of cases: what every exercise of a kind is asked, written once.

A unit says how an exercise is called (`Asked`), and gets the cases that follow from what the exercise is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.probe import (
    Action,
    arguments_after,
    gradients,
    mode,
    recording,
    with_one_object,
)
from autograder.random_inputs import Draw
from autograder.views.families import AGAIN, without_chance

Inputs = list[Any]
Masks = dict[str, Any]


def _no_masks(draw: Draw, batch: int, tokens: int) -> Masks:
    return {}


@dataclass(frozen=True)
class Asked:
    """How an exercise is called.

    `inputs(draw, batch, tokens)` draws the arguments of one call that come before the weights, `masks` its keywords.
    `run(draw, inputs, **keywords)` draws weights and makes the actions of one call, with or without a `label`: for a
    module, they construct it, load the weights and set it to evaluation first. `output` is the first result.
    """

    exercise: Exercise
    run: Callable[..., Actions]
    inputs: Callable[[Draw, int, int], Inputs]
    masks: Callable[[Draw, int, int], Masks] = _no_masks
    output: str = "output"
    like: int = 0  # the place of the input that the output is as long as
    width: int = 0  # of the output's last axis, where it is not that of this input
    tolerance: float | None = None

    @property
    def is_module(self) -> bool:
        """Whether it is constructed, loaded and then called."""
        return self.exercise.library == "torch"

    def again(self, action: Action, inputs: Inputs, label: str, masks: Masks | None = None) -> Action:
        """One more call, with the weights of `action` and other inputs."""
        rest = action["arguments"][len(inputs) :]
        keywords = action["keywords"] if masks is None else action["keywords"] | masks
        return action | {"arguments": [*inputs, *rest], "keywords": keywords, "label": label}


def nothing_is_remembered(asked: Asked) -> None:
    """A second life: other inputs, shorter and longer ones, other weights, and the first ones again."""

    @asked.exercise.case(
        "every call is independent: nothing is left over from earlier ones, whatever their inputs, lengths and weights",
        tolerance=asked.tolerance,
    )
    def second_life(draw: Draw) -> Actions:
        first, masks = asked.inputs(draw, 3, 5), asked.masks(draw, 3, 5)
        actions = asked.run(draw, first, label="at first: ", **masks)
        call = actions[-1]
        for label, batch, tokens in (("as long: ", 3, 5), ("longer: ", 2, 9)):
            actions.append(
                asked.again(call, asked.inputs(draw, batch, tokens), label, asked.masks(draw, batch, tokens))
            )
        actions.append(asked.again(call, first, "the first again: ", masks))
        renewed = asked.run(draw, first, label="with other weights: ", **masks)
        if asked.is_module:
            renewed = [recording(enabled=False), *renewed[1:]]
        return [*actions, *renewed, arguments_after()]


def any_length(asked: Asked, longest: int = 70) -> None:
    """Lengths that small examples do not have."""

    @asked.exercise.case(
        f"any number of tokens and samples works: one token, a batch of one, {longest} tokens",
        tolerance=asked.tolerance,
    )
    def any_number(draw: Draw) -> Actions:
        sizes = (("one token: ", 3, 1), ("a batch of one: ", 1, 5), (f"{longest} tokens: ", 1, longest))
        actions: Actions = []
        for label, batch, tokens in sizes:
            inputs, masks = asked.inputs(draw, batch, tokens), asked.masks(draw, batch, tokens)
            if actions:
                actions.append(asked.again(actions[-1], inputs, label, masks))
            else:
                actions = asked.run(draw, inputs, label=label, **masks)
        return actions


def training_without_dropout(asked: Asked, silenced: str | None = None, **options: float) -> None:
    """Where nothing is dropped, training is evaluation, gradients included. `options` are the constructor's.

    The weights whose names end with `silenced` are set to 0, and their gradients are not looked at: whether a layer
    passes its `dropout` to the feed-forward network inside it is not graded. Where this is a text, be it empty, a
    second call in training shows whether something is dropped nevertheless.
    """

    @asked.exercise.case(
        "with dropout 0, training gives what evaluation gives, gradients included"
        if options
        else "training gives what evaluation gives, gradients included",
        tolerance=asked.tolerance,
        view=None if silenced is None else partial(without_chance, ending=silenced),
    )
    def no_dropout_no_difference(draw: Draw) -> Actions:
        inputs, masks = asked.inputs(draw, 3, 5), asked.masks(draw, 3, 5)
        actions = [_silence(action, silenced or "") for action in asked.run(draw, inputs, **masks)]
        actions[0] = actions[0] | {"arguments": actions[0]["arguments"] | options}
        *made, _evaluation, called = actions
        shape = np.shape(inputs[asked.like])
        upstream = draw.normal(*((*shape[:2], asked.width) if asked.width else shape))
        for training, label in ((False, "in evaluation: "), (True, "in training: ")):
            made += [mode(training), called | {"label": label}, gradients(label=label, **{asked.output: upstream})]
        return made if silenced is None else [*made, called | {"label": AGAIN}]


def _silence(action: Action, ending: str) -> Action:
    """An action that loads weights, with those whose names end so set to 0."""
    if not ending or action["do"] != "load":
        return action
    weights = {name: array * (not name.endswith(ending)) for name, array in action["weights"].items()}
    return action | {"weights": weights}


def one_object(asked: Asked, *positions: int, promise: str) -> None:
    """One and the same array in several places: which objects are the same makes no difference."""

    @asked.exercise.case(promise, tolerance=asked.tolerance)
    def the_same_object(draw: Draw) -> Actions:
        inputs = asked.inputs(draw, 3, 5)
        same = inputs[positions[0]]
        inputs = [same if place in positions else given for place, given in enumerate(inputs)]
        actions = asked.run(draw, inputs, label="one array: ", **asked.masks(draw, 3, 5))
        other = [*inputs]
        other[positions[-1]] = asked.inputs(draw, 3, 5)[positions[-1]]
        last = asked.again(actions[-1], other, "then another in its last place: ")
        return [*actions[:-1], with_one_object(actions[-1], *positions), arguments_after(), last]


def equal_sizes(asked: Asked) -> None:
    """Sizes that agree by accident, where some mistakes give numbers, and no error."""

    @asked.exercise.case(
        "sizes may happen to be equal: as many samples as heads, as many queries as keys", tolerance=asked.tolerance
    )
    def sizes_that_agree(draw: Draw) -> Actions:
        inputs, masks = asked.inputs(draw, 2, 2), asked.masks(draw, 2, 2)
        actions = asked.run(draw, inputs, label="all are 2: ", **masks)
        inputs, masks = asked.inputs(draw, 2, 8), asked.masks(draw, 2, 8)
        return [*actions, asked.again(actions[-1], inputs, "as many tokens as features: ", masks)]
