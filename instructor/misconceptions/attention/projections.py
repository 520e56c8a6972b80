"""Misconceptions about the linear maps of multi-head attention."""

import numpy as np

from autograder.exercise import Weight, misconception
from instructor.misconceptions.attention.steps import Attention


@misconception()
class MhaNoOutputProjection(Attention):
    """The concatenated heads are returned as they are. Put them through Wᴼ,
    which mixes the heads."""

    def project_out(self, merged, weights):
        return merged


@misconception()
class MhaInputsNotProjected(Attention):
    """Queries, keys and values are not projected: the inputs are cut into heads as they are. Use W^Q, W^K and W^V
    first."""

    def project_all(self, q, k, v, weights):
        return q, k, v


@misconception()
class MhaValuesNotProjected(Attention):
    """The values are not projected: only queries and keys are. Put `v` through W^V as well."""

    def project_all(self, q, k, v, weights):
        q, k, _ = super().project_all(q, k, v, weights)
        return q, k, v


@misconception()
class MhaReluInside(Attention):
    """There is a ReLU after the projections of queries, keys and values. The paper's projections are linear: leave it
    out."""

    def project_all(self, q, k, v, weights):
        return tuple(self.xp.clip(x, 0, None) for x in super().project_all(q, k, v, weights))


@misconception()
class MhaResidualInside(Attention):
    """The queries' input is added to the output. The residual connection is outside attention: return the output
    projection alone."""

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        output, attention_weights = super().multi_head_attention(q, k, v, weights, num_heads, mask)
        return output + q, attention_weights


@misconception()
class MhaOneProjection(Attention):
    """One matrix is used for queries, keys and values. Each of the three has its own: W^Q, W^K and W^V."""

    def project(self, x, weights, name):
        return super().project(x, weights, "w_o" if name == "w_o" else "w_q")

    def parameters(self, module, d_model, num_heads):
        module.w_q = self.xp.nn.Linear(d_model, d_model)
        module.w_o = self.xp.nn.Linear(d_model, d_model)


@misconception()
class MhaKeyWeightsForValues(Attention):
    """The values are projected with W^K. They have a matrix of their own, W^V."""

    def project(self, x, weights, name):
        return super().project(x, weights, "w_k" if name == "w_v" else name)


@misconception()
class MhaQueryWeightsForKeys(Attention):
    """The keys are projected with W^Q. They have a matrix of their own, W^K."""

    def project(self, x, weights, name):
        return super().project(x, weights, "w_q" if name == "w_k" else name)


@misconception()
class MhaKeyAndValueWeightsExchanged(Attention):
    """W^K and W^V are exchanged. Keys go through W^K, values through W^V."""

    def project(self, x, weights, name):
        return super().project(x, weights, {"w_k": "w_v", "w_v": "w_k"}.get(name, name))


@misconception()
class MhaHeadsShareMaps(Attention):
    """All heads use the same small map, so they all see the same. Project to d_model features and cut these into heads:
    each head then has rows of W of its own."""

    def project(self, x, weights, name):
        projected = super().project(x, weights, name)
        if name == "w_o":
            return projected
        first = projected[..., : projected.shape[-1] // self.heads]
        return self.xp.concatenate([first] * self.heads, axis=-1)

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        self.heads = num_heads
        return super().multi_head_attention(q, k, v, weights, num_heads, mask)

    def parameters(self, module, d_model, num_heads):
        super().parameters(module, d_model, num_heads)
        for name in ("w_q", "w_k", "w_v"):
            setattr(module, name, self.xp.nn.Linear(d_model, d_model // num_heads))


@misconception()
class MhaHeadsProjectSlices(Attention):
    """The input is cut into heads first, and each head projects its own slice only. Every head needs all features:
    project first, and then cut."""

    def project(self, x, weights, name):
        if name == "w_o":
            return super().project(x, weights, name)
        block = np.arange(x.shape[-1]) // (x.shape[-1] // self.heads)
        own = {f"{name}.weight": weights[f"{name}.weight"] * (block[:, None] == block)}
        return super().project(x, weights | own, name)

    def multi_head_attention(self, q, k, v, weights, num_heads, mask=None):
        self.heads = num_heads
        return super().multi_head_attention(q, k, v, weights, num_heads, mask)

    def parameters(self, module, d_model, num_heads):
        super().parameters(module, d_model, num_heads)
        for name in ("w_q", "w_k", "w_v"):
            setattr(module, name, self.xp.nn.Linear(d_model // num_heads, d_model // num_heads))


@misconception()
class MhaValueFromKeyInput(Attention):
    """The values are computed from the keys' input, and `v` is never used. It is an argument of its own."""

    def project_all(self, q, k, v, weights):
        return super().project_all(q, k, k, weights)


@misconception()
class MhaKeysAndValuesExchanged(Attention):
    """The inputs `k` and `v` are exchanged. Keys are computed from `k`, values from `v`: mind the order of the
    arguments."""

    def project_all(self, q, k, v, weights):
        return super().project_all(q, v, k, weights)


@misconception()
class MhaProjectedKeysAndValuesExchanged(Attention):
    """The projected keys and values are exchanged where attention is called. Its arguments are queries, keys, values,
    in this order."""

    def split_all(self, q, k, v, num_heads):
        return super().split_all(q, v, k, num_heads)


@misconception()
class MhaSelfOnly(Attention):
    """Keys and values are computed from the queries' input. In cross-attention they come from elsewhere: use `k` and
    `v`."""

    def project_all(self, q, k, v, weights):
        return super().project_all(q, q, q, weights)


@misconception()
class MhaRolesSwapped(Attention):
    """The inputs of queries and keys are exchanged. Project `q` to the queries: the output has one row for each of
    them."""

    def project_all(self, q, k, v, weights):
        return super().project_all(k, q, q, weights)


@misconception()
class MhaWeightTransposed(Attention):
    """The weights are used as x W instead of x Wᵀ. `nn.Linear` keeps (d_out, d_in); a square W hides the shape, not the
    values."""

    def project(self, x, weights, name):
        return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


@misconception()
class MhaBiasMissing(Attention):
    """The biases are not used. Each of the four linear maps has one."""

    def project(self, x, weights, name):
        return x @ self.xp.swapaxes(weights[f"{name}.weight"], 0, 1)

    def parameters(self, module, d_model, num_heads):
        for name in ("w_q", "w_k", "w_v", "w_o"):
            setattr(module, name, self.xp.nn.Linear(d_model, d_model, bias=False))


@misconception()
class MhaOutputBiasMissing(Attention):
    """The bias of the output projection is not used. All four linear maps have one."""

    def project_out(self, merged, weights):
        return merged @ self.xp.swapaxes(weights["w_o.weight"], 0, 1)

    def parameters(self, module, d_model, num_heads):
        super().parameters(module, d_model, num_heads)
        module.w_o.bias = None


@misconception()
class MhaInputBiasMissing(Attention):
    """Only the output projection has a bias. The maps of queries, keys and values have one, too."""

    def project(self, x, weights, name):
        if name == "w_o":
            return super().project(x, weights, name)
        return x @ self.xp.swapaxes(weights[f"{name}.weight"], 0, 1)

    def parameters(self, module, d_model, num_heads):
        super().parameters(module, d_model, num_heads)
        for name in ("w_q", "w_k", "w_v"):
            setattr(module, name, self.xp.nn.Linear(d_model, d_model, bias=False))


@misconception(hurts_training=True)
class MhaBiasFrozen(Attention):
    """The biases have requires_grad=False, so training never changes them. Leave them as `nn.Linear` makes them."""

    def parameters(self, module, d_model, num_heads):
        super().parameters(module, d_model, num_heads)
        for name in ("w_q", "w_k", "w_v", "w_o"):
            getattr(module, name).bias.requires_grad_(False)


@misconception(hurts_training=True)
class MhaWeightsFrozen(Attention):
    """The linear maps have requires_grad=False, so training never changes them. Leave them as `nn.Linear` makes
    them."""

    def parameters(self, module, d_model, num_heads):
        super().parameters(module, d_model, num_heads)
        module.requires_grad_(False)


@misconception(weight=Weight.SLIP)
class MhaFusedParameters(Attention):
    """One linear map of three times the width makes queries, keys and values. It computes the same, but the parameters
    must be called w_q, w_k and w_v: make three maps."""

    def parameters(self, module, d_model, num_heads):
        module.w_qkv = self.xp.nn.Linear(d_model, 3 * d_model)
        module.w_o = self.xp.nn.Linear(d_model, d_model)


@misconception()
class MhaHeadsFullSize(Attention):
    """Each head has d_model features, so the maps are num_heads times too large. A head has d_model / num_heads: the
    maps are `nn.Linear(d_model, d_model)`."""

    def parameters(self, module, d_model, num_heads):
        for name in ("w_q", "w_k", "w_v"):
            setattr(module, name, self.xp.nn.Linear(d_model, num_heads * d_model))
        module.w_o = self.xp.nn.Linear(num_heads * d_model, d_model)


@misconception(weight=Weight.SLIP)
class MhaDivisibilityUnchecked(Attention):
    """A d_model that num_heads does not divide is accepted. Raise a ValueError there, with a message that says why."""

    def require_divisible(self, d_model, num_heads):
        pass


@misconception(weight=Weight.SLIP)
class MhaDivisibilityAsserted(Attention):
    """A bare `assert` checks d_model and num_heads: it raises an AssertionError that says nothing, and is skipped under
    `python -O`. Raise a ValueError that says what is wrong."""

    def require_divisible(self, d_model, num_heads):
        if d_model % num_heads:
            raise AssertionError


@misconception(weight=Weight.SLIP)
class MhaDivisibilityAssertedWithWords(Attention):
    """An `assert` checks d_model and num_heads. Its message is fine, but it raises an AssertionError, and is skipped
    under `python -O`. Raise a ValueError."""

    def require_divisible(self, d_model, num_heads):
        if d_model % num_heads:
            raise AssertionError("d_model must be divisible by num_heads")


@misconception(weight=Weight.SLIP)
class MhaDivisibilitySilent(Attention):
    """The ValueError about d_model and num_heads has no message. Let it say what is wrong."""

    def require_divisible(self, d_model, num_heads):
        if d_model % num_heads:
            raise ValueError


@misconception("mha-plain-tensors", hurts_training=True)
class MhaListOfHeads(Attention):
    """The module has no parameters: the linear maps are not there, or PyTorch cannot see them in a plain list or dict,
    or as plain tensors. Make each an attribute, an `nn.Linear`."""

    def parameters(self, module, d_model, num_heads):
        linear = self.xp.nn.Linear
        module.maps = {name: linear(d_model, d_model) for name in ("w_q", "w_k", "w_v", "w_o")}
