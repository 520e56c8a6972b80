"""Every exercise is asked what follows from its kind."""

import pytest

from autograder import syllabus
from autograder.exercise import Exercise

PUT_TO_WORK = ("tokenization", "training", "decoding")  # units of loops and measures, which are asked other things
EVERYWHERE = [
    exercise
    for unit in syllabus.units().values()
    if unit.name not in PUT_TO_WORK
    for exercise in unit.exercises
    if not exercise.tests
    and not exercise.name.endswith("_backward")
    and exercise.name not in ("softmax", "causal_mask", "padding_mask", "relu", "TokenEmbedding", "greedy_decode")
]
MODULES = [exercise for exercise in EVERYWHERE if exercise.library == "torch"]
OF_TABLES = ("positional_encoding", "PositionalEncoding")  # which have cases of their own for lengths
ATTENTIVE = ("attention", "encoder", "decoder", "transformer")


def names(exercise: Exercise) -> set[str]:
    return {case.name for case in exercise.cases}


@pytest.mark.parametrize("exercise", EVERYWHERE, ids=lambda exercise: exercise.name)
def test_nothing_is_remembered_and_any_length_is_right(exercise):
    assert "second-life" in names(exercise)
    assert "any-number" in names(exercise) or exercise.name in OF_TABLES
    assert "sizes-that-agree" in names(exercise) or syllabus.unit_of(exercise.name).name not in ATTENTIVE


@pytest.mark.parametrize(
    "name", ["cross_entropy", "label_smoothing_loss", "label_smoothing_loss_backward", "LabelSmoothingLoss"]
)
def test_a_loss_remembers_nothing_and_takes_any_length(name):
    assert {"second-life", "any-number"} <= names(syllabus.exercise(name))


@pytest.mark.parametrize("exercise", MODULES, ids=lambda exercise: exercise.name)
def test_training_gives_what_evaluation_gives_where_nothing_is_dropped(exercise):
    assert "no-dropout-no-difference" in names(exercise)


@pytest.mark.parametrize("name", ["multi_head_attention", "MultiHeadAttention", "decoder_layer", "DecoderLayer"])
def test_one_object_may_stand_in_several_places(name):
    assert "the-same-object" in names(syllabus.exercise(name))


def test_the_second_life_has_other_weights_other_lengths_and_the_first_inputs_again():
    probe = syllabus.probe_of(
        next(t for t in syllabus.exercise("EncoderLayer").trials(None) if t.case == "second-life")
    )
    done = [action["do"] for action in probe.actions]
    assert (
        done.count("load") == 2 and done.count("build") == 1 and "recording" in done and done[-1] == "arguments_after"
    )
    calls = [action for action in probe.actions if action["do"] == "call"]
    lengths = [call["arguments"][0].shape[1] for call in calls]
    assert len(set(lengths)) > 1 and lengths[0] == lengths[-1]
    assert (calls[0]["arguments"][0] == calls[-1]["arguments"][0]).all()


def test_what_is_silenced_has_no_weight_and_no_gradient_that_is_looked_at():
    exercise = syllabus.exercise("EncoderLayer")
    trial = next(t for t in exercise.trials(None) if t.case == "no-dropout-no-difference")
    (loaded,) = (action for action in syllabus.probe_of(trial).actions if action["do"] == "load")
    assert not loaded["weights"]["feed_forward.linear2.weight"].any()
    assert loaded["weights"]["feed_forward.linear1.weight"].any()
