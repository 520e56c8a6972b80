# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 9 · Training
#
# *Sections 5.3, 5.4 and 6.1 of "Attention Is All You Need" (Vaswani et al., 2017)*
#
# Your Transformer is built, but it knows nothing yet. In this unit you teach it. You write the loss, the schedule, the
# optimizer and the loop, and at the end your model reverses sequences that it has never seen. You will see how it does
# that, in its attention map.
#
# Training is also where mistakes hide best. A model with a broken loop still learns *something*, and the loss still
# falls. So near the end you break the model in five ways, and see which of them the loss shows. Then comes a hunt:
# somebody else has broken a training script, and you find out where.
#
# **You are here:** units 1 to 7 built the model, and unit 8 feeds it. This one trains it; unit 10 makes it speak.
#
# {exercises: 30 min}
#
# **How to work.** Replace each `raise NotImplementedError()` with your own code. The cell below it checks the exercise
# and, if something is wrong, tells you what and where. The next cells use your code to draw or calculate something;
# until you have written it, they just say "Not yet". You can also check from a terminal, in the course folder:
#
# {commands: cross_entropy}
#
# **What is allowed.** In NumPy exercises, everything but PyTorch. In PyTorch exercises, everything except the
# ready-made losses, since you write these yourself: `F.cross_entropy`, `F.nll_loss`, `F.kl_div` and their modules. You
# may use `F.log_softmax`, the optimizers in `torch.optim` and `clip_grad_norm_`. The next cell gives you the model of
# unit 7. **To train your own, write `own_work` where the cell says `blocks`**; your grade is the same either way.
#
# **Words of this unit.** A *label* is the token that the model should predict at a position. *Logits* are its raw
# scores, one for each token of the vocabulary; a softmax turns them into probabilities. A *step* (or *update*) is one
# change of all parameters. An *epoch* is one pass through all the data.

# %%
import math
from functools import cache

import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.blocks import (
    Transformer,
    causal_mask,
    decoder_layer,
    decoder_layer_backward,
    encoder_layer,
    encoder_layer_backward,
    greedy_decode,
    padding_mask,
    positional_encoding,
    transformer,
)
from autograder.figures import curves, heatmaps
from autograder.hunt import the_hunt
from autograder.properties import check_number, numerical_gradient, predicted, when_written

torch.set_num_threads(1)  # our tensors are small: several threads would only wait for one another
PAD, BOS, EOS = 0, 1, 2

# %% [markdown]
# ## What the decoder reads, and what it predicts
#
# When your model writes, it reads its own tokens back, one after the other. In training that would be slow, and at
# first the model would read nothing but nonsense. So you give it the *right* tokens to read, all at once, and at each
# position it has to predict the next one. This is called **teacher forcing**. The causal mask makes sure that no
# position sees its own answer.
#
# {exercise: teacher_forcing}
#
# **Deliver** the function `teacher_forcing` in the next code cell.
#
# > *The paper:* "This masking, combined with fact that the output embeddings are offset by one position, ensures that
# > the predictions for position $i$ can depend only on the known outputs at positions less than $i$." (section 3.1)
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `tgt` | `(batch, tokens)`, begins with BOS and holds EOS | int64 | no |
# | *returns* `decoder_input` | `(batch, tokens - 1)`: all but the last column | int64 | no |
# | *returns* `labels` | `(batch, tokens - 1)`: all but the first column | int64 | no |
#
# `tgt` is an array here, and a tensor in your training step further down: write code that works for both. Don't change
# `tgt`; the results may be views of it.
#
# **In numbers**, with BOS 1, EOS 2 and padding 0: from the row (1, 7, 8, 2, 0), the decoder reads (1, 7, 8, 2), and its
# labels are (7, 8, 2, 0). After BOS comes 7, after 7 comes 8, and after 8 the sentence ends.
#
# > **The paper does not say** what to do with the padding. Here, both results keep it, and the loss ignores it.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Two slices of the same rows, one token apart.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# First result: every row without its last token. Second result: every row without its first token.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The first axis is the batch: slice the second one, `[:, ...]`. Both results have the same width: nothing follows the
# last token, so the decoder does not read it; nothing comes before the first, so it is not a label.
#
# </details>


# %% exercise="teacher_forcing" minutes=3 difficulty=1 importance=5
def teacher_forcing(tgt):
    """What the decoder reads, all but the last column of tgt (batch, tokens), and its labels, all but the first column.

    Works for arrays and for tensors.
    """
    ### BEGIN SOLUTION
    width = tgt.shape[1]
    decoder_input, labels = tgt[:, : width - 1], tgt[:, 1:width]
    return decoder_input, labels
    ### END SOLUTION


# %% check="teacher_forcing"
check("teacher_forcing")

# %% experiment="forcing_in_numbers"
with when_written():
    target = np.array([[1, 7, 8, 2, 0], [1, 9, 2, 0, 0]])
    for reads, says in zip(*teacher_forcing(target), strict=True):
        print(f"reads {reads}, should predict {says}")
    assert np.array_equal(teacher_forcing(target)[1], [[7, 8, 2, 0], [9, 2, 0, 0]])

# %% [markdown]
# ## How wrong is it?
#
# {exercise: cross_entropy}
#
# **Deliver** the function `cross_entropy`, in NumPy.
#
# $$L = -\frac{1}{N} \sum_{\text{labels}} \log p(\text{label}), \qquad p = \mathrm{softmax}(\text{logits})$$
#
# The sum goes over all labels in the batch that are not padding, and $N$ is their number. There is at least one.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `logits` | `(batch, tokens, V)` | float64 | no |
# | `labels` | `(batch, tokens)` | int64 | no |
# | `pad_id` | an integer, by default 0 | `int` | no |
# | *returns* | one number | `float` | no |
#
# The result must be finite for logits of any size. Don't change the arguments.
#
# **In numbers**: three classes (the tokens among which the model chooses, $V$ in number), logits (0, 0, 0) and the
# label 2. All are equally likely, so $L = -\log \frac13 =
# 1.0986$. With logits (1000, 0, 0) and the label 1, the model is sure and wrong: $L = 1000$, not infinite.
#
# > **The paper does not say** whether padding is left out, or whether the mean is taken over labels or over sentences.
# > Here it is taken over labels: a token counts the same in a long sentence and in a short one.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# You can compute the logarithm of a softmax without the softmax: $\log p_c = x_c - \log \sum_j e^{x_j}$. Subtract the
# largest logit first; it cancels.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Subtract from each row of logits its largest. Subtract the logarithm of the sum of their exponentials. Pick the entry
# of each label (`np.take_along_axis`). Keep those whose label is not padding, and return minus their mean.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `np.log(softmax(x))` is minus infinity as soon as a probability is rounded to 0. And a mean over *all* positions would
# count padding; use `losses[labels != pad_id].mean()`.
#
# </details>


# %% exercise="cross_entropy" minutes=10 difficulty=2 importance=5
def cross_entropy(logits: np.ndarray, labels: np.ndarray, pad_id: int = 0) -> float:
    """L = -mean log p(label) over the labels (batch, tokens) that are not pad_id; logits (batch, tokens, V)."""
    ### BEGIN SOLUTION
    words = labels != pad_id
    rows, wanted = logits[words], labels[words]  # (words, V) and (words,)
    rows = rows - rows.max(axis=1, keepdims=True)
    said = rows[np.arange(len(wanted)), wanted]
    return float(np.mean(np.log(np.exp(rows).sum(axis=1)) - said))
    ### END SOLUTION


# %% check="cross_entropy"
check("cross_entropy")

# %% experiment="loss_in_numbers"
with when_written():
    equal = cross_entropy(np.zeros((1, 1, 3)), np.array([[2]]))
    sure = cross_entropy(np.array([[[1000.0, 0.0, 0.0]]]), np.array([[1]]))
    print(f"no opinion: {equal:.4f}, sure and wrong: {sure:.1f}")
    assert math.isclose(equal, math.log(3))
    assert sure == 1000.0
    alone = cross_entropy(np.array([[[5.0, 0.0, 0.0]]]), np.array([[2]]))
    padded = cross_entropy(np.full((1, 3, 3), [5.0, 0.0, 0.0]), np.array([[2, 0, 0]]))
    print(f"one label: {alone:.4f}, and with padding that is easy to predict: {padded:.4f}")
    assert math.isclose(alone, padded)

# %% [markdown]
# ## Not too sure
#
# {exercise: label_smoothing_loss}
#
# **Deliver** the function `label_smoothing_loss`, in NumPy.
#
# > *The paper:* "During training, we employed label smoothing of value $\epsilon_{ls} = 0.1$. This hurts perplexity, as
# > the model learns to be more unsure, but improves accuracy and BLEU score." (section 5.4)
#
# *Perplexity* is the exponential of the mean loss of a token without smoothing (problem {number: evaluate}); *BLEU* is
# a score for translations (unit 10).
#
# Cross-entropy asks for a probability of 1, and no finite logits give that: a model that predicts every token right is
# still pushed to be surer. Label smoothing asks for less. The target is no longer one class but a distribution $q$. The
# label gets $1 - \epsilon$. The rest, $\epsilon$, is shared equally by **all** $V$ classes, including the label.
#
# $$q_c = (1 - \epsilon)\,[c = \text{label}] + \frac{\epsilon}{V}, \qquad
# L = -\frac{1}{N} \sum_{\text{labels}} \sum_{c=1}^{V} q_c \log p_c$$
#
# A bracket such as $[c = \text{label}]$ is 1 where it is true, and 0 elsewhere.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `logits`, `labels`, `pad_id` | as in problem {number: cross_entropy} | | |
# | `epsilon` | a number in [0, 1), by default 0.1 | `float` | no |
# | *returns* | one number | `float` | no |
#
# **In numbers**: $V = 4$, $\epsilon = 0.1$, label 1: $q = (0.025, 0.925, 0.025, 0.025)$. A model that predicts exactly
# this has the loss $-\sum q \log q = 0.349$, the smallest possible. The loss never reaches 0.
#
# > **The paper does not say** how the $\epsilon$ is shared. Some implementations leave out the label, some the
# > padding's class. We follow PyTorch and Szegedy et al. (2016), from whom the paper takes the idea: $\epsilon / V$ for
# > each.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# The sum over classes falls into two parts: $(1 - \epsilon)$ times the log-probability of the label, and $\epsilon$
# times the *mean* of all log-probabilities.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Compute all log-probabilities as before. The loss of a position is minus (1 - ε) times the label's, minus ε times the
# mean of all. Then take the mean over the positions whose label is not padding.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The label keeps $1 - \epsilon$ *plus* its share $\epsilon / V$. And a padded position has no label at all: leave it
# out of both parts.
#
# </details>


# %% exercise="label_smoothing_loss" minutes=10 difficulty=2 importance=4
def label_smoothing_loss(logits: np.ndarray, labels: np.ndarray, epsilon: float = 0.1, pad_id: int = 0) -> float:
    """L = -mean Σ_c q_c log p_c with q = (1 - ε) onehot(label) + ε / V, over the labels that are not pad_id."""
    ### BEGIN SOLUTION
    words = labels != pad_id
    rows, wanted = logits[words], labels[words]
    rows = rows - rows.max(axis=1, keepdims=True)
    log_p = rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))
    q = np.full(rows.shape, epsilon / rows.shape[1])
    q[np.arange(len(wanted)), wanted] += 1 - epsilon
    return float(-(q * log_p).sum() / len(wanted))
    ### END SOLUTION


# %% check="label_smoothing_loss"
check("label_smoothing_loss")

# %% [markdown]
# ### How sure should it be?
#
# There are ten classes. A model gives the label the probability $p$ and shares the rest equally among the others. The
# figure shows its loss for each $p$, with $\epsilon = 0$, 0.1 and 0.4.
#
# **Predict first.** With $\epsilon = 0.1$, for which $p$ is the loss smallest?
#
# - **a**: as close to 1 as possible: the label is right, after all
# - **b**: 0.91
# - **c**: 0.5

# %% guess="how_sure"
# a: That is true without smoothing. With smoothing, the target gives part of the probability to the nine other classes.
#    If the model gives them almost nothing, its loss is large, because $-\log$ of a tiny number is large.
# b: The loss is smallest when the model's probabilities are equal to the target's. The target gives the label $1 -
#    \epsilon = 0.9$ plus its share of the rest, $0.1 / 10 = 0.01$. So smoothing keeps a model from becoming too sure.
# c: Smoothing spreads only $\epsilon$ of the target, a tenth, over the classes. Even with $\epsilon = 0.4$, the best
#    $p$ is 0.64.
guess_how_sure = "b"

# %% experiment="how_sure"
with when_written(), predicted("how_sure", guess_how_sure):
    sureness = np.linspace(0.3, 0.995, 60)
    losses = {}
    for epsilon in (0.0, 0.1, 0.4):
        lines = []
        for p in sureness:
            probabilities = np.full((1, 1, 10), (1 - p) / 9)
            probabilities[0, 0, 3] = p
            lines.append(label_smoothing_loss(np.log(probabilities), np.array([[3]]), epsilon))
        losses[f"ε = {epsilon}"] = lines
        print(f"ε = {epsilon}: the loss is smallest at p = {sureness[int(np.argmin(lines))]:.2f}")
    curves(sureness, {"Smoothed loss": losses}, x_label="probability of the label")

# %% [markdown]
# The minimum is where the model predicts the target distribution itself, $p = 1 - \epsilon + \epsilon / V$. (For
# $\epsilon = 0$ that is 1, just beyond the curve.) A model that is surer than that has a larger loss. This is what
# "learns to be more unsure" means. It also explains the worse perplexity, which is measured without smoothing.
#
# {exercise: label_smoothing_loss_backward}
#
# **Deliver** the function `label_smoothing_loss_backward`, in NumPy, for bonus points.
#
# $$\frac{\partial L}{\partial \text{logits}} = \frac{p - q}{N}, \qquad \text{and exactly } 0 \text{ at padding}$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `logits`, `labels`, `epsilon`, `pad_id` | as in problem {number: label_smoothing_loss} | | |
# | *returns* `grad_logits` | `(batch, tokens, V)` | float64 | no |
#
# **In numbers**: $V = 2$, logits (0, 0), label 1, $\epsilon = 0.1$, and nothing else in the batch: $p = (0.5, 0.5)$,
# $q = (0.05, 0.95)$, so the gradient is (0.45, -0.45). A step *against* it raises the label's logit.
#
# > **The paper does not say** any of this. It follows from $\partial \log p_c / \partial x_j = [c = j] - p_j$; try to
# > derive it.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# All the logarithms are gone. What is left is the difference between the model's distribution and the target.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# p is the softmax, computed after the largest logit is subtracted. q is ε / V everywhere, plus 1 - ε at the label.
# Subtract, divide by the number of labels that are not padding, and set the padded positions to 0.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The division: the loss was a mean. And the padded rows: $p - q$ is not 0 there, so set them to 0 yourself.
#
# </details>


# %% exercise="label_smoothing_loss_backward" minutes=12 difficulty=3 importance=3
def label_smoothing_loss_backward(
    logits: np.ndarray, labels: np.ndarray, epsilon: float = 0.1, pad_id: int = 0
) -> np.ndarray:
    """The gradient (batch, tokens, V) of label_smoothing_loss for the logits: (p - q) / N, exactly 0 at padding."""
    ### BEGIN SOLUTION
    words = labels != pad_id
    rows, wanted = logits[words], labels[words]
    p = np.exp(rows - rows.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p -= epsilon / rows.shape[1]
    p[np.arange(len(wanted)), wanted] -= 1 - epsilon
    grad_logits = np.zeros(logits.shape)
    grad_logits[words] = p / len(wanted)
    return grad_logits
    ### END SOLUTION


# %% check="label_smoothing_loss_backward"
check("label_smoothing_loss_backward")

# %% experiment="loss_gradient"
with when_written():
    generator = np.random.default_rng(0)
    some_logits, some_labels = generator.normal(size=(2, 3, 5)), np.array([[3, 1, 0], [4, 0, 2]])
    by_hand = label_smoothing_loss_backward(some_logits, some_labels)
    small_steps = numerical_gradient(
        lambda x: np.array(label_smoothing_loss(x, some_labels)), some_logits, np.array(1.0)
    )
    print(f"your gradient differs from a numerical one by {np.abs(by_hand - small_steps).max():.1e}")
    assert np.abs(by_hand - small_steps).max() < 1e-6

# %% [markdown]
# ## The same in PyTorch
#
# {exercise: LabelSmoothingLoss}
#
# **Deliver** the module `LabelSmoothingLoss`. PyTorch computes its gradient for you.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `epsilon`, `pad_id` | for the constructor; by default 0.1 and 0 | `float`, `int` | no |
# | `logits` | `(batch, tokens, V)` | float32 or float64 | no |
# | `labels` | `(batch, tokens)` | int64 | no |
# | *returns* | `()`, one number | that of `logits` | no |
#
# > **The paper does not say** any more about this than above.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# The same two parts, with tensors.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# `log_softmax` along the last axis; `gather` the labels' entries; the mean over the last axis; combine the two with 1 -
# ε and ε; select the positions whose label is not padding; return minus their mean.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `gather` needs indices with as many axes as the tensor: `labels[..., None]`. Remove the extra axis afterwards. And
# don't call `.item()`: the result must stay a tensor, or nothing can be trained with it.
#
# </details>


# %% exercise="LabelSmoothingLoss" minutes=8 difficulty=2 importance=5
class LabelSmoothingLoss(nn.Module):
    """L = -mean Σ_c q_c log p_c with q = (1 - ε) onehot(label) + ε / V, over the labels that are not pad_id."""

    def __init__(self, epsilon: float = 0.1, pad_id: int = 0) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.epsilon = epsilon
        self.pad_id = pad_id
        ### END SOLUTION

    def forward(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the mean loss (a tensor without axes) of logits (batch, tokens, V) for labels (batch, tokens)."""
        ### BEGIN SOLUTION
        words = labels.ne(self.pad_id)
        log_p = torch.log_softmax(logits[words], dim=1)
        of_label = log_p[torch.arange(len(log_p), device=log_p.device), labels[words]]
        return -torch.mean((1 - self.epsilon) * of_label + self.epsilon * log_p.mean(dim=1))
        ### END SOLUTION


# %% check="LabelSmoothingLoss"
check("LabelSmoothingLoss")

# %% experiment="two_losses"
with when_written():
    tensors = torch.tensor(some_logits, requires_grad=True), torch.tensor(some_labels)
    loss = LabelSmoothingLoss()(*tensors)
    torch.autograd.backward(loss)
    print(f"NumPy {label_smoothing_loss(some_logits, some_labels):.6f}, PyTorch {loss.item():.6f}")
    by_small_steps = numerical_gradient(
        lambda x: np.array(label_smoothing_loss(x, some_labels)), some_logits, np.array(1.0)
    )
    print(f"its gradient differs from a numerical one by {np.abs(by_small_steps - tensors[0].grad.numpy()).max():.1e}")

# %% [markdown] question="smoothing" minutes=6
# {question: worse perplexity, better translations}
#
# **(a)** A model has learned the training data by heart. How large would the label's logit have to be for the plain
# cross-entropy to be 0? With $\epsilon = 0.1$ and $V = 10\,000$, how far above the other logits is it when the smoothed
# loss is smallest? **(b)** How can smoothing make the perplexity worse, but the accuracy no worse or even better?
#
# ### BEGIN SOLUTION
# **(a)** Infinitely large: $p = 1$ needs an infinite distance from all other logits. With smoothing, the loss is
# smallest at $p = q$. Logits are log-probabilities up to a constant, so the distance is $\ln \frac{1 - \epsilon +
# \epsilon / V}{\epsilon / V} = \ln(0.90001 / 0.00001) = 11.4$.
#
# **(b)** Perplexity depends on the probability of the label, and smoothing trains the model to give it no more than
# about 0.9. So the perplexity is worse even where the model is right. Accuracy (like a decoder that takes the best
# token) only asks which class has the largest probability, and that is still the label. A model that is not pushed
# towards probabilities of 0 and 1 overfits less, so its accuracy may even be better.
#
# {marks: smoothing}
# ### END SOLUTION

# %% [markdown]
# ## How fast?
#
# {exercise: learning_rate}
#
# **Deliver** the function `learning_rate`.
#
# > *The paper:* "This corresponds to increasing the learning rate linearly for the first warmup_steps training steps,
# > and decreasing it thereafter proportionally to the inverse square root of the step number." (section 5.3)
#
# $$\mathrm{lrate} = d_\text{model}^{-0.5} \cdot \min\left(\mathrm{step}^{-0.5},\ \mathrm{step} \cdot
# \mathrm{warmup\_steps}^{-1.5}\right) \qquad \text{(equation 3)}$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `step` | the number of the update, from 1 | `int` | no |
# | `d_model` | the width of the model | `int` | no |
# | `warmup_steps` | by default 4000 | `int` | no |
# | *returns* | one number | `float` | no |
#
# A step before the first one raises a `ValueError`.
#
# **In numbers**: $d_\text{model} = 4$ and a warm-up of 4. Steps 1, 2, 4 and 16 have the rates 0.0625, 0.125, 0.25 and
# 0.125: the rate rises linearly, then falls with the root of the step.
#
# > **The paper does not say** what happens at step 0. There is no such step: a loop that starts counting at 0 would
# > divide by zero.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Two curves, one rising and one falling, which meet at the end of the warm-up. The smaller one counts.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# If step is below 1, raise. Take the smaller of two numbers: one over the root of step, and step times warmup to the
# power of -1.5. Divide it by the root of d_model.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# The exponent of the warm-up is -1.5, not -0.5. And it is `min`: with `max` the first step is enormous.
#
# </details>


# %% exercise="learning_rate" minutes=5 difficulty=1 importance=4
def learning_rate(step: int, d_model: int, warmup_steps: int = 4000) -> float:
    """lrate = d_model^-0.5 · min(step^-0.5, step · warmup_steps^-1.5), equation (3); ValueError for step < 1."""
    ### BEGIN SOLUTION
    if step < 1:
        raise ValueError(f"the first step is 1, not {step}")
    rising, falling = step / warmup_steps**1.5, 1 / math.sqrt(step)
    return (rising if step < warmup_steps else falling) / math.sqrt(d_model)
    ### END SOLUTION


# %% check="learning_rate"
check("learning_rate")

# %% experiment="schedules"
with when_written():
    assert [learning_rate(step, 4, 4) for step in (1, 2, 4, 16)] == [0.0625, 0.125, 0.25, 0.125]
    steps = list(range(1, 20001, 200))
    curves(
        steps,
        {
            "Learning rate, d_model = 512": {
                f"warm-up {w}": [learning_rate(s, 512, w) for s in steps] for w in (1000, 4000, 8000)
            },
            "Learning rate, warm-up 4000": {
                f"d_model {d}": [learning_rate(s, d) for s in steps] for d in (128, 512, 1024)
            },
        },
        x_label="step",
    )

# %% [markdown]
# ## Which way, and how far?
#
# {exercise: adam_step}
#
# **Deliver** the function `adam_step`, in NumPy.
#
# > *The paper:* "We used the Adam optimizer with $\beta_1 = 0.9$, $\beta_2 = 0.98$ and $\epsilon = 10^{-9}$."
# > (section 5.3)
#
# Adam keeps two running means for each parameter: $m$ of its gradients, and $v$ of their squares. A step follows $-m$,
# divided by the root of $v$, so that parameters with small gradients move as fast as those with large ones.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}, \qquad
# \theta \leftarrow \theta - \mathrm{lrate} \cdot \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$
#
# $t$ counts the steps from 1. Both means start at 0, so in the first steps they are too close to 0; the division by
# $1 - \beta^t$ corrects this.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `parameters`, `gradients` | dicts of arrays with the same names and shapes | float64 | no |
# | `state` | `None` before the first step; then what you returned | yours | yes |
# | `learning_rate` | one number | `float` | no |
# | `beta1`, `beta2`, `eps` | by default 0.9, 0.98 and 1e-9 | `float` | no |
# | *returns* `parameters` | a new dict | float64 | no |
# | *returns* `state` | whatever you need for the next step | yours | no |
#
# Don't change any argument, not even the state: the caller may want to repeat a step.
#
# **In numbers**: $\theta = 1$, $g = 10$, rate 0.1. The first step has $m = 1$ and $v = 2$, corrected 10 and 100, so
# $\theta = 1 - 0.1 \cdot 10 / 10 = 0.9$. With $g = 0.001$ it would be 0.9, too. In the first step, only the sign of the
# gradient matters.
#
# > **The paper does not say** the formula; Kingma and Ba (2015) do. Note where $\epsilon$ is: here it is *outside* the
# > root, but in layer norm it was inside.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# You need five lines for each name. The state is the number of the step and two dicts.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# If there is no state, start with step 0 and zeros for every name. Add one to the step. For each name: new m, new v,
# both corrected, the new parameter. Collect all of it in *new* dicts, and return them.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Count first, then correct: with $t = 0$ you would divide by 0. And don't use `+=` or `-=` on arrays that you were
# given.
#
# </details>


# %% exercise="adam_step" minutes=15 difficulty=3 importance=5
def adam_step(parameters, gradients, state, learning_rate, beta1=0.9, beta2=0.98, eps=1e-9):
    """One step of Adam (Kingma and Ba, 2015): the new parameters, a dict by name, and the new state.

    state is None before the first step, afterwards what was returned. Nothing is changed in place.
    """
    ### BEGIN SOLUTION
    count, moments = state if state is not None else (0, {})
    count, updated, kept = count + 1, {}, {}
    for name, theta in parameters.items():
        g = gradients[name]
        m, v = moments.get(name, (0.0, 0.0))
        m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
        kept[name] = m, v
        step = (m / (1 - beta1**count)) / (np.sqrt(v / (1 - beta2**count)) + eps)
        updated[name] = theta - learning_rate * step
    return updated, (count, kept)
    ### END SOLUTION


# %% check="adam_step"
check("adam_step")

# %% [markdown]
# ### A narrow valley
#
# Plain gradient descent has one rate for all directions. If a valley is a hundred times as steep across as along it, a
# rate that is small enough across is too small along the valley. Here, gradient descent and your Adam go down the same
# valley. Gradient descent is ahead at first. When does Adam overtake it for the last time here, and why does its
# curve go up and down?

# %% experiment="valley"
with when_written():
    steepness = np.array([100.0, 1.0])
    plain, theta, state = np.array([1.0, 1.0]), {"x": np.array([1.0, 1.0])}, None
    heights = {"gradient descent": [], "your Adam": []}
    for _ in range(80):
        heights["gradient descent"].append(np.log10((steepness * plain**2).sum()))
        heights["your Adam"].append(np.log10((steepness * theta["x"] ** 2).sum() + 1e-30))
        plain = plain - 0.009 * 2 * steepness * plain
        theta, state = adam_step(theta, {"x": 2 * steepness * theta["x"]}, state, 0.05)
    curves(list(range(80)), {"Height above the bottom, as a power of 10": heights}, x_label="step")

# %% [markdown]
# {exercise: clip_gradients}
#
# **Deliver** the function `clip_gradients`, in NumPy.
#
# Now and then a batch has an enormous gradient. One such step can undo an hour of training. So gradients get a limit.
# Their norm is the length of *all* gradients taken as one long vector. If it is above `max_norm`, all gradients are
# multiplied by one factor so that the norm becomes `max_norm`. The direction stays the same. Don't change the
# arguments.
#
# $$g \leftarrow g \cdot \min\left(1, \frac{\mathrm{max\_norm}}{\lVert g \rVert}\right), \qquad
# \lVert g \rVert = \sqrt{\sum_\text{names} \sum g^2}$$
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `gradients` | a dict of arrays | float64 | no |
# | `max_norm` | the limit, above 0 | `float` | no |
# | *returns* `gradients` | a dict with the same names | float64 | no |
# | *returns* `norm` | the norm *before* clipping | `float` | no |
#
# **In numbers**: gradients (3, 0) and (0, 4) have the norm 5. With `max_norm=1` they become (0.6, 0) and (0, 0.8); with
# `max_norm=10` nothing changes. In both cases the returned norm is 5.
#
# > **The paper does not say** whether it clips; its authors' code could. Nearly everybody does.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Compute one number over all names: square, add up, take the root.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Add up the squares over all arrays and take the root. If it is above the limit, the factor is limit over norm, else 1.
# Return a new dict with everything multiplied, and the norm.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Below the limit, don't scale anything *up*. And compare before you divide: the norm can be 0.
#
# </details>


# %% exercise="clip_gradients" minutes=6 difficulty=1 importance=3
def clip_gradients(gradients, max_norm):
    """Scale all gradients, a dict by name, to a norm of at most max_norm; return them and the norm before clipping."""
    ### BEGIN SOLUTION
    everything = np.concatenate([g.ravel() for g in gradients.values()])
    norm = float(np.linalg.norm(everything))
    if norm <= max_norm:
        return dict(gradients), norm
    return {name: g * (max_norm / norm) for name, g in gradients.items()}, norm
    ### END SOLUTION


# %% check="clip_gradients"
check("clip_gradients")

# %% experiment="clipping_in_numbers"
with when_written():
    two = {"a": np.array([3.0, 0.0]), "b": np.array([0.0, 4.0])}
    print(clip_gradients(two, 1.0), clip_gradients(two, 10.0), sep="\n")
    assert clip_gradients(two, 1.0)[1] == 5.0
    assert np.allclose(clip_gradients(two, 1.0)[0]["a"], [0.6, 0.0])

# %% [markdown]
# ## One step
#
# {exercise: train_step}
#
# **Deliver** the function `train_step`, in PyTorch.
#
# | argument | what it is | may it be `None`? |
# |---|---|---|
# | `model` | a Transformer: `model(src, decoder_input)` gives logits `(batch, tokens, V)` | no |
# | `optimizer` | one of `torch.optim`, with the model's parameters | no |
# | `loss_function` | you call it with `(logits, labels)`; it returns a tensor without axes | no |
# | `src`, `tgt` | ids `(batch, src_tokens)` and `(batch, tgt_tokens)`, int64 | no |
# | `max_norm` | the limit for the norm of all gradients; by default 1.0 | no |
# | *returns* | the loss, a Python `float` | no |
#
# Do this in order: training mode; clear the gradients; teacher forcing; loss; backward; clip the norm of all gradients;
# one step of the optimizer. Leave the model in training mode.
#
# **In numbers**: take a model with a single parameter $\theta = 1$ whose loss is $\theta^2$. The gradient is 2, clipped
# to 1. Plain gradient descent with the rate 0.1 makes $\theta = 0.9$. You return 1.0, the loss *before* the step.
#
# > **The paper does not say** anything about the loop. PyTorch does two things that surprise most beginners: gradients
# > *add up* until you clear them, and a model that was evaluated stays in evaluation mode until you call `.train()`.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Seven lines, in the order of the text. Your `teacher_forcing` works for tensors, too.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# model.train(); optimizer.zero_grad(); split the target; logits; loss; loss.backward();
# nn.utils.clip_grad_norm_(all parameters, max_norm); optimizer.step(); the loss as a number.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Return `loss.item()`, a Python number, and not the tensor. And call `train()` at the top of *every* step, since the
# model may have been evaluated in between.
#
# </details>


# %% exercise="train_step" minutes=10 difficulty=2 importance=5
def train_step(model, optimizer, loss_function, src, tgt, max_norm=1.0) -> float:
    """One update of the model on a batch of ids src and tgt; returns the loss before it, as a Python number.

    The gradients' global norm is clipped to max_norm. The model is left in training mode.
    """
    ### BEGIN SOLUTION
    model.train()
    optimizer.zero_grad()
    reads, says = teacher_forcing(tgt)
    memory = model.encode(src)
    loss = loss_function(model.decode(reads, memory, src), says)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(model.parameters()), max_norm=max_norm)
    optimizer.step()
    return float(loss.detach())
    ### END SOLUTION


# %% check="train_step"
check("train_step")

# %% [markdown]
# ## Is it any good?
#
# {exercise: evaluate}
#
# **Deliver** the function `evaluate`, in PyTorch.
#
# The training loss is smoothed, and measured with dropout on sentences that the model has seen. What you report is
# measured without any of this: minus the mean log-probability of a label, over sentences that the model has never seen.
# Its exponential is the **perplexity**.
#
# | argument | what it is | may it be `None`? |
# |---|---|---|
# | `model` | as above | no |
# | `batches` | a list of pairs `src, tgt` | no |
# | `pad_id` | padding among the labels; by default 0 | no |
# | *returns* | a Python `float` | no |
#
# Take one mean over the labels of *all* batches, in evaluation mode and without gradients. Afterwards, put the model
# back into the mode that it was in.
#
# **In numbers**: one batch has 10 labels with a mean of 2.0, another has 30 with a mean of 1.0. The result is $(20 +
# 30) / 40 = 1.25$, not 1.5.
#
# > **The paper does not say** how it takes the mean; its perplexities (table 3) are per token.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Add up two things over all batches, the losses and the labels, and divide once at the end.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Remember the mode; eval; under `torch.no_grad()`, for each batch: split the target, take log_softmax of the logits,
# gather the labels' entries, add up those that are not padding, and count them. Restore the mode; divide.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Don't average the means of the batches: these have different numbers of labels. And `model.train(was_training)`
# restores either mode.
#
# </details>


# %% exercise="evaluate" minutes=12 difficulty=2 importance=5
def evaluate(model, batches, pad_id=0) -> float:
    """Minus the mean log-probability of a label that is not pad_id, over all batches of (src, tgt).

    In evaluation mode and without gradients; the model's mode is restored.
    """
    ### BEGIN SOLUTION
    mode = model.training
    model.eval()
    losses = []
    with torch.no_grad():
        for src, tgt in batches:
            reads, says = teacher_forcing(tgt)
            log_p = torch.log_softmax(model(src, reads), dim=-1)
            of_labels = torch.take_along_dim(log_p, says.unsqueeze(-1), dim=-1).squeeze(-1)
            losses.append(-of_labels[says.ne(pad_id)])
    model.train(mode)
    return torch.cat(losses).mean().item()
    ### END SOLUTION


# %% check="evaluate"
check("evaluate")

# %% [markdown]
# {exercise: average_checkpoints}
#
# **Deliver** the function `average_checkpoints`, in PyTorch.
#
# > *The paper:* "For the base models, we used a single model obtained by averaging the last 5 checkpoints, which were
# > written at 10-minute intervals." (section 6.1)
#
# | argument | what it is | may it be `None`? |
# |---|---|---|
# | `state_dicts` | a list of at least one state dict, all with the same names | no |
# | *returns* | one state dict | no |
#
# A *checkpoint* is a copy of the model's state dict, saved during training. Average floating-point tensors **in
# float64**, and convert the mean back to their dtype. Take integers, such as a step counter, from the last state dict.
# Don't change the arguments.
#
# **In numbers**: the float16 numbers 40960 and 61440 have the mean 51200. In float16 their sum is infinite, because the
# largest float16 number is 65504.
#
# > **The paper does not say** in which precision it averages. In half precision the sum alone can overflow.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# A dict comprehension over the names of the last checkpoint.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# For each name: if it is floating point, stack all of them as float64, take the mean, convert back; else the last one.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `.is_floating_point()` tells you which kind a tensor is. And convert *before* you add, not after.
#
# </details>


# %% exercise="average_checkpoints" minutes=8 difficulty=2 importance=2
def average_checkpoints(state_dicts):
    """The mean of state dicts, name by name: floats in float64, then back in their dtype; integers of the last."""
    ### BEGIN SOLUTION
    average = dict(state_dicts[-1])
    for name, last in state_dicts[-1].items():
        if torch.is_floating_point(last):
            total = torch.zeros(last.shape, dtype=torch.float64, device=last.device)
            for state in state_dicts:
                total = total + state[name]
            average[name] = (total / len(state_dicts)).to(last.dtype)
    return average
    ### END SOLUTION


# %% check="average_checkpoints"
check("average_checkpoints")

# %% [markdown]
# ## The loop
#
# {exercise: train}
#
# **Deliver** the function `train`, in PyTorch, which puts your functions together.
#
# | argument | what it is | may it be `None`? |
# |---|---|---|
# | `model` | as above; d_model is `model.output.in_features` | no |
# | `batches` | a list of pairs `src, tgt`; after the last, start again with the first | no |
# | `steps` | how many updates to make | no |
# | `warmup_steps` | for `learning_rate` | no |
# | *returns* | a list of `steps` losses | no |
#
# Use PyTorch's Adam ($\beta_1 = 0.9$, $\beta_2 = 0.98$, $\epsilon = 10^{-9}$), the rate of equation 3 in **every**
# step, `LabelSmoothingLoss()` and `max_norm` 1.0. Train the given model itself, not a copy. To grade this, we train a
# small model with your function and test what it has learned.
#
# **In numbers**: with 3 batches and 7 steps, the batches come in the order 0, 1, 2, 0, 1, 2, 0, and `learning_rate` is
# called with the steps 1 to 7.
#
# > **The paper does not say** how long an epoch is. The schedule does not depend on it: it counts updates.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Make the optimizer and the loss before the loop. In the loop, set the rate, take a step and keep its loss.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Adam on the model's parameters. For step from 1 to steps: write the rate into every group of `optimizer.param_groups`
# under "lr"; take the batch number (step - 1) modulo the number of batches; train_step; append the loss.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# `range(1, steps + 1)`. Use one optimizer for the whole loop: a new one would forget the running means. And set the
# rate *before* the step.
#
# </details>


# %% exercise="train" minutes=10 difficulty=2 importance=5
def train(model, batches, steps, warmup_steps) -> list[float]:
    """Make `steps` updates, going round the list of batches, with Adam and the schedule; returns their losses."""
    ### BEGIN SOLUTION
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    smoothed, losses = LabelSmoothingLoss(), []
    while len(losses) < steps:
        src, tgt = batches[len(losses) % len(batches)]
        for group in adam.param_groups:
            group["lr"] = learning_rate(len(losses) + 1, model.output.in_features, warmup_steps)
        losses.append(train_step(model, adam, smoothed, src, tgt, max_norm=1.0))
    return losses
    ### END SOLUTION


# %% check="train"
check("train")

# %% [markdown]
# ### It learns
#
# The task: read eight letters, and write them in reverse. Nothing in the model knows what "reverse" means. The two
# embedding tables start small, with a standard deviation of $1 / \sqrt{d_\text{model}}$. Multiplied by
# $\sqrt{d_\text{model}}$, a token's vector is then about as long as its position's (unit 7). With PyTorch's default, a
# standard deviation of 1, it would be eight times as long as the position's and drown it out.


# %% experiment="reverse"
LETTERS, LENGTH = 12, 8


def reversals(count, seed):
    """Sources of 8 letters, and their targets: BOS, the letters in reverse, EOS."""
    letters = torch.randint(3, 3 + LETTERS, (count, LENGTH), generator=torch.Generator().manual_seed(seed))
    ends = torch.ones(count, 1, dtype=torch.long)
    return letters, torch.cat((BOS * ends, letters.flip(1), EOS * ends), dim=1)


def fresh_model(seed=0, **options):
    """A small Transformer with small embedding tables."""
    torch.manual_seed(seed)
    sizes = {"d_model": 32, "num_heads": 2, "num_layers": 1, "d_ff": 64, "dropout": 0.0, "max_len": 12} | options
    model = Transformer(3 + LETTERS, 3 + LETTERS, **sizes)
    for side in (model.src_embedding, model.tgt_embedding):
        nn.init.normal_(side.embedding.weight, std=sizes["d_model"] ** -0.5)
    return model


def share_right(model, src, tgt):
    """The share of the sentences that come out right, token for token."""
    said = greedy_decode(model, src, BOS, EOS, max_len=tgt.shape[1] - 1)
    said = nn.functional.pad(said, (0, tgt.shape[1] - 1 - said.shape[1]))
    return (said == tgt[:, 1:]).all(dim=1).float().mean().item()


with when_written():
    reversal_batches = [reversals(32, seed) for seed in range(100)]
    unseen = reversals(200, seed=12345)


@cache
def reversing_model(steps=400):
    """The trained model, and its losses."""
    model = fresh_model()
    return model, train(model, reversal_batches, steps, warmup_steps=100)


with when_written():
    reversing, losses = reversing_model()
    every = list(range(0, 400, 10))
    lowest = 0.9 * -math.log(0.9 + 0.1 / 15) - 0.1 * (math.log(0.1 / 15) * 14 + math.log(0.9 + 0.1 / 15)) / 15
    title = "Smoothed loss"
    curves(
        every, {title: {"your loop": np.take(losses, every)}}, "step", levels={title: (lowest, "the lowest possible")}
    )
    print(f"unseen sequences that come out right: {share_right(reversing, *unseen):.0%}")
    print(f"evaluated: {evaluate(reversing, [unseen]):.4f}, which is a perplexity of", end=" ")
    print(f"{math.exp(evaluate(reversing, [unseen])):.3f}")
    assert share_right(reversing, *unseen) > 0.9

# %% [markdown]
# ### How it does that
#
# Where does the model look when it writes? In the figure, the rows are the tokens that the decoder reads, BOS first;
# the columns are the letters of the source.
#
# **Predict first.** Where will the large weights be?
#
# - **a**: on the diagonal from the top left to the bottom right
# - **b**: on the diagonal from the top right to the bottom left
# - **c**: nowhere in particular: the encoder has mixed the letters, so each position knows all of them

# %% guess="where_it_looks"
# a: That is where a model would look if it *copied* the letters. This one has to write the last letter first.
# b: After BOS it needs the last letter, then the one before it, and so on.
# c: That would be possible, because the encoder passes information from every position to every other. But the model
#    has learned something simpler: each letter mostly stays in its own position, and the decoder looks it up there.
guess_where_it_looks = "b"

# %% experiment="anti_diagonal"
with when_written(), predicted("where_it_looks", guess_where_it_looks):
    looked = []
    cross = reversing_model()[0].decoder.layers[0].cross_attention
    hook = cross.register_forward_hook(lambda _, __, output: looked.append(output[1].detach()[0].numpy()))
    one_source, one_target = (ids[:1] for ids in unseen)
    with torch.inference_mode():
        reversing_model()[0].eval()(one_source, teacher_forcing(one_target)[0])
    hook.remove()
    heatmaps(
        list(looked[0]),
        ["first head", "second head"],
        rows=["BOS", *(f"out {i}" for i in range(1, LENGTH + 1))],
        columns=[f"in {i}" for i in range(1, LENGTH + 1)],
        row_label="decoder reads",
        column_label="source",
    )

# %% [markdown]
# After BOS it looks at the last letter, then at the one before it. So the large weights run from the top right to the
# bottom left, mostly in one head or in both. Nobody programmed this. The model learned it from the loss alone. (Nothing
# is hidden here: hatched weights are below $10^{-12}$. After the last letter only EOS is left to write, so it does not
# matter where the last row looks.)
#
# ### Break it, but predict first
#
# Here are six ways to train the same model, five of them broken. For each: what will the training loss do, and what
# share of unseen sequences will come out right?
#
# | name | what is different |
# |---|---|
# | `nothing` | trained as above, but for 200 steps, like all the others |
# | `no shift` | the decoder reads the labels themselves, not the tokens before them |
# | `no positions` | the positional encoding is 0 |
# | `memory cut off` | the decoder gets a memory of zeros |
# | `no embedding scale` | the embeddings are not multiplied by $\sqrt{d_\text{model}}$ |
# | `no warm-up` | the rate stays at its peak for the first 100 steps, instead of rising to it |
#
# **Predict first.** One of these reaches a loss about as low as that of the correct model or lower, but gets none of
# the unseen sequences right. Which one?
#
# - **a**: *no shift*
# - **b**: *no positions*
# - **c**: *no embedding scale*
# - **d**: *no warm-up*

# %% guess="ablation"
# a: At each position, the decoder reads the answer and copies it, so the loss becomes very low. When the model has to
#    write by itself, there is nothing to copy.
# b: Its loss stays high, so you can see that something is wrong: the model knows which letters there are, but not their
#    order.
# c: Its loss is low, but it also writes well. In a model this small, the factor makes no visible difference.
# d: Its loss is low, but it also writes well. A model this small can do without a warm-up.
guess_ablation = "a"


# %% experiment="ablation"
def broken_model(what):
    """A fresh model with one part broken."""
    model = fresh_model()
    if what == "no positions":
        model.positional_encoding = nn.Identity()
    if what == "no embedding scale":
        for side in (model.src_embedding, model.tgt_embedding):
            side.register_forward_hook(lambda module, _, output: output / module.embedding.embedding_dim**0.5)
    if what == "memory cut off":
        model.encoder.register_forward_hook(lambda _, __, output: torch.zeros_like(output))
    return model


def train_without(what, model, steps, warmup_steps):
    """Your loop without the shift (the decoder reads the labels themselves) or without the warm-up."""
    smoothed, adam = LabelSmoothingLoss(), torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    for step in range(1, steps + 1):
        src, tgt = reversal_batches[(step - 1) % len(reversal_batches)]
        reads, says = (tgt[:, 1:], tgt[:, 1:]) if what == "shift" else teacher_forcing(tgt)
        scheduled = max(step, warmup_steps) if what == "warm-up" else step
        adam.param_groups[0]["lr"] = learning_rate(scheduled, model.output.in_features, warmup_steps)
        loss = smoothed(model(src, reads), says)
        adam.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
    return [loss.item()]


def broken_run(what, steps=200):
    """The last loss, and the share of unseen sequences that come out right."""
    model = broken_model(what)
    if what in ("no shift", "no warm-up"):
        losses = train_without(what.removeprefix("no "), model, steps, warmup_steps=100)
    else:
        losses = train(model, reversal_batches, steps, warmup_steps=100)
    return losses[-1], share_right(model, *unseen)


with when_written(), predicted("ablation", guess_ablation):
    print(f"{'what is different':>20}   last loss   comes out right")
    for what in ("nothing", "no shift", "no positions", "memory cut off", "no embedding scale", "no warm-up"):
        loss, right = broken_run(what)
        print(f"{what:>20}   {loss:9.2f}   {right:15.0%}")

# %% [markdown]
# One run of ours gave this table (your numbers will be a little different):
#
# | what is different | last loss | comes out right |
# |---|---|---|
# | nothing | 0.56 | 96 % |
# | no shift | 0.56 | 0 % |
# | no positions | 1.76 | 0 % |
# | memory cut off | 2.33 | 0 % |
# | no embedding scale | 0.56 | 100 % |
# | no warm-up | 0.58 | 86 % |
#
# Look at *no shift*. Its loss is as low as that of the right model, but the model is useless: in training it reads each
# answer and copies it. When it has to write by itself, there is nothing to copy. **A low loss does not prove that a
# model works.** Always let it write, too.
#
# *No positions* and *memory cut off* show in the loss: the model cannot know which letter comes first, or sees nothing
# of the source. *No warm-up* does a little harm: a model with one layer can start at its highest rate. A deep model
# like the paper's, with a norm after every sum, can't (Xiong et al., 2020). *No embedding scale* does no harm here.
# Some mistakes don't show at this size, either in the loss or in what comes out. The checks of unit 7 find this one all
# the same, because they compare the model's numbers.

# %% [markdown] question="ablation" minutes=6
# {question: a misleading loss}
#
# **(a)** *No shift* reaches the same loss as the right model. Describe what the model computes at a position, and what
# it does when it decodes. **(b)** You train a model for a week. Besides the loss, which measurement would have shown
# this mistake on the first day? And name one mistake by which a model sees its own answers and which even the loss on
# *unseen* sentences does not show.
#
# ### BEGIN SOLUTION
# **(a)** Position $t$ reads the label of position $t$ and copies it through the residual connections to the output. It
# needs neither the source nor earlier tokens. In decoding it reads BOS (which it never read in training) and has
# nothing to copy, so its output has nothing to do with the source.
#
# **(b)** Let it decode and count what is right (exact match, edit distance, BLEU). The loss on unseen sentences is
# measured with teacher forcing, too. If the shift is missing there as well, that loss looks just as good. The same
# holds for a missing causal mask.
#
# {marks: ablation}
# ### END SOLUTION

# %% [markdown] question="forced" minutes=5
# {question: a measure that is too kind}
#
# With teacher forcing, a model predicts the next token correctly in 95 of 100 cases. Somebody reports this as "95 % of
# the translation is right". **(a)** If errors were independent, what share of sentences of 20 tokens would have no
# error? **(b)** Why is the share likely to be smaller when the model writes by itself?
#
# ### BEGIN SOLUTION
# **(a)** $0.95^{20} = 0.36$: about one in three. **(b)** In training it always reads the *right* prefix. When it writes
# by itself, it reads its own tokens. After the first error it reads a prefix unlike those in training, so another error
# becomes more likely. Errors are not independent: one leads to the next.
#
# {marks: forced}
# ### END SOLUTION

# %% number="no_error"
# If errors were independent: what share of sentences of 20 tokens would have no error? Write a number from 0 to 1.
#
# 0.358: All 20 tokens have to be right, so 0.95 is multiplied by itself 20 times.
# 35.8: That is in percent. Write it as a number from 0 to 1.
# 0.642: That is the share of sentences with at least one error.
# 0.0: Probabilities of errors don't just add up: a sentence can have more than one. Multiply those of being right.
# otherwise: A sentence has no error if its first token is right, *and* its second, and so on. Multiply.
number_no_error = 0.358
check_number("no_error", number_no_error)

# %% [markdown]
# ## The hunt
#
# {exercise: training_run}
#
# **Deliver** the function `training_run`, in PyTorch, for bonus points. You don't have to write it yourself. You get a
# whole training script with **three mistakes** in it. It runs, its loss falls, and it looks like many scripts on the
# internet. Find the mistakes and fix them. Your name decides which three they are, so your neighbour's script is
# probably different. One mistake is in the measurement, one shows in the first loss, and one shows only later.
#
# | argument | what it is | may it be `None`? |
# |---|---|---|
# | `model` | as above | no |
# | `batches` | a list of pairs `src, tgt` to train on, in this order, once in each epoch | no |
# | `held_out` | a list of pairs `src, tgt` that the model does not learn from | no |
# | `epochs` | how many times to go through `batches` | no |
# | `warmup_steps` | for the schedule | no |
# | *returns* `log` | a dict of Python floats | no |
#
# A correct script does exactly what your own functions do. It trains like `train`: one Adam optimizer for the whole
# run, the learning rate of equation 3, $\epsilon = 0.1$, and gradients clipped to a norm of 1. It measures like
# `evaluate`, once before the first epoch and then after each epoch. The padding id is 0. Your grade depends only on
# what the fixed function does, so you may also rewrite it.
#
# **In numbers**: with 2 batches and 2 epochs, the log has the keys `"epoch 0"`, `"update 1"`, `"update 2"`, `"epoch
# 1"`, `"update 3"`, `"update 4"` and `"epoch 2"`. The value for an update is its training loss. The value for an epoch
# is the held-out loss after it, and `"epoch 0"` is before all training.
#
# > **The paper does not say** how to find a mistake. Most people read the script again and again. It is quicker to ask
# > questions that you already know the answers to.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Change something that must not matter, and see whether the results change: add padding, for example, or put the same
# sentences into different batches. Then compare the script with code that you trust, which is your own. The cell after
# the check asks four such questions.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Put the script and your own functions side by side. In the measurement: which mode is the model in, which labels
# count, what is added up, and what is it divided by? In the first loss: what does the model read, what does it predict,
# and which positions count? After that: what has to happen in every update, what in every epoch, and what only once? In
# which order?
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# Look at *where* a line is, not only at what it says: before the loops, in the loop over epochs, or in the loop over
# batches? And remember that a model stays in evaluation mode until `.train()` is called.
#
# </details>

# %% experiment="script"
the_hunt("")

# %% [markdown]
# Write your name between the quotation marks and run the cell above. Copy the script that it prints into the next cell,
# in place of the function there. Ask the script the four questions first, and find as much as you can. The check names
# what it finds, and how to mend it: save it for the end, when you think that all three mistakes are gone.


# %% exercise="training_run" minutes=20 difficulty=3 importance=4
def training_run(model, batches, held_out, epochs, warmup_steps) -> dict[str, float]:
    """Train for some epochs. The log has the loss of every update, and the held-out losses before and after epochs."""
    ### BEGIN SOLUTION
    # The fixed script. Where it repeats what this notebook already has, it calls your own functions.
    step, log = 0, {"epoch 0": evaluate(model, held_out)}
    adam, smoothed = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9), LabelSmoothingLoss()
    for epoch in range(1, epochs + 1):
        for src, tgt in batches:
            step += 1
            for group in adam.param_groups:
                group["lr"] = learning_rate(step, model.output.in_features, warmup_steps)
            log[f"update {step}"] = train_step(model, adam, smoothed, src, tgt, max_norm=1.0)
        log[f"epoch {epoch}"] = evaluate(model, held_out)
    return log
    ### END SOLUTION


# %% check="training_run"
check("training_run")

# %% [markdown]
# ### Four questions
#
# The next cell asks your function four questions that you know the answers to. The differences in questions 1 to 3
# should be 0, up to rounding. The answer to question 4 should be "never". Before you run it: which question finds a
# mistake in the schedule, and at which update?


# %% experiment="four_questions"
def with_more_padding(pairs):
    """The same sentences, with two more columns of padding after every target."""
    return [(src, nn.functional.pad(tgt, (0, 2), value=PAD)) for src, tgt in pairs]


def one_by_one(pairs):
    """The same sentences, each in a batch of its own."""
    return [(src[i : i + 1], tgt[i : i + 1]) for src, tgt in pairs for i in range(len(src))]


def sure_model(dropout):
    """A model in training mode that is sure of nonsense, so that its gradients are large."""
    model = fresh_model(dropout=dropout, max_len=16)
    nn.init.normal_(model.output.weight, std=1.0)
    torch.manual_seed(1)  # the same dropout in every run
    return model.train()


def run_log(pairs, kept, dropout=0.0):
    """The log of two epochs."""
    return training_run(sure_model(dropout), pairs, kept, epochs=2, warmup_steps=4)


def gaps(one, other):
    """How far two logs are apart, name by name."""
    return {name: abs(value - other[name]) for name, value in one.items()}


with when_written():
    learned = [reversals(5, seed) for seed in (1, 2, 3)]
    kept = [*with_more_padding([reversals(4, 9)]), reversals(2, 10)]
    usual = run_log(learned, kept)
    padded = gaps(usual, run_log(with_more_padding(learned), with_more_padding(kept)))
    split = gaps(usual, run_log(learned, one_by_one(kept)))
    print("1. What does more padding change?")
    print(f"   the first measurement: {padded['epoch 0']:.4f}, the first loss: {padded['update 1']:.4f}")
    print(f"2. What changes if every held-out sentence is a batch?\n   {split['epoch 0']:.4f}")
    dropped = run_log(learned, kept, dropout=0.3)
    print("3. How far is the first measurement from your evaluate?")
    print(f"   {abs(dropped['epoch 0'] - evaluate(sure_model(0.3), kept)):.4f}")
    own = {f"update {i}": loss for i, loss in enumerate(train(sure_model(0.3), learned, 6, 4), 1)}
    apart = [name for name, gap in gaps(own, dropped).items() if gap > 0.0001]
    print("4. An epoch has 3 updates. Where do the losses first differ from those of your train?")
    print(f"   at {apart[0]}" if apart else "   never")

# %% [markdown]
# Start with the measurement: as long as question 3 finds a difference, the training after it may be affected as well.
# Then question 4 tells you the most. The loss of an update is computed *before* the parameters change, so it shows what
# the earlier updates have done. If the losses first differ at update 1, look at the loss itself. If they first differ
# at update 2 or 3, look at what happens in each update: clearing the gradients, clipping them, setting the learning
# rate. If they first differ at update 4 or later, in the second epoch, look for something that should happen in every
# epoch, or only once.
#
# This works for your own programs, too. You rarely have a correct version to compare with, but you often have an older
# or a slower one. And you can always ask questions like the first two, which need no correct version at all.

# %% [markdown]
# ## Advanced, for bonus points: the whole way back
#
# You have the gradient of the loss with respect to the logits. The backward passes of the layers come from earlier
# units, and you are given them here. What is missing is the code that connects them.
#
# {exercise: transformer_backward}
#
# **Deliver** the function `transformer_backward`, in NumPy. With it you can train a Transformer without any
# deep-learning library.
#
# | argument | shape | dtype | may it be `None`? |
# |---|---|---|---|
# | `grad_logits` | `(batch, tgt_tokens, tgt_vocab)`, 0 at padding | float64 | no |
# | `src`, `tgt` | `(batch, src_tokens)`, `(batch, tgt_tokens)`: what the model read | int64 | no |
# | `weights` | the whole state dict, as for `transformer` in unit 7 | float64 | no |
# | `num_heads`, `num_layers`, `pad_id` | as in unit 7 | `int` | no |
# | *returns* `grad_weights` | a dict with the names of `weights` | float64 | no |
#
# Names that get no gradient may be absent. Don't change the arguments. You are given:
#
# | function | returns |
# |---|---|
# | `encoder_layer(x, weights, num_heads, mask)` | the layer's output |
# | `decoder_layer(x, memory, weights, num_heads, tgt_mask, memory_mask)` | the layer's output |
# | `encoder_layer_backward(grad_output, x, weights, num_heads, mask)` | `grad_x, grad_weights` |
# | `decoder_layer_backward(grad_output, x, memory, weights, ...)`, as above | `grad_x, grad_memory, grad_weights` |
#
# Pass each layer its own weights: those whose names begin with, say, `encoder.layers.0.`, with this prefix removed.
#
# **In numbers**: a table with rows for the ids 0 to 3, $d_\text{model} = 4$ and the source (2, 3, 2). Row 2 gets the
# sum of the gradients at the first and the third position, times $\sqrt 4 = 2$. Row 3 gets that of the second position,
# times 2. Rows 0 and 1 get nothing.
#
# > **The paper does not say** anything about it.
#
# <details><summary><b>Hint 1</b>: the idea</summary>
#
# Go forward once and keep the input of each layer. Then go through figure 1 of the paper from top to bottom: the output
# map, the decoder layers from last to first, the target table. With the gradient of the memory, go on through the
# encoder layers from last to first and the source table.
#
# </details>
# <details><summary><b>Hint 2</b>: the pseudocode</summary>
#
# Make the masks as in the forward pass, and lists of the inputs of all layers. Output map: the weight's gradient comes
# from grad_logits and the decoder's output, the bias's is the sum of grad_logits; grad_logits times the weight goes
# into the decoder. Go backwards through the decoder layers, adding up their gradients of the memory. Start from that
# sum to go backwards through the encoder layers. Tables: `np.add.at`.
#
# </details>
# <details><summary><b>Hint 3</b>: what is usually missing</summary>
#
# *All* decoder layers read the memory, so add up their gradients. The gradients of a repeated id add up, too, but
# `table[ids] += ...` keeps only the last. And don't forget the embedding's factor $\sqrt{d_\text{model}}$.
#
# </details>


# %% exercise="transformer_backward" minutes=40 difficulty=5 importance=3
def transformer_backward(grad_logits, src, tgt, weights, num_heads, num_layers, pad_id=0):
    """The gradients of all weights of `transformer`, by name, from grad_logits (batch, tgt_tokens, tgt_vocab)."""
    ### BEGIN SOLUTION
    beginnings = {stack: [f"{stack}.layers.{i}." for i in range(num_layers)] for stack in ("encoder", "decoder")}
    layers = {
        start: {name[len(start) :]: w for name, w in weights.items() if name.startswith(start)}
        for start in beginnings["encoder"] + beginnings["decoder"]
    }
    sides = {"src": src, "tgt": tgt}
    tables = {side: weights[f"{side}_embedding.embedding.weight"] for side in sides}
    root = math.sqrt(tables["src"].shape[1])
    x, y = (root * tables[s][ids] + positional_encoding(ids.shape[1], tables[s].shape[1]) for s, ids in sides.items())
    src_mask, tgt_mask = padding_mask(src, pad_id), padding_mask(tgt, pad_id) & causal_mask(tgt.shape[1])
    before = {}
    for start in beginnings["encoder"]:
        before[start] = x
        x = encoder_layer(x, layers[start], num_heads, src_mask)
    for start in beginnings["decoder"]:
        before[start] = y
        y = decoder_layer(y, x, layers[start], num_heads, tgt_mask, src_mask)
    found = {
        "output.weight": np.einsum("btv,btd->vd", grad_logits, y),
        "output.bias": np.einsum("btv->v", grad_logits),
    }
    grads = {"src": np.zeros(x.shape), "tgt": grad_logits @ weights["output.weight"]}
    for start in beginnings["decoder"][::-1]:
        grads["tgt"], of_memory, own = decoder_layer_backward(
            grads["tgt"], before[start], x, layers[start], num_heads, tgt_mask, src_mask
        )
        grads["src"] = grads["src"] + of_memory
        found.update((start + name, gradient) for name, gradient in own.items())
    for start in beginnings["encoder"][::-1]:
        grads["src"], own = encoder_layer_backward(grads["src"], before[start], layers[start], num_heads, src_mask)
        found.update((start + name, gradient) for name, gradient in own.items())
    for side, ids in sides.items():
        one_hot = np.eye(len(tables[side]))[ids]
        found[f"{side}_embedding.embedding.weight"] = root * np.einsum("btn,btd->nd", one_hot, grads[side])
    return found
    ### END SOLUTION


# %% check="transformer_backward"
check("transformer_backward")

# %% [markdown]
# ### A Transformer, trained by your NumPy code
#
# PyTorch provides the initial weights, and the blocks compute with it: those of the single layers, and `transformer`
# for the forward pass. Everything else is your code in NumPy: the loss, the way back through the model, clipping, the
# schedule and Adam. The sequences have only four letters, so that the cell takes less than a minute.

# %% experiment="numpy_alone"
with when_written():
    torch.manual_seed(0)
    small = Transformer(9, 9, d_model=16, num_heads=2, num_layers=1, d_ff=32, dropout=0.0, max_len=8).double()
    for side in (small.src_embedding, small.tgt_embedding):
        nn.init.normal_(side.embedding.weight, std=16**-0.5)
    numpy_weights = {name: p.detach().numpy().copy() for name, p in small.named_parameters()}
    generator, state, numpy_losses = np.random.default_rng(0), None, []
    for step in range(1, 201):
        letters = generator.integers(3, 9, (32, 4))
        target = np.concatenate((np.full((32, 1), BOS), letters[:, ::-1], np.full((32, 1), EOS)), axis=1)
        reads, says = teacher_forcing(target)
        logits = transformer(letters, reads, numpy_weights, 2, 1)
        numpy_losses.append(label_smoothing_loss(logits, says))
        gradients = transformer_backward(
            label_smoothing_loss_backward(logits, says), letters, reads, numpy_weights, 2, 1
        )
        gradients, _ = clip_gradients(gradients, 1.0)
        numpy_weights, state = adam_step(numpy_weights, gradients, state, learning_rate(step, 16, 60))
    letters = generator.integers(3, 9, (100, 4))
    written = np.full((100, 1), BOS)
    for _ in range(4):
        logits = transformer(letters, written, numpy_weights, 2, 1)
        written = np.concatenate((written, logits[:, -1:].argmax(axis=-1)), axis=1)
    right = (written[:, 1:] == letters[:, ::-1]).all(axis=1).mean()
    print(f"loss {numpy_losses[0]:.2f} at the start, {numpy_losses[-1]:.2f} at the end; {right:.0%} come out right")
    assert right > 0.5

# %% [markdown]
# ## What you have now
#
# You have a loss with its gradient, a schedule, an optimizer, a loop and a measure: all that it takes to teach a
# Transformer something. In unit 10 your model learns to write more carefully than "the most likely token at each step",
# and you learn to measure how good its output is. At the end it learns to read dates.
#
# **New in this unit:** you can teach a Transformer a task from nothing but examples, and find the mistakes in a
# training script that a falling loss hides.
#
# If you have half an hour left, try one of these:
#
# - Train with a rate that is too high, and average the last five checkpoints. Is the average better than each of them?
# - Let the tables of the reversing model start with a standard deviation of 1. What happens, and why?
# - Turn dropout on (0.1) for the reversing model and train three times as long. Does evaluation get better?
