# %% a small tape: every operation notes how to go back
import numpy as np


class Tape:
    def __init__(self):
        self.back, self.grads = [], {}

    def add(self, x, g):
        self.grads[id(x)] = self.grads.get(id(x), 0) + g

    def matmul(self, a, b):
        y = a @ b

        def go():
            g = self.grads[id(y)]
            self.add(a, g @ np.swapaxes(b, -1, -2))
            self.add(b, np.swapaxes(a, -1, -2) @ g)

        self.back.append((y, go))
        return y

    def note(self, y, x, rule):
        self.back.append((y, lambda: self.add(x, rule(self.grads[id(y)]))))
        return y

    def swap(self, x, i, j):
        return self.note(np.swapaxes(x, i, j).copy(), x, lambda g: np.swapaxes(g, i, j))

    def shape(self, x, *shape):
        return self.note(x.reshape(shape).copy(), x, lambda g: g.reshape(x.shape))

    def times(self, x, factor):
        return self.note(x * factor, x, lambda g: g * factor)

    def hide(self, x, mask):
        if mask is None:
            return x
        return self.note(np.where(mask, x, -1e9), x, lambda g: np.where(mask, g, 0))

    def softmax(self, x):
        e = np.exp(x - x.max(-1, keepdims=True))
        y = e / e.sum(-1, keepdims=True)
        return self.note(y, x, lambda g: softmax_backward(g, y))

    def linear(self, x, w, b):
        y = x @ w.T + b

        def go():
            g = self.grads[id(y)]
            self.add(x, g @ w)
            self.add(w, np.tensordot(g, x, ((0, 1), (0, 1))))
            self.add(b, g.sum((0, 1)))

        self.back.append((y, go))
        return y

    def run(self, y, g):
        self.add(y, g)
        for _, go in reversed(self.back):
            go()

    def attention(self, q, k, v, mask):
        scores = self.times(self.matmul(q, self.swap(k, -1, -2)), 1 / np.sqrt(q.shape[-1]))
        return self.matmul(self.softmax(self.hide(scores, mask)), v)


# %%
def softmax_backward(grad_output, output, axis=-1):
    mean = np.average(grad_output, axis=axis, weights=output)
    return output * (grad_output - np.expand_dims(mean, axis))


def scaled_dot_product_attention_backward(grad_output, q, k, v, mask=None):
    tape, q, k, v = Tape(), np.array(q), np.array(k), np.array(v)
    tape.run(tape.attention(q, k, v, mask), grad_output)
    return tuple(tape.grads[id(x)] for x in (q, k, v))


# %%
def multi_head_attention_backward(grad_output, q, k, v, weights, num_heads, mask=None):
    tape, q, k, v = Tape(), np.array(q), np.array(k), np.array(v)
    w = {name: np.array(value) for name, value in weights.items()}
    batch, _, d_model = q.shape

    def heads(x, name):
        y = tape.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])
        return tape.swap(tape.shape(y, batch, -1, num_heads, d_model // num_heads), 1, 2)

    seen = tape.attention(heads(q, "w_q"), heads(k, "w_k"), heads(v, "w_v"), mask)
    merged = tape.shape(tape.swap(seen, 1, 2), batch, -1, d_model)
    tape.run(tape.linear(merged, w["w_o.weight"], w["w_o.bias"]), grad_output)
    return *(tape.grads[id(x)] for x in (q, k, v)), {name: tape.grads[id(value)] for name, value in w.items()}
