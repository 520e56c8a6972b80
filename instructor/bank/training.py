"""Unit 9, training (sections 5.3, 5.4 and 6.1): its exercises and cases. Wrong implementations are in `misconceptions`.

All sizes differ: batch 3, tokens 5, classes 7. Rows have lengths of their own, and padding also stands between words. A
loop is tried on a small model that the protocol hands in: it learns in a few steps, is deterministic, and behaves
differently in training, so that nothing depends on random numbers.
"""

from typing import Any

import numpy as np

from autograder.exercise import Actions, Exercise
from autograder.protocol.arguments import Earlier, ModelToTrain, SmallModel, Strided
from autograder.protocol.probe import (
    Action,
    arguments_after,
    build,
    call,
    call_refused,
    gradients,
    mode,
    model_after,
)
from autograder.random_inputs import Draw
from autograder.views.training import what_is_learned, what_is_measured, what_is_said
from instructor.bank.transformer import ALL_SRC, ALL_TGT, SIZES, SRC_SHOWN, TGT_SHOWN, draw_sentences, draw_state
from instructor.families import Asked, any_length, nothing_is_remembered
from instructor.misconceptions.training import MISCONCEPTIONS

__all__ = ["MISCONCEPTIONS"]

BATCH, TOKENS, CLASSES = 3, 5, 7
SHOWN = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 0, 0], [1, 1, 1, 1, 0]], dtype=bool)
ALL_SHOWN = np.ones_like(SHOWN)
HUGE = 2000.0  # of logits: exp of them and of their differences leaves float64 on both sides
SMOOTHED = "q = (1 - ε) onehot(label) + ε / V, L = -mean Σ q log p"

teacher_forcing = Exercise(
    "teacher_forcing",
    points=2,
    section="3.1",
    equation="the output embeddings are offset by one position: read y₀ … yₙ₋₁, say y₁ … yₙ",
    tolerance=1e-9,
)
cross_entropy = Exercise("cross_entropy", points=3, section="5.4", equation="L = -mean log p(label)", tolerance=1e-9)
label_smoothing_loss = Exercise("label_smoothing_loss", points=4, section="5.4", equation=SMOOTHED, tolerance=1e-9)
label_smoothing_loss_backward = Exercise(
    "label_smoothing_loss_backward",
    points=3,
    section="5.4",
    equation="∂L/∂logits = (p - q) / number of labels",
    tolerance=1e-9,
    bonus=True,
)
LabelSmoothingLoss = Exercise("LabelSmoothingLoss", points=3, section="5.4", equation=SMOOTHED, tolerance=1e-9)
learning_rate = Exercise(
    "learning_rate",
    points=3,
    section="5.3",
    equation="lrate = d_model^-0.5 · min(step^-0.5, step · warmup_steps^-1.5), eq. (3)",
    tolerance=1e-9,
)
adam_step = Exercise(
    "adam_step",
    points=5,
    section="5.3",
    equation="θ ← θ - lrate · m̂ / (√v̂ + ε), β₁ = 0.9, β₂ = 0.98, ε = 10⁻⁹",
    tolerance=1e-9,
)
clip_gradients = Exercise(
    "clip_gradients",
    points=2,
    section="5.3",
    equation="g · min(1, max_norm / ‖g‖), one norm over all gradients",
    tolerance=1e-5,
)
train_step = Exercise(
    "train_step",
    points=5,
    section="5",
    equation="θ ← θ - one optimizer step along the clipped ∂L/∂θ",
    tolerance=1e-5,
    library="torch",
)
evaluate = Exercise(
    "evaluate",
    points=4,
    section="6",
    equation="-Σ log p(label) / number of labels, over all batches",
    tolerance=1e-6,
    library="torch",
)
average_checkpoints = Exercise(
    "average_checkpoints",
    points=2,
    section="6.1",
    equation="θ̄ = mean of the last checkpoints' θ",
    tolerance=1e-9,
    library="torch",
)
train = Exercise(
    "train",
    points=4,
    section="5.3",
    equation="`steps` updates, with the rate of eq. (3) in each",
    tolerance=1e-5,
    library="torch",
)
training_run = Exercise(
    "training_run",
    points=3,
    section="5",
    equation="the loss of every update, and of what is held out before the first epoch and after each",
    tolerance=1e-5,
    library="torch",
    bonus=True,
)
transformer_backward = Exercise(
    "transformer_backward",
    points=7,
    section="3, figure 1",
    equation="the chain rule through figure 1, from the logits to both tables",
    tolerance=1e-4,
    bonus=True,
)


# ---- what is read and what is said


def _targets(draw: Draw, shown: np.ndarray = SHOWN, classes: int = CLASSES, pad_id: int = 0) -> np.ndarray:
    """Random words where `shown` (batch, tokens), `pad_id` elsewhere."""
    ids = draw.generator.integers(0, classes - 1, shown.shape)
    return np.where(shown, ids + (ids >= pad_id), pad_id)


def _forced(tgt: object) -> Action:
    return call(tgt, returns=("decoder_input", "labels"))


@teacher_forcing.case("the decoder reads all but the last token of a row, and has to predict all but the first")
def shifted(draw: Draw) -> Actions:
    return [_forced(_targets(draw))]


@teacher_forcing.case("the caller's target is left as it was")
def target_unchanged(draw: Draw) -> Actions:
    return [_forced(_targets(draw)), arguments_after()]


@teacher_forcing.case("a target that is not contiguous in memory works as well")
def target_strided(draw: Draw) -> Actions:
    return [_forced(Strided(_targets(draw)))]


@teacher_forcing.case("two tokens are enough, and so is one sentence", hidden=True)
def two_tokens(draw: Draw) -> Actions:
    return [_forced(_targets(draw, np.ones((1, 2), dtype=bool)))]


# ---- the losses


def _loss(exercise: Exercise, logits: object, labels: object, label: str = "", **options: Any) -> Actions:
    """Call the function, or construct the module and call it. `options` are its own, `epsilon` and `pad_id`."""
    returns = ("grad_logits",) if exercise is label_smoothing_loss_backward else ("loss",)
    if exercise.library == "numpy":
        return [call(logits, labels, returns=returns, label=label, **options)]
    return [build(**options), mode(training=True), call(logits, labels, returns=returns, label=label)]


def _loss_cases(exercise: Exercise) -> None:
    """What all losses are asked, and the gradient of one."""

    def logits(draw: Draw, scale: float = 1.0, batch: int = BATCH, tokens: int = TOKENS, classes: int = CLASSES) -> Any:
        return draw.normal(batch, tokens, classes, scale=scale)

    @exercise.case("where there is no padding, all labels count the same")
    def no_padding(draw: Draw) -> Actions:
        return _loss(exercise, logits(draw), _targets(draw, ALL_SHOWN))

    @exercise.case("padding among the labels does not count, neither in the sum nor in the number of labels")
    def padding(draw: Draw) -> Actions:
        return _loss(exercise, logits(draw), _targets(draw))

    @exercise.case("the padding's id is the one that is given, and 0 is then an ordinary word")
    def another_pad_id(draw: Draw) -> Actions:
        labels = _targets(draw, pad_id=4)
        labels[:, 0] = 0
        return _loss(exercise, logits(draw), labels, pad_id=4)

    @exercise.case("logits of any size give finite numbers")
    def huge_logits(draw: Draw) -> Actions:
        return _loss(exercise, logits(draw, HUGE), _targets(draw))

    @exercise.case("the caller's logits and labels are left as they were")
    def logits_unchanged(draw: Draw) -> Actions:
        return [*_loss(exercise, logits(draw), _targets(draw)), arguments_after()]

    @exercise.case("logits and labels that are not contiguous in memory work as well")
    def logits_strided(draw: Draw) -> Actions:
        return _loss(exercise, Strided(logits(draw)), Strided(_targets(draw)))

    @exercise.case("other sizes work as well", hidden=True)
    def other_numbers(draw: Draw) -> Actions:
        shown = np.arange(6) < np.array([[6], [2], [3], [5]])
        return _loss(exercise, logits(draw, 1.0, 4, 6, 9), _targets(draw, shown, 9, pad_id=3), pad_id=3)

    def inputs(draw: Draw, batch: int, tokens: int) -> list:
        shown = np.arange(tokens) <= draw.generator.integers(0, tokens, (batch, 1))
        return [logits(draw, 1.0, batch, tokens), _targets(draw, shown)]

    def run(draw: Draw, inputs: list, label: str = "") -> Actions:
        return _loss(exercise, inputs[0], inputs[1], label=label)

    asked = Asked(exercise, run, inputs, output="grad_logits" if exercise.bonus else "loss")
    nothing_is_remembered(asked)
    any_length(asked)


def _smoothing_cases(exercise: Exercise) -> None:
    """What those are asked that smooth."""

    @exercise.case("ε is shared by all classes, the label and the padding's among them")
    def three_classes(draw: Draw) -> Actions:
        labels = np.array([[1, 2], [2, 0]])
        return _loss(exercise, draw.normal(2, 2, 3), labels, epsilon=0.3)

    @exercise.case("ε is the one that is given")
    def another_epsilon(draw: Draw) -> Actions:
        return _loss(exercise, draw.normal(BATCH, TOKENS, CLASSES), _targets(draw), epsilon=0.45)

    @exercise.case("with ε = 0 nothing is smoothed")
    def no_epsilon(draw: Draw) -> Actions:
        return _loss(exercise, draw.normal(BATCH, TOKENS, CLASSES), _targets(draw), epsilon=0.0)


def _add_loss_cases() -> None:
    for exercise in (cross_entropy, label_smoothing_loss, label_smoothing_loss_backward, LabelSmoothingLoss):
        _loss_cases(exercise)
        if exercise is not cross_entropy:
            _smoothing_cases(exercise)


_add_loss_cases()


@LabelSmoothingLoss.case("the gradient reaches the logits: p minus the smoothed target, and 0 at padding")
def gradient_of_logits(draw: Draw) -> Actions:
    upstream = np.array(draw.generator.uniform(0.5, 2.0))
    return [*_loss(LabelSmoothingLoss, draw.normal(BATCH, TOKENS, CLASSES), _targets(draw)), gradients(loss=upstream)]


@LabelSmoothingLoss.case("float32 in, float32 out", tolerance=1e-5)
def single_precision(draw: Draw) -> Actions:
    return _loss(LabelSmoothingLoss, draw.normal(BATCH, TOKENS, CLASSES, dtype="float32"), _targets(draw))


# ---- the schedule


def _rates(**given: tuple[int, int, int]) -> Actions:
    """The rates for (step, d_model, warmup_steps), each under its name."""
    return [
        call(step, d_model, warmup_steps=warmup, returns=("rate",), label=f"{name.replace('_', ' ')}: ")
        for name, (step, d_model, warmup) in given.items()
    ]


def _warmup(draw: Draw) -> int:
    return int(draw.generator.integers(11, 40))


@learning_rate.case("during the warm-up the rate rises with the step")
def rises(draw: Draw) -> Actions:
    warmup = _warmup(draw)
    return _rates(first_step=(1, 16, warmup), second_step=(2, 16, warmup), seventh_step=(7, 16, warmup))


@learning_rate.case("after the warm-up the rate falls with the root of the step")
def falls(draw: Draw) -> Actions:
    warmup = _warmup(draw)
    return _rates(after_four_warm_ups=(4 * warmup, 16, warmup), after_nine=(9 * warmup + 1, 16, warmup))


@learning_rate.case("at the end of the warm-up both branches meet")
def meets(draw: Draw) -> Actions:
    warmup = _warmup(draw)
    return _rates(just_before=(warmup - 1, 16, warmup), at_the_end=(warmup, 16, warmup), after=(warmup + 1, 16, warmup))


@learning_rate.case("a wider model takes smaller steps, by the root of d_model")
def narrower_and_wider(draw: Draw) -> Actions:
    warmup, width = _warmup(draw), int(draw.generator.integers(20, 300))
    return _rates(narrow=(5, 9, warmup), wide=(5, 512, warmup), of_another_width=(50, width, warmup))


@learning_rate.case("when warmup_steps is left out, it is 4000")
def warmup_left_out(draw: Draw) -> Actions:
    early, late = int(draw.generator.integers(1200, 3900)), int(draw.generator.integers(4500, 30000))
    return [call(step, 16, returns=("rate",), label=label) for step, label in ((early, "early: "), (late, "late: "))]


@learning_rate.case("a step before the first one is refused, with a ValueError")
def refused(draw: Draw) -> Actions:
    earlier = -int(draw.generator.integers(1, 20))
    return [
        *_rates(third_step=(3, 16, 20)),
        call_refused(0, 16, label="step 0: ", error="ValueError"),
        call_refused(earlier, 16, label="a negative step: ", error="ValueError"),
    ]


# ---- Adam

SHAPES = {"output.weight": (3, 4), "output.bias": (3,), "gamma": (1,)}
KEPT = ("parameters", "_state")


def _arrays(draw: Draw, scale: float = 1.0) -> dict[str, np.ndarray]:
    return {name: draw.normal(*shape, scale=scale) for name, shape in SHAPES.items()}


def _steps(draw: Draw, count: int, scale: float = 1.0, rate: float = 0.1, **options: Any) -> Actions:
    """Several steps in a row: each gets what the one before it returned, and gradients of its own."""
    actions = [call(_arrays(draw), _arrays(draw, scale), None, rate, returns=KEPT, label="step 1: ", **options)]
    for step in range(2, count + 1):
        before = [Earlier(f"step {step - 1}: {name}") for name in KEPT]
        arguments = before[0], _arrays(draw, scale), before[1], rate * step
        actions.append(call(*arguments, returns=KEPT, label=f"step {step}: ", **options))
    return actions


@adam_step.case("in the first step every number moves by the learning rate, against the sign of its gradient")
def first_step(draw: Draw) -> Actions:
    return _steps(draw, 1)


@adam_step.case("later steps use running means, with their bias corrected")
def four_steps(draw: Draw) -> Actions:
    return _steps(draw, 4)


@adam_step.case("ε is added to the root: it shows where gradients are tiny")
def tiny_gradients(draw: Draw) -> Actions:
    return _steps(draw, 3, scale=3e-9)


@adam_step.case("where a gradient is 0, nothing moves")
def zero_gradients(draw: Draw) -> Actions:
    return _steps(draw, 2, scale=0.0)


@adam_step.case("β₁, β₂ and ε are those that are given")
def other_options(draw: Draw) -> Actions:
    return _steps(draw, 3, beta1=0.7, beta2=0.9, eps=0.05)


@adam_step.case("nothing that is given is changed: neither parameters nor gradients")
def nothing_changed(draw: Draw) -> Actions:
    return [*_steps(draw, 1), arguments_after()]


@adam_step.case("a step can be repeated from the same state, and gives the same")
def state_unchanged(draw: Draw) -> Actions:
    first, second = _steps(draw, 2)
    return [first, second, second | {"label": "step 2 again: "}]


@adam_step.case("every name has running means of its own, whatever the order of the names", hidden=True)
def names_in_another_order(draw: Draw) -> Actions:
    first, second = _steps(draw, 2)
    parameters, given, state, rate = second["arguments"]
    turned = second | {"arguments": [parameters, dict(reversed(given.items())), state, rate]}
    return [first, turned]


# ---- clipping

CLIPPED = ("gradients", "norm")


@clip_gradients.case("above the limit all gradients are scaled by one factor, to the norm max_norm")
def above(draw: Draw) -> Actions:
    return [call(_arrays(draw, 8.0), 2.5, returns=CLIPPED)]


@clip_gradients.case("below the limit nothing changes")
def below(draw: Draw) -> Actions:
    return [call(_arrays(draw), 1e3, returns=CLIPPED)]


@clip_gradients.case("gradients that are all 0 stay 0")
def all_zero(draw: Draw) -> Actions:
    return [call(_arrays(draw, 0.0), float(draw.generator.uniform(0.5, 2.0)), returns=CLIPPED)]


@clip_gradients.case("the gradients that are given are left as they were")
def gradients_unchanged(draw: Draw) -> Actions:
    return [call(_arrays(draw, 8.0), 1.5, returns=CLIPPED), arguments_after()]


@clip_gradients.case("one large gradient shrinks all the others, too", hidden=True)
def one_is_large(draw: Draw) -> Actions:
    large = _arrays(draw) | {"output.bias": draw.normal(3, scale=50.0)}
    return [call(large, float(draw.generator.uniform(2.0, 6.0)), returns=CLIPPED)]


# ---- one step

D_MODEL, SOURCE_WORDS, TARGET_WORDS, SRC, TGT = 4, 11, 9, 6, 5
LOSS = ("loss",)


def _small(draw: Draw, d_model: int = D_MODEL, scale: float = 0.5, **options: Any) -> dict[str, Any]:
    weights = {
        "src_embedding.weight": draw.normal(SOURCE_WORDS, d_model, scale=scale),
        "tgt_embedding.weight": draw.normal(TARGET_WORDS, d_model, scale=scale),
        **draw.linear(("output",), TARGET_WORDS, d_model),
    }
    return {"weights": weights, **options}


def _pair(draw: Draw, batch: int = BATCH, pad_id: int = 0) -> list[np.ndarray]:
    """A source and a target with padding at their ends; the target begins with 1."""
    lengths = draw.generator.permutation(np.arange(TGT + 1 - batch, TGT + 1))
    src = _targets(draw, np.arange(SRC) <= lengths[:, None], SOURCE_WORDS)
    tgt = _targets(draw, np.arange(TGT) < lengths[::-1, None], TARGET_WORDS, pad_id)
    tgt[:, 0] = 1
    return [src, tgt]


def _step(draw: Draw, max_norm: float | None = 1e6, rates: tuple[float, ...] = (0.5,), **model: Any) -> Actions:
    """One step of gradient descent, and the parameters after it."""
    options: dict[str, Any] = {} if max_norm is None else {"max_norm": max_norm}
    given = ModelToTrain(_small(draw, **model), rates)
    return [call(given, *_pair(draw), returns=LOSS, **options), model_after()]


@train_step.case("the parameters take one step along the gradient of the loss, which is returned")
def one_step(draw: Draw) -> Actions:
    return _step(draw)


@train_step.case("a second step uses its own gradients, and nothing is left of the first")
def two_steps(draw: Draw) -> Actions:
    first, after = _step(draw)
    again = [Earlier(f"first: argument {place}") for place in (1, 2, 3)]
    second = call(*again, *_pair(draw), returns=LOSS, label="second: ", max_norm=1e6)
    return [first | {"label": "first: "}, second, after]


@train_step.case("gradients that are there before the step do not count")
def stale_gradients(draw: Draw) -> Actions:
    return _step(draw, stale=True)


@train_step.case("a gradient whose norm is above max_norm is clipped to it")
def clipped(draw: Draw) -> Actions:
    return _step(draw, max_norm=0.07)


@train_step.case("a gradient whose norm is below max_norm stays as it is")
def not_clipped(draw: Draw) -> Actions:
    return _step(draw, max_norm=90.0)


@train_step.case("when max_norm is left out, it is 1")
def limit_left_out(draw: Draw) -> Actions:
    return _step(draw, max_norm=None, scale=8.0)


@train_step.case("the model is trained in training mode, and left in it")
def in_training(draw: Draw) -> Actions:
    return _step(draw, training=False, notes=["mode", "gradients"])


@train_step.case("a parameter that is frozen has no gradient, and stays as it is")
def frozen(draw: Draw) -> Actions:
    return _step(draw, max_norm=0.05, frozen="tgt_embedding.weight")


@train_step.case("the optimizer that is given takes the step, with the rates of its groups")
def rates_of_groups(draw: Draw) -> Actions:
    return _step(draw, rates=(0.5, 0.125))


@train_step.case("the caller's source and target are left as they were", hidden=True)
def sentences_unchanged(draw: Draw) -> Actions:
    return [_step(draw)[0], arguments_after()]


# ---- evaluation


def _evaluated(
    draw: Draw, pad_id: int = 0, scale: float = 0.5, sizes: tuple[int, ...] = (3, 2), **model: Any
) -> Actions:
    options: dict[str, Any] = {"pad_id": pad_id} if pad_id else {}
    batches = [_pair(draw, size, pad_id) for size in sizes]
    return [call(SmallModel(**_small(draw, scale=scale, **model)), batches, returns=LOSS, **options)]


@evaluate.case("minus the mean log-probability of all labels; every label counts the same, whatever its batch")
def over_all_batches(draw: Draw) -> Actions:
    return _evaluated(draw)


@evaluate.case("the padding's id among the labels is the one that is given")
def padding_of_labels(draw: Draw) -> Actions:
    return _evaluated(draw, pad_id=4)


@evaluate.case("logits of any size give a finite number")
def sure_and_wrong(draw: Draw) -> Actions:
    return _evaluated(draw, scale=900.0)


@evaluate.case("a model that is training is measured in evaluation mode, and is training again afterwards")
def measured_from_training(draw: Draw) -> Actions:
    return _evaluated(draw, training=True, notes=["mode"])


@evaluate.case("a model that is in evaluation mode is left in it")
def measured_from_evaluation(draw: Draw) -> Actions:
    return _evaluated(draw, training=False, notes=["mode"])


@evaluate.case("no gradients are recorded")
def measured_without_gradients(draw: Draw) -> Actions:
    return _evaluated(draw, notes=["gradients"])


@evaluate.case("the caller's batches are left as they were, and one batch is enough", hidden=True)
def batches_unchanged(draw: Draw) -> Actions:
    return [*_evaluated(draw, sizes=(3,)), arguments_after()]


# ---- checkpoints


def _checkpoints(draw: Draw, count: int, dtype: str = "float64", scale: float = 1.0) -> Actions:
    states = [
        {
            "output.weight": draw.normal(2, 3, scale=scale, dtype=dtype),
            "steps": np.array(int(draw.generator.integers(100, 10**6))),
            "output.bias": draw.normal(3, scale=scale, dtype=dtype),
        }
        for _ in range(count)
    ]
    return [call(states, returns=("state",)), arguments_after()]


@average_checkpoints.case("every number is the mean of that number in all checkpoints")
def mean_of_three(draw: Draw) -> Actions:
    return _checkpoints(draw, 3)


@average_checkpoints.case("float16 stays float16, and is added up in float64", tolerance=1e-4)
def half_precision(draw: Draw) -> Actions:
    actions = _checkpoints(draw, 4, "float16")
    for state in actions[0]["arguments"][0]:
        state["output.weight"] = draw.generator.uniform(3e4, 6e4, (2, 3)).astype("float16")
    return actions


@average_checkpoints.case(
    "float32 stays float32, and is added up in float64: where two large numbers cancel out, the small ones are left",
    tolerance=1e-5,
)
def nearly_cancelling(draw: Draw) -> Actions:
    actions = _checkpoints(draw, 5, "float32")
    states = actions[0]["arguments"][0]
    for name in ("output.weight", "output.bias"):
        large = draw.generator.integers(3, 9, states[0][name].shape).astype("float32") * 2.0**26
        states[0][name], states[3][name] = large, -large
    return actions


@average_checkpoints.case("one checkpoint is its own average")
def one_checkpoint(draw: Draw) -> Actions:
    return _checkpoints(draw, 1, "float32")


@average_checkpoints.case("the checkpoints are left as they were", hidden=True)
def four_checkpoints(draw: Draw) -> Actions:
    return _checkpoints(draw, 4)


# ---- the loop

LOOP_D_MODEL, LENGTH, BATCHES, LONG = 12, 4, 4, 60


def _translations(draw: Draw) -> tuple[list[list[np.ndarray]], np.ndarray]:
    """Batches of a language in which every word has one translation, and a source that was never seen."""
    words = np.concatenate(([0, 0, 0], draw.generator.permutation(np.arange(3, TARGET_WORDS))))
    batches = []
    for _ in range(BATCHES + 1):
        src = draw.generator.integers(3, TARGET_WORDS, (8, LENGTH))
        ends = np.ones((8, 1), dtype=np.int64)
        batches.append([src, np.concatenate((ends, words[src], 2 * ends), axis=1)])
    return batches[:-1], batches[-1][0]


def _trained(draw: Draw, steps: int, warmup_steps: int, returns: tuple[str, ...], ask: bool, **options: Any) -> Actions:
    batches, unseen = _translations(draw)
    model = SmallModel(**_small(draw, LOOP_D_MODEL, **options))
    return [
        call(model, batches, steps, warmup_steps, returns=returns),
        model_after(unseen) if ask else model_after(),
    ]


@train.case("the first updates have the losses, and lead to the parameters, of Adam with the schedule")
def nine_updates(draw: Draw) -> Actions:
    return _trained(draw, 9, 5, tuple(f"loss of step {step}" for step in range(1, 10)), ask=False, scale=6.0)


@train.case("where gradients are large, they are clipped to the norm 1", hidden=True)
def large_gradients(draw: Draw) -> Actions:
    return _trained(draw, 6, 30, tuple(f"loss of step {step}" for step in range(1, 7)), ask=False, scale=6.0)


@train.case(
    f"after {LONG} updates the model translates sentences that it has never seen", view=what_is_said, proves_little=True
)
def it_has_learned(draw: Draw) -> Actions:
    return _trained(draw, LONG, 10, ("_losses",), ask=True)


# ---- the hunt

LONG_WARMUP = 10**12  # so long that nothing is learned, and what is measured stays as it was
SURE = 6.0  # of the weights: gradients are above the norm 1, some more and some less


def _run(
    draw: Draw,
    epochs: int,
    batches: tuple[int, ...],
    held_out: tuple[int, ...] = (3, 2),
    warmup_steps: int = 5,
    scale: float = SURE,
    **model: Any,
) -> Actions:
    """A whole run on batches of these sizes, and the log of it."""
    pairs = [[_pair(draw, size) for size in sizes] for sizes in (batches, held_out)]
    return [call(SmallModel(**_small(draw, scale=scale, **model)), *pairs, epochs, warmup_steps, returns=("log",))]


@training_run.case("before the first update the loss on what is held out is measured")
def measured_first(draw: Draw) -> Actions:
    return _run(draw, 0, (3,), scale=0.5, training=True)


@training_run.case("what is held out is measured again after each epoch", view=what_is_measured)
def measured_after_each_epoch(draw: Draw) -> Actions:
    return _run(draw, 2, (3, 2), (2, 3, 1), LONG_WARMUP, scale=0.5)


@training_run.case("the loss of the first update is that of the batch, smoothed", view=what_is_learned)
def first_loss(draw: Draw) -> Actions:
    return _run(draw, 1, (3,), scale=0.5)


@training_run.case("in two epochs each update has its loss, and leads to the next", view=what_is_learned)
def two_epochs(draw: Draw) -> Actions:
    return [*_run(draw, 2, (3, 2, 3)), model_after()]


@training_run.case("in three epochs each update has its loss, and leads to the next", view=what_is_learned)
def three_epochs(draw: Draw) -> Actions:
    return [*_run(draw, 3, (2, 3), warmup_steps=3), model_after()]


@training_run.case("a whole run leads to the same log and the same model", hidden=True)
def whole_run(draw: Draw) -> Actions:
    return [*_run(draw, 3, (3, 2), (2, 3), warmup_steps=4, training=True), model_after()]


# ---- the whole way back

HEADS = 2
THREE_LAYERS = SIZES | {"num_layers": 3}


def _way_back(
    draw: Draw,
    src_shown: np.ndarray = ALL_SRC,
    tgt_shown: np.ndarray = ALL_TGT,
    sizes: dict[str, int] = SIZES,
    pad_id: int = 0,
    spare_layers: int = 0,
    num_heads: int = HEADS,
) -> Actions:
    """`grad_logits` is 0 at padding."""
    src, tgt = draw_sentences(draw, src_shown, tgt_shown, sizes, pad_id)
    weights = draw_state(draw, **(sizes | {"num_layers": sizes["num_layers"] + spare_layers}))
    upstream = draw.normal(*tgt.shape, sizes["tgt_vocab_size"]) * (tgt != pad_id)[..., None]
    options: dict[str, Any] = {"pad_id": pad_id} if pad_id else {}
    arguments = upstream, src, tgt, weights, num_heads, sizes["num_layers"]
    return [call(*arguments, returns=("grad_weights",), **options)]


@transformer_backward.case("every weight gets its gradient, from the output map down to both tables")
def whole_way_back(draw: Draw) -> Actions:
    return _way_back(draw)


@transformer_backward.case(
    "in a stack each layer has its own input, and all decoder layers add to the memory's gradient"
)
def three_layers(draw: Draw) -> Actions:
    return _way_back(draw, sizes=THREE_LAYERS)


@transformer_backward.case("nothing comes back from padding in the source")
def padded_source(draw: Draw) -> Actions:
    return _way_back(draw, SRC_SHOWN)


@transformer_backward.case("nothing comes back from padding in the target, nor from the future")
def padded_target(draw: Draw) -> Actions:
    return _way_back(draw, tgt_shown=TGT_SHOWN)


@transformer_backward.case("the padding's id is the one that is given")
def pad_of_way_back(draw: Draw) -> Actions:
    return _way_back(draw, SRC_SHOWN, TGT_SHOWN, pad_id=3)


@transformer_backward.case("the ids, the weights and the upstream gradient are left as they were")
def way_back_changes_nothing(draw: Draw) -> Actions:
    return [*_way_back(draw, SRC_SHOWN, TGT_SHOWN), arguments_after()]


@transformer_backward.case("other sizes, and a target that is longer than the source", hidden=True)
def way_back_of_other_sizes(draw: Draw) -> Actions:
    sizes = {"src_vocab_size": 19, "tgt_vocab_size": 15, "d_model": 16, "num_layers": 2, "d_ff": 6}
    shown = np.arange(4) < np.array([[4], [2]]), np.arange(6) < np.array([[5], [6]])
    return _way_back(draw, *shown, sizes, pad_id=5, num_heads=4)
