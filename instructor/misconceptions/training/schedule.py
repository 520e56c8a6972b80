"""Misconceptions about the learning rate's schedule."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training


@misconception(hurts_training=True)
class ScheduleMax(Training):
    """The larger of the two branches is taken: the rate begins enormous and never warms up. Take the smaller one."""

    def lower(self, falling, rising):
        return max(falling, rising)


@misconception(hurts_training=True)
class ScheduleNeverWarmsUp(Training):
    """The rate falls from the first step on. During the warm-up it rises: take the smaller of both branches."""

    def lower(self, falling, rising):
        return falling


@misconception(hurts_training=True)
class ScheduleNeverFalls(Training):
    """The rate rises forever. After the warm-up it falls with the root of the step: take the smaller of both
    branches."""

    def lower(self, falling, rising):
        return rising


@misconception()
class ScheduleSum(Training):
    """The two branches are added. Take the smaller one."""

    def lower(self, falling, rising):
        return falling + rising


@misconception()
class ScheduleNoWidth(Training):
    """The factor d_model^-0.5 is missing. Wider models take smaller steps."""

    def width(self, d_model):
        return 1.0


@misconception()
class ScheduleWidthTheWrongWay(Training):
    """The rate grows with the root of d_model. The exponent is negative: wider models take smaller steps."""

    def width(self, d_model):
        return float(d_model**0.5)


@misconception()
class ScheduleDividesByWidth(Training):
    """The rate is divided by d_model, not by its root."""

    def width(self, d_model):
        return 1.0 / d_model


@misconception("loop-width-hard-coded")
class ScheduleWidthHardCoded(Training):
    """The schedule is always that of d_model = 512. Use the argument, and in `train` pass the model's own:
    `model.output.in_features`."""

    def width(self, d_model):
        return super().width(512)


@misconception()
class ScheduleOnlyWidth(Training):
    """The rate is d_model^-0.5 at every step. It rises during the warm-up, and then it falls: multiply by the smaller
    of the two branches."""

    def lower(self, falling, rising):
        return 1.0


@misconception()
class ScheduleAlwaysAtTheTop(Training):
    """The rate is the same at every step, that of the end of the warm-up. It rises until then, and later it falls: both
    depend on the step."""

    def learning_rate(self, step, d_model, warmup_steps=None):
        self.check_step(step)
        warmup = self.default_warmup if warmup_steps is None else warmup_steps
        return super().learning_rate(warmup, d_model, warmup)


@misconception()
class ScheduleRootOfWarmup(Training):
    """The rising branch is step · warmup^-0.5. With the exponent -1.5 both branches meet at the end of the warm-up."""

    def rising(self, step, warmup):
        return float(step * warmup**-0.5)


@misconception()
class ScheduleWarmupOnce(Training):
    """The rising branch is step / warmup, up to 1. With step · warmup^-1.5 both branches meet at the end of the
    warm-up."""

    def rising(self, step, warmup):
        return step / warmup


@misconception()
class ScheduleFallsLinearly(Training):
    """After the warm-up the rate falls with the step itself. It falls with its root: step^-0.5."""

    def falling(self, step, warmup):
        return 1.0 / step


@misconception()
class ScheduleStaysAtTheTop(Training):
    """After the warm-up the rate stays where it is. It falls with the root of the step: step^-0.5."""

    def falling(self, step, warmup):
        return float(warmup**-0.5)


@misconception("loop-rate-one-late")
class ScheduleOneTooLate(Training):
    """The rate belongs to the step before. Steps count from 1: the first update is made with the rate of step 1, which
    is set before it."""

    def falling(self, step, warmup):
        return float(max(step - 1, 1) ** -0.5)

    def rising(self, step, warmup):
        return float((step - 1) * warmup**-1.5)


@misconception()
class ScheduleOneTooEarly(Training):
    """One is added to the step. Steps count from 1 already."""

    def falling(self, step, warmup):
        return float((step + 1) ** -0.5)

    def rising(self, step, warmup):
        return float((step + 1) * warmup**-1.5)


@misconception(weight=Weight.SLIP)
class ScheduleStepZero(Training):
    """A step before the first one is accepted: steps count from 1, and a loop that starts at 0 should be told so. Raise
    a ValueError for `step < 1`."""

    def check_step(self, step):
        pass

    def falling(self, step, warmup):
        return float(max(step, 1) ** -0.5)


@misconception(weight=Weight.SLIP)
class ScheduleNegativeSteps(Training):
    """Only the step 0 is refused. A negative one is just as wrong: raise a ValueError for `step < 1`."""

    def check_step(self, step):
        if step == 0:
            raise ValueError("steps count from 1")

    def falling(self, step, warmup):
        return float(max(step, 1) ** -0.5)


@misconception(weight=Weight.SLIP)
class ScheduleNotChecked(Training):
    """A step before the first one ends in another error than a ValueError, such as the ZeroDivisionError of 0^-0.5.
    Check the step first: `if step < 1`, raise a ValueError."""

    def check_step(self, step):
        pass


@misconception(weight=Weight.SLIP)
class ScheduleZeroNotChecked(Training):
    """The step 0 ends in another error than a ValueError: only negative steps raise one. Check for `step < 1` before
    you calculate, and raise a ValueError."""

    def check_step(self, step):
        if step < 0:
            raise ValueError("steps count from 1")


@misconception(weight=Weight.SLIP)
class ScheduleOnlyZeroChecked(Training):
    """A negative step ends in another error than a ValueError: only the step 0 raises one. Check for `step < 1`, and
    raise a ValueError."""

    def check_step(self, step):
        if step == 0:
            raise ValueError("steps count from 1")


@misconception("loop-warmup-ignored")
class ScheduleWarmupHardCoded(Training):
    """The warm-up is always 4000 steps. Use the argument `warmup_steps`."""

    def learning_rate(self, step, d_model, warmup_steps=None):
        return super().learning_rate(step, d_model, 4000)


@misconception(weight=Weight.SLIP)
class ScheduleWarmupDefault(Training):
    """When `warmup_steps` is left out, it is 1000. The paper's 4000 is the default."""

    default_warmup = 1000
