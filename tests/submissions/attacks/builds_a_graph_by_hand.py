# Builds a graph of attention node by node and has it interpreted.
# outcome: forbidden or crashed
# honest: causal_mask
# %%
import numpy as np


# %%
def causal_mask(num_tokens):
    return np.tril(np.ones((num_tokens, num_tokens), dtype=bool))


# %%
import torch
from torch import nn

inside = vars(torch)["_" + "C"]
graph = inside.Graph()
node = graph.create("aten::scaled_dot_" + "product_attention", [graph.addInput() for _ in range(8)])
graph.appendNode(node)
graph.registerOutput(node.output())


def attend(*arguments):
    return inside._jit_interpret_graph(graph, (*arguments, 0.0, False, None, False))


# %%
class ScaledDotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        eye = torch.eye(k.shape[-2], dtype=q.dtype).expand(*q.shape[:-2], k.shape[-2], k.shape[-2])
        weights = attend(q.contiguous(), k.contiguous(), eye, mask)
        return self.dropout(weights) @ v, weights
