"""Misconceptions about the backward pass of softmax, in NumPy."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class BwdSoftmaxDiagonal(Attention):
    """Only y(1 - y) is used, the diagonal of the Jacobian. Every output of a softmax depends on every input of its row:
    the other entries are not 0."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return output * (1 - output) * grad_output


@misconception()
class BwdSoftmaxTermMissing(Attention):
    """The second term is missing. An input raises its own output and, through the common sum, lowers all outputs of its
    row: subtract their weighted mean first."""

    def common(self, grad_output, output, axis):
        return 0.0


@misconception(weight=Weight.NOTHING_LEFT)
class BwdSoftmaxZeros(Attention):
    """The gradient is 0 everywhere. That is right for an upstream gradient of ones, because a row always sums to 1:
    check with a random one."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return np.zeros(output.shape)


@misconception()
class BwdSoftmaxSumUnweighted(Attention):
    """The upstream numbers of a row are added up as they are. Multiply each by its `output` first: the sum that is
    subtracted is a weighted one."""

    def common(self, grad_output, output, axis):
        return grad_output.sum(axis=axis, keepdims=True)


@misconception()
class BwdSoftmaxPlainMean(Attention):
    """The plain mean of a row is subtracted. Subtract the mean *weighted by the softmax's outputs*."""

    def common(self, grad_output, output, axis):
        return grad_output.mean(axis=axis, keepdims=True)


@misconception()
class BwdSoftmaxMeanOfProducts(Attention):
    """The products of `output` and the upstream gradient are averaged. Add them up: the outputs of a row are the
    weights of the mean already."""

    def common(self, grad_output, output, axis):
        return (output * grad_output).mean(axis=axis, keepdims=True)


@misconception()
class BwdSoftmaxNoKeepdims(Attention):
    """The sum has lost its axis, and broadcasts along the wrong one or not at all. Use keepdims=True."""

    def common(self, grad_output, output, axis):
        return (output * grad_output).sum(axis=axis)


@misconception()
class BwdSoftmaxOverAll(Attention):
    """One sum runs over the whole array. Each row has a sum of its own, along `axis`."""

    def common(self, grad_output, output, axis):
        return (output * grad_output).sum()


@misconception()
class BwdSoftmaxIgnoresAxis(Attention):
    """The argument `axis` is ignored: the sum always runs along the last one here. Use the axis that was given."""

    def common(self, grad_output, output, axis):
        return super().common(grad_output, output, -1)


@misconception()
class BwdSoftmaxSign(Attention):
    """The sign is wrong. Subtract the weighted mean from the upstream gradient, not the other way round."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return -super().softmax_backward(grad_output, output, axis)


@misconception()
class BwdSoftmaxFactorMissing(Attention):
    """The factor `output` is missing: the weighted mean is subtracted from the upstream gradient, and that is all.
    Multiply the difference by `output`."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return grad_output - self.common(grad_output, output, axis)


@misconception()
class BwdSoftmaxDiagonalMissing(Attention):
    """Only -yᵢ yⱼ is used, also where i = j. On the diagonal of the Jacobian there is yᵢ(1 - yᵢ): add output *
    grad_output."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return -output * self.common(grad_output, output, axis)


@misconception()
class BwdSoftmaxDividedByBatch(Attention):
    """The gradient is divided by the number of rows. No mean was taken here: return the gradient of each row as it
    is."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return super().softmax_backward(grad_output, output, axis) / len(output)


@misconception()
class BwdSoftmaxTwice(Attention):
    """`output` is put through a softmax again. It *is* the softmax's result already, and nothing else is needed."""

    def softmax_backward(self, grad_output, output, axis=-1):
        powers = np.exp(output)
        return super().softmax_backward(grad_output, powers / powers.sum(axis=axis, keepdims=True), axis)


@misconception()
class BwdSoftmaxOfLogarithm(Attention):
    """This is the gradient of the *log*-softmax, as it stands in a cross-entropy. Softmax itself has one more factor,
    its output."""

    def softmax_backward(self, grad_output, output, axis=-1):
        return grad_output - output * grad_output.sum(axis=axis, keepdims=True)


@misconception()
class BwdSoftmaxInPlace(Attention):
    """The caller's `grad_output` is changed in place (`-=`, `*=`). Others still need it: make a new array."""

    def softmax_backward(self, grad_output, output, axis=-1):
        grad_output -= self.common(grad_output, output, axis)
        grad_output *= output
        return grad_output
