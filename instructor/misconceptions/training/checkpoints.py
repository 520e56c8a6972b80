"""Misconceptions about the average of checkpoints."""

from autograder.exercise import Weight, misconception
from instructor.misconceptions.training.steps import Training


@misconception()
class AverageInOwnDtype(Training):
    """The sum is made in the tensors' own dtype: half precision ends at 65504, and every addition rounds. Add up in
    float64 and convert at the end."""

    def widened(self, tensor):
        return tensor


@misconception()
class AverageInSinglePrecision(Training):
    """The sum is made in float32, which rounds what float64 checkpoints hold. Add up in float64."""

    def widened(self, tensor):
        return tensor.float()


@misconception()
class AverageInFloatForHalves(Training):
    """Nothing is added up in float64: `torch.stack(…).mean(dim=0)` takes float16 in float32, and float32 as it is, so
    that numbers which nearly cancel out are lost. Convert to float64 *before* the mean."""

    def average(self, tensors):
        return self.xp.stack(tuple(tensors)).mean(dim=0)


@misconception()
class AverageStaysDouble(Training):
    """The average stays float64. It is returned in the dtype that the tensors had."""

    def of_dtype(self, mean, tensor):
        return mean


@misconception()
class AverageAlwaysSingle(Training):
    """The average is always float32. It is returned in the dtype that the tensors had."""

    def of_dtype(self, mean, tensor):
        return mean.float()


@misconception()
class AverageOfIntegers(Training):
    """Integers are averaged, too. A counter has no mean: take that of the last checkpoint."""

    def is_averaged(self, tensor):
        return True


@misconception()
class AverageIntegersOfTheFirst(Training):
    """Integers are those of the first checkpoint. Take those of the last one."""

    def pattern(self, state_dicts):
        return state_dicts[0]


@misconception()
class AverageWithoutIntegers(Training):
    """Integers are left out, and the state dict no longer fits its model. Take those of the last checkpoint."""

    def average_checkpoints(self, state_dicts):
        averaged = super().average_checkpoints(state_dicts)
        return {name: tensor for name, tensor in averaged.items() if self.is_averaged(tensor)}


@misconception()
class AverageSum(Training):
    """The tensors are added up and never divided. Divide by the number of checkpoints."""

    def average(self, tensors):
        return self.of_dtype(sum(self.widened(tensor) for tensor in tensors), tensors[-1])


@misconception()
class AverageRunning(Training):
    """Each checkpoint is averaged with the average so far, so the last one counts for a half. All count the same."""

    def average(self, tensors):
        mean = self.widened(tensors[0])
        for tensor in tensors[1:]:
            mean = (mean + self.widened(tensor)) / 2
        return self.of_dtype(mean, tensors[-1])


@misconception()
class AverageWithoutTheFirst(Training):
    """The first checkpoint is left out of the sum. All of them count."""

    def average(self, tensors):
        return self.of_dtype(sum(self.widened(tensor) for tensor in tensors[1:]) / len(tensors), tensors[-1])


@misconception()
class AverageIntoTheFirst(Training):
    """The sum is made in the first checkpoint itself (`+=`). The caller still needs it: begin with a copy."""

    def average(self, tensors):
        mean = super().average(tensors)
        tensors[0].copy_(mean)
        return tensors[0]


@misconception()
class AverageIntoTheLast(Training):
    """The average is written into the last checkpoint, and the caller still needs it. Begin with a copy, or with an
    empty dict."""

    def average_checkpoints(self, state_dicts):
        state_dicts[-1].update(super().average_checkpoints(state_dicts))
        return state_dicts[-1]


@misconception()
class AverageOverTheFirst(Training):
    """The average and the last integers are written into the first checkpoint, and the caller still needs it. Begin
    with a copy, or with an empty dict."""

    def average_checkpoints(self, state_dicts):
        state_dicts[0].update(super().average_checkpoints(state_dicts))
        return state_dicts[0]


@misconception()
class AverageOfNorms(Training):
    """The median is taken. The paper averages: the mean of each number."""

    def average(self, tensors):
        stacked = self.xp.stack([self.widened(tensor) for tensor in tensors])
        return self.of_dtype(stacked.median(dim=0).values, tensors[-1])


@misconception(weight=Weight.NOTHING_LEFT)
class AverageIsTheLast(Training):
    """The last checkpoint comes back. Return the mean of all of them."""

    def average(self, tensors):
        return tensors[-1].clone()
