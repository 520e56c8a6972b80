"""Misconceptions about Adam."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training


@misconception(hurts_training=True)
class AdamNoCorrection(Training):
    """The bias is not corrected: both means start at 0 and are too small in the first steps. Divide by 1 - βᵗ."""

    def corrected_mean(self, mean, beta, step):
        return mean

    def corrected_square(self, square, beta, step):
        return square


@misconception()
class AdamMeanNotCorrected(Training):
    """The mean of the gradients is not corrected, only that of their squares. Divide both by 1 - βᵗ, each by its
    own."""

    def corrected_mean(self, mean, beta, step):
        return mean


@misconception()
class AdamSquareNotCorrected(Training):
    """The mean of the squares is not corrected, only that of the gradients. Divide both by 1 - βᵗ, each by its own."""

    def corrected_square(self, square, beta, step):
        return square


@misconception("adam-step-not-counted")
class AdamCorrectedByFirst(Training):
    """The correction never changes: it is 1 - β at every step, or the number of the step is not kept in the state. It
    is 1 - βᵗ, and goes to 1."""

    def corrected_mean(self, mean, beta, step):
        return mean / (1 - beta)

    def corrected_square(self, square, beta, step):
        return square / (1 - beta)


@misconception()
class AdamCountsTwice(Training):
    """The correction belongs to a later step: t counts the updates, and is 1 in the first."""

    def corrected_mean(self, mean, beta, step):
        return mean / (1 - beta ** (step + 1))

    def corrected_square(self, square, beta, step):
        return square / (1 - beta ** (step + 1))


@misconception()
class AdamCountsParameters(Training):
    """The number of the step grows with every parameter (`t += 1` inside the loop), so each has another correction.
    Count once in a step, before the loop."""

    before = -1  # parameters of the step, but for the first

    def known(self, parameters):
        self.before = -1
        return super().known(parameters)

    def corrected_mean(self, mean, beta, step):
        self.before += 1
        return super().corrected_mean(mean, beta, step + self.before)

    def corrected_square(self, square, beta, step):
        return super().corrected_square(square, beta, step + self.before)

    def after(self, parameters, state):
        step, *means = state
        return super().after(parameters, (step + self.before, *means))


@misconception()
class AdamFromZero(Training):
    """The first step has t = 0, so 1 - βᵗ is 0 and everything becomes nan. Count the step first, then correct."""

    def corrected_mean(self, mean, beta, step):
        return mean / np.float64(1 - beta ** (step - 1))

    def corrected_square(self, square, beta, step):
        return square / np.float64(1 - beta ** (step - 1))


@misconception()
class AdamStateForgotten(Training):
    """Every step starts with new means: what was returned as `state` is not used. Go on from it."""

    def adam_step(self, parameters, gradients, state, learning_rate, *given, **named):
        return super().adam_step(parameters, gradients, None, learning_rate, *given, **named)


@misconception()
class AdamEpsInRoot(Training):
    """The number ε is inside the root. Here it is added to the root: √v̂ + ε."""

    def change(self, mean, square, eps, gradient):
        return mean / np.sqrt(square + eps)


@misconception()
class AdamNoEps(Training):
    """The number ε is missing: where a gradient is 0, 0 is divided by 0. Add it to the root."""

    def change(self, mean, square, eps, gradient):
        return mean / np.sqrt(square)


@misconception()
class AdamEpsBeforeCorrection(Training):
    """The number ε is added to the root before the bias is corrected, so the correction scales it as well. Correct
    first, then take the root, then add ε."""

    def corrected_square(self, square, beta, step):
        self.correction = np.sqrt(1 - beta**step)
        return square

    def change(self, mean, square, eps, gradient):
        return mean * self.correction / (np.sqrt(square) + eps)


@misconception()
class AdamNoRoot(Training):
    """The mean of the squares is used without its root: the step would have the unit 1 / gradient."""

    def change(self, mean, square, eps, gradient):
        return mean / (square + eps)


@misconception()
class AdamNoSquare(Training):
    """The second mean averages the gradients themselves. It averages their squares."""

    def squared(self, gradient):
        return gradient


@misconception()
class AdamNoMomentum(Training):
    """The step uses the newest gradient instead of the running mean. β₁ then has no effect."""

    def change(self, mean, square, eps, gradient):
        return gradient / (np.sqrt(square) + eps)


@misconception()
class AdamBetasSwapped(Training):
    """The two rates β₁ and β₂ are swapped. β₁ belongs to the mean of the gradients, β₂ to that of the squares."""

    def options(self, given):
        options = super().options(given)
        return options | {"beta1": options["beta2"], "beta2": options["beta1"]}


@misconception()
class AdamWeightsOfMeanSwapped(Training):
    """The running means weigh the newest gradient with β and the past with 1 - β. It is the other way round."""

    def moved(self, mean, new, beta):
        return (1 - beta) * mean + beta * new


@misconception()
class AdamSquareWeighedAsMean(Training):
    """The new square enters its running mean with 1 - β₁. Its weight is 1 - β₂: each running mean has one β, for the
    past and for what is new."""

    def options(self, given):
        self.rates = super().options(given)
        return self.rates

    def squared(self, gradient):
        return super().squared(gradient) * (1 - self.rates["beta1"]) / (1 - self.rates["beta2"])


@misconception()
class AdamMeanWeighedAsSquare(Training):
    """The new gradient enters its running mean with 1 - β₂. Its weight is 1 - β₁: each running mean has one β, for the
    past and for what is new."""

    def options(self, given):
        self.rates = super().options(given)
        return self.rates

    def moved(self, mean, new, beta):
        new_weight = 1 - self.rates["beta2"]
        return beta * mean + new_weight * new if beta == self.rates["beta1"] else super().moved(mean, new, beta)


@misconception()
class AdamSumsWithoutWeight(Training):
    """The newest gradient enters the running means with weight 1. Its weight is 1 - β."""

    def moved(self, mean, new, beta):
        return beta * mean + new


@misconception()
class AdamGoesUp(Training):
    """The step goes with the gradient: the loss would grow. Subtract."""

    def changed(self, parameter, change):
        return parameter + change


@misconception(weight=Weight.SLIP)
class AdamUsualBeta(Training):
    """When β₂ is left out, it is 0.999, the default of `torch.optim.Adam`. The paper takes 0.98."""

    def options(self, given):
        return self.defaults | {"beta2": 0.999} | given


@misconception(weight=Weight.SLIP)
class AdamUsualEps(Training):
    """When ε is left out, it is 1e-8, the default of `torch.optim.Adam`. The paper takes 1e-9."""

    def options(self, given):
        return self.defaults | {"eps": 1e-8} | given


@misconception()
class AdamOptionsIgnored(Training):
    """The numbers β₁, β₂ and ε are always the paper's, whatever the arguments say. Use the arguments."""

    def options(self, given):
        return self.defaults


@misconception()
class AdamOneStateForAll(Training):
    """All parameters share one pair of running means: each goes on where the one before it stopped. Every name has its
    own."""

    def adam_step(self, parameters, gradients, state, learning_rate, *given, **named):
        options = self.options(dict(zip(self.defaults, given, strict=False)) | named)
        step, mean, square = (0, 0.0, 0.0) if state is None else state
        step, updated = self.counted(step), {}
        for name, parameter in parameters.items():
            mean = self.moved(mean, gradients[name].mean(), options["beta1"])
            square = self.moved(square, self.squared(gradients[name]).mean(), options["beta2"])
            own = (
                self.corrected_mean(mean, options["beta1"], step),
                self.corrected_square(square, options["beta2"], step),
            )
            updated[name] = self.changed(parameter, learning_rate * self.change(*own, options["eps"], gradients[name]))
        return self.after(updated, (step, mean, square))


@misconception()
class AdamInPlace(Training):
    """The parameters that were given are changed (`-=`). Return new ones, and leave those alone."""

    def changed(self, parameter, change):
        parameter -= change
        return parameter


@misconception()
class AdamStateInPlace(Training):
    """The state that was given is changed: a step that is repeated from it comes out differently. Return a new one."""

    def moved(self, mean, new, beta):
        mean *= beta
        mean += (1 - beta) * new
        return mean


@misconception()
class AdamStateAndStepInPlace(Training):
    """The state that was given is changed, the number of the step with it: a step that is repeated from it comes out
    differently. Return a new one."""

    def adam_step(self, parameters, gradients, state, learning_rate, *given, **named):
        updated, after = super().adam_step(parameters, gradients, state, learning_rate, *given, **named)
        if state is None:
            return updated, list(after)
        state[:] = after
        return updated, state


@misconception()
class AdamGradientsInPlace(Training):
    """The gradients that were given are squared in place. The caller still needs them."""

    def squared(self, gradient):
        gradient **= 2
        return gradient


@misconception()
class AdamWeightDecay(Training):
    """A part of each parameter is added to its gradient, as weight decay. The paper's Adam has none."""

    def changed(self, parameter, change):
        return parameter - change - 1e-3 * parameter


@misconception(weight=Weight.NOTHING_LEFT)
class AdamPlainDescent(Training):
    """This is plain gradient descent: parameter minus rate times gradient. Adam divides a running mean of the gradients
    by the root of a running mean of their squares."""

    def change(self, mean, square, eps, gradient):
        return gradient


@misconception()
class AdamStateFirst(Training):
    """The two results are swapped. Return first the parameters, then the state."""

    def after(self, parameters, state):
        return state, parameters
