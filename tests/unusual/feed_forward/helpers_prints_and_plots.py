# %%
import numpy as np

from autograder import check

DEBUG = True


# %%
def relu(x):
    return np.where(x < 0, 0, x)


# %%
check("relu")


# %%
def layer(x, weights, number):
    """A linear map; its entries end in `.weight` and `.bias`."""
    prefix = "linear%d." % number
    own = {key[len(prefix) :]: value for key, value in weights.items() if key.startswith(prefix)}
    return np.inner(x, own["weight"]) + own["bias"]


def feed_forward(x, weights):
    hidden = layer(x, weights, 1)
    if DEBUG:
        print("hidden units that are on:", (hidden > 0).mean())
    return layer(relu(hidden), weights, 2)


# %%
assert (
    feed_forward(
        np.zeros(2), {f"linear{i}.{k}": np.zeros(s) for i in (1, 2) for k, s in (("weight", (2, 2)), ("bias", 2))}
    ).sum()
    == 0
)


# %%
def layer_backward(grad, x, weights, number, grads):
    grads[f"linear{number}.weight"] = np.vstack(grad.reshape(-1, grad.shape[-1])).T @ np.vstack(
        x.reshape(-1, x.shape[-1])
    )
    while grad.ndim > 1:
        grad = grad.sum(axis=0)
    grads[f"linear{number}.bias"] = grad


def feed_forward_backward(grad_output, x, weights):
    grads = {}
    hidden = relu(layer(x, weights, 1))
    layer_backward(grad_output, hidden, weights, 2, grads)
    grad_hidden = np.array(grad_output @ weights["linear2.weight"])
    grad_hidden[hidden == 0] = 0
    layer_backward(grad_hidden, x, weights, 1, grads)
    return grad_hidden @ weights["linear1.weight"], grads
