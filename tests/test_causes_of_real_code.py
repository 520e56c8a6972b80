"""Code as students write it, with one, two or three faults: the main cause is named first, and none is named wrongly.

`causes/` has whole files. `causes/plain/` has right code in the common style, which the edits below make wrong.
"""

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from autograder import bank
from autograder.exercise import Exercise, Misconception, combine
from autograder.intake import submission
from autograder.judging.diagnose import diagnose
from autograder.judging.likeness import is_same
from autograder.shells.notebook_check import grade_here
from autograder.verdict import Grade
from tests.judged import ANSWERS

FOLDER = Path(__file__).with_name("causes")
PLAIN = FOLDER / "plain"
PAIRS = 70

FILES = {  # the causes, the main one first
    "axes_two_and_three_by_number": "kt-swaps-two-and-three",
    "crashes_without_a_mask_and_no_check": "mask-none-crashes mha-divisibility-unchecked",
    "dropout_after_each_norm": "?",
    "dropout_after_the_first_norm": "?",
    "gamma_late_and_another_default": "bwd-ln-gamma-late ln-eps-default-thousandth",
    "greedy_for_one_sentence": "batch-of-one",
    "mask_equals_true_and_no_check": "mask-truthiness mha-divisibility-unchecked",
    "merged_without_transpose_and_assert": "mha-merge-without-transpose mha-divisibility-asserted",
    "minus_infinity_and_assert": "mask-fill-minus-infinity-everywhere mha-divisibility-asserted",
    "minus_infinity_in_a_whole_row": "mask-fill-minus-infinity-everywhere",
    "norms_result_dropped": "enc-no-norms",
    "one_residual_for_three": "?",
    "outside_and_another_default": "ln-eps-outside ln-eps-default",
    "roles_of_cross_attention": "?",
    "root_of_d_model_and_assert": "scale-by-dmodel mha-divisibility-asserted",
    "unbiased_outside_and_another_default": "ln-unbiased-eps-outside ln-eps-default",
}

EDITS = [  # the unit, the exercise, the causes, and what is written instead of what
    (
        "attention",
        "softmax",
        "no-return",
        {"return powers / powers.sum(axis=axis, keepdims=True)": "powers / powers.sum(axis=axis, keepdims=True)"},
    ),
    (
        "attention",
        "softmax",
        "prints-instead",
        {
            "return powers / powers.sum(axis=axis, keepdims=True)": "print(powers / powers.sum(axis=axis, keepdims=True))"
        },
    ),
    ("attention", "softmax", "softmax-no-keepdims", {"powers.sum(axis=axis, keepdims=True)": "powers.sum(axis=axis)"}),
    ("attention", "softmax", "softmax-no-keepdims", {"x.max(axis=axis, keepdims=True)": "x.max(axis=axis)"}),
    ("attention", "softmax", "softmax-over-all", {"powers.sum(axis=axis, keepdims=True)": "powers.sum()"}),
    ("attention", "softmax", "softmax-maximum-of-all", {"x.max(axis=axis, keepdims=True)": "x.max()"}),
    (
        "attention",
        "softmax",
        "keywords-of-pytorch",
        {"x.max(axis=axis, keepdims=True)": "x.max(dim=axis, keepdim=True)"},
    ),
    ("attention", "softmax", "?", {"np.exp(shifted)": "torch.exp(shifted)"}),
    ("attention", "softmax", "name-misspelt", {"return powers": "return shiftd"}),
    (
        "attention",
        "scaled_dot_product_attention",
        "weights-not-returned",
        {"return output, attention_weights": "return output"},
    ),
    (
        "attention",
        "scaled_dot_product_attention",
        "results-exchanged",
        {"return output, attention_weights": "return attention_weights, output"},
    ),
    ("attention", "scaled_dot_product_attention", "inner-sizes-differ", {"q @ k.swapaxes(-1, -2)": "q @ k"}),
    ("attention", "scaled_dot_product_attention", "kt-reverses-all-axes", {"k.swapaxes(-1, -2)": "k.T"}),
    (
        "attention",
        "scaled_dot_product_attention",
        "kt-swaps-one-and-two",
        {"k.swapaxes(-1, -2)": "k.transpose(0, 2, 1)"},
    ),
    (
        "attention",
        "scaled_dot_product_attention",
        "kt-swaps-two-and-three",
        {"k.swapaxes(-1, -2)": "k.transpose(0, 1, 3, 2)"},
    ),
    (
        "attention",
        "scaled_dot_product_attention",
        "attn-only3d",
        {"d_k = q.shape[-1]": "batch, tokens, d_k = q.shape"},
    ),
    ("attention", "scaled_dot_product_attention", "mask-truthiness", {"if mask is not None:": "if mask:"}),
    (
        "attention",
        "scaled_dot_product_attention",
        "method-of-tensors",
        {"scores = np.where(mask, scores, -1e9)": "scores = scores.masked_fill(~mask, -1e9)"},
    ),
    (
        "attention",
        "scaled_dot_product_attention",
        "softmax-over-first-axis",
        {"softmax(scores, axis=-1)": "softmax(scores, axis=0)"},
    ),
    (
        "attention",
        "scaled_dot_product_attention",
        "mask-inverted",
        {"np.where(mask, scores, -1e9)": "np.where(mask, -1e9, scores)"},
    ),
    (
        "attention",
        "multi_head_attention",
        "key-without-a-dot",
        {'weights[f"{name}.weight"]': 'weights[f"{name}weight"]'},
    ),
    (
        "attention",
        "multi_head_attention",
        "mha-weight-transposed",
        {'weights[f"{name}.weight"].T': 'weights[f"{name}.weight"]'},
    ),
    (
        "attention",
        "multi_head_attention",
        "mha-merge-without-transpose",
        {"heads.transpose(0, 2, 1, 3).reshape": "heads.reshape"},
    ),
    (
        "attention",
        "multi_head_attention",
        "mha-attends-over-heads",
        {".transpose(0, 2, 1, 3)\n\n    batch": "\n\n    batch"},
    ),
    (
        "attention",
        "multi_head_attention",
        "mha-split-interleaved-only",
        {
            "x.reshape(batch, tokens, num_heads, d_model // num_heads).transpose(0, 2, 1, 3)": "x.reshape(batch, tokens, d_model // num_heads, num_heads).transpose(0, 3, 1, 2)"
        },
    ),
    (
        "attention",
        "multi_head_attention",
        "mha-projected-keys-and-values-exchanged",
        {'split(linear(k, "w_k")), split(linear(v, "w_v"))': 'split(linear(v, "w_v")), split(linear(k, "w_k"))'},
    ),
    (
        "attention",
        "multi_head_attention",
        "mha-no-output-projection",
        {'return linear(merged, "w_o"), attention_weights': "return merged, attention_weights"},
    ),
    (
        "attention",
        "ScaledDotProductAttention",
        "super-init-missing",
        {
            "        super().__init__()\n        self.dropout = nn.Dropout(dropout)\n\n    def forward(self, q, k, v, mask=None):\n        d_k": "        self.dropout = nn.Dropout(dropout)\n\n    def forward(self, q, k, v, mask=None):\n        d_k"
        },
    ),
    (
        "attention",
        "ScaledDotProductAttention",
        "module-used-as-output",
        {"torch.softmax(scores, dim=-1)\n        output": "nn.Softmax(scores)\n        output"},
    ),
    (
        "attention",
        "ScaledDotProductAttention",
        "softmax-over-heads",
        {"torch.softmax(scores, dim=-1)\n        output": "torch.softmax(scores, dim=1)\n        output"},
    ),
    (
        "attention",
        "ScaledDotProductAttention",
        "kt-swaps-one-and-two",
        {"k.transpose(-2, -1)) / math.sqrt(d_k)": "k.transpose(1, 2)) / math.sqrt(d_k)"},
    ),
    (
        "attention",
        "ScaledDotProductAttention",
        "axis-by-number",
        {"k.transpose(-2, -1)) / math.sqrt(d_k)": "k.permute(0, 2, 1)) / math.sqrt(d_k)"},
    ),
    (
        "attention",
        "ScaledDotProductAttention",
        "not-stored-on-self",
        {"output = self.dropout(weights) @ v": "output = self.drop(weights) @ v"},
    ),
    (
        "attention",
        "ScaledDotProductAttention",
        "numpy-on-tensors",
        {"torch.softmax(scores, dim=-1)\n        output": "torch.from_numpy(np.exp(scores.numpy()))\n        output"},
    ),
    (
        "attention",
        "ScaledDotProductAttention",
        "module-used-as-output",
        {"output = self.dropout(weights) @ v": "output = self.dropout @ v"},
    ),
    ("attention", "MultiHeadAttention", "weights-not-returned", {"return self.w_o(x), weights": "return self.w_o(x)"}),
    (
        "attention",
        "MultiHeadAttention",
        "not-stored-on-self",
        {"        self.num_heads = num_heads\n": "        num_heads = num_heads\n"},
    ),
    (
        "attention",
        "MultiHeadAttention",
        "attn-view-on-noncontiguous",
        {"x.transpose(1, 2).contiguous().view": "x.transpose(1, 2).view"},
    ),
    (
        "attention",
        "MultiHeadAttention",
        "softmax-over-queries",
        {
            "math.sqrt(self.d_k)\n        if mask is not None:\n            scores = scores.masked_fill(~mask, -1e9)\n        weights = torch.softmax(scores, dim=-1)\n        x =": "math.sqrt(self.d_k)\n        if mask is not None:\n            scores = scores.masked_fill(~mask, -1e9)\n        weights = torch.softmax(scores, dim=-2)\n        x ="
        },
    ),
    (
        "attention",
        "MultiHeadAttention",
        "self-missing",
        {"def forward(self, q, k, v, mask=None):\n        batch": "def forward(q, k, v, mask=None):\n        batch"},
    ),
    (
        "attention",
        "MultiHeadAttention",
        "parameter-frozen",
        {
            "self.w_v = nn.Linear(d_model, d_model)": "self.w_v = nn.Linear(d_model, d_model)\n        self.w_v.bias.requires_grad = False"
        },
    ),
    (
        "attention",
        "MultiHeadAttention",
        "parameter-missing",
        {"self.w_v = nn.Linear(d_model, d_model)": "self.w_v = nn.Linear(d_model, d_model, bias=False)"},
    ),
    (
        "attention",
        "MultiHeadAttention",
        "features-of-a-map",
        {"self.w_k(k).view": "self.w_k(v).view", "self.w_v(v).view": "self.w_v(k).view"},
    ),
    (
        "attention",
        "MultiHeadAttention",
        "scale-missing mha-divisibility-asserted",
        {
            'if d_model % num_heads != 0:\n            raise ValueError("d_model must be divisible by num_heads")': "assert d_model % num_heads == 0",
            "/ math.sqrt(self.d_k)\n        if mask is not None:\n            scores = scores.masked_fill(~mask, -1e9)\n        weights = torch.softmax(scores, dim=-1)\n        x": "\n        if mask is not None:\n            scores = scores.masked_fill(~mask, -1e9)\n        weights = torch.softmax(scores, dim=-1)\n        x",
        },
    ),
    ("layer_norm", "layer_norm", "axis-lost", {"x.mean(axis=-1, keepdims=True)": "x.mean(axis=-1)"}),
    (
        "layer_norm",
        "layer_norm",
        "ln-unbiased ln-eps-default",
        {"eps=1e-5": "eps=1e-6", "x.var(axis=-1, keepdims=True)": "x.var(axis=-1, keepdims=True, ddof=1)"},
    ),
    ("layer_norm", "layer_norm", "?", {"x.mean(axis=-1, keepdims=True)": "x.mean(axis=1, keepdims=True)"}),
    ("layer_norm", "LayerNorm", "not-stored-on-self", {"self.eps = eps": "pass"}),
    (
        "layer_norm",
        "LayerNorm",
        "ln-unbiased ln-eps-default-eighth",
        {"unbiased=False": "unbiased=True", "eps=1e-5):\n        super": "eps=1e-8):\n        super"},
    ),
    ("layer_norm", "LayerNorm", "parameter-missing", {"nn.Parameter(torch.zeros(d_model))": "torch.zeros(d_model)"}),
    (
        "layer_norm",
        "LayerNorm",
        "numpy-on-tensors",
        {"torch.sqrt(variance + self.eps)": "np.sqrt(variance + self.eps)"},
    ),
    ("layer_norm", "ResidualConnection", "function-used-as-result", {"sublayer(x)": "sublayer"}),
    (
        "layer_norm",
        "ResidualConnection",
        "res-pre-instead-of-post",
        {"self.norm(x + self.dropout(sublayer(x)))": "x + self.dropout(sublayer(self.norm(x)))"},
    ),
    (
        "feed_forward",
        "feed_forward",
        "?",
        {'return hidden @ weights["linear2.weight"].T': 'return hidden @ weights["linear2.weight"]'},
    ),
    (
        "feed_forward",
        "FeedForward",
        "module-used-as-output",
        {"torch.relu(self.linear1(x))": "torch.relu(self.linear1)"},
    ),
    (
        "feed_forward",
        "FeedForward",
        "parameter-shape",
        {"self.linear2 = nn.Linear(d_ff, d_model)": "self.linear2 = nn.Linear(d_model, d_ff)"},
    ),
    (
        "feed_forward",
        "FeedForward",
        "numpy-on-tensors",
        {"torch.relu(self.linear1(x))": "np.maximum(self.linear1(x), 0)"},
    ),
    (
        "feed_forward",
        "FeedForward",
        "ffn-no-activation ffn-no-dropout",
        {"self.dropout(torch.relu(self.linear1(x)))": "self.linear1(x)"},
    ),
    (
        "encoder",
        "EncoderLayer",
        "array-called",
        {"lambda x: self.self_attention(x, x, x, mask)[0]": "self.self_attention(x, x, x, mask)[0]"},
    ),
    (
        "encoder",
        "EncoderLayer",
        "pair-used-as-array",
        {"self.self_attention(x, x, x, mask)[0]": "self.self_attention(x, x, x, mask)"},
    ),
    (
        "encoder",
        "EncoderLayer",
        "array-called",
        {"self.residual2(x, self.feed_forward)": "self.residual2(x, self.feed_forward(x))"},
    ),
    (
        "encoder",
        "EncoderLayer",
        "enc-shared-norm enc-mask-dropped",
        {
            "self.self_attention(x, x, x, mask)[0]": "self.self_attention(x, x, x)[0]",
            "return self.residual2(": "return self.residual1(",
        },
    ),
    (
        "encoder",
        "Encoder",
        "enc-input-not-chained",
        {"            x = layer(x, mask)\n        return x": "            y = layer(x, mask)\n        return y"},
    ),
    (
        "encoder",
        "Encoder",
        "enc-python-list",
        {
            "nn.ModuleList(EncoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers))": "[EncoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)]"
        },
    ),
    (
        "decoder",
        "DecoderLayer",
        "dec-cross-qfrom-memory",
        {"self.cross_attention(x, memory, memory, memory_mask)": "self.cross_attention(memory, x, x, memory_mask)"},
    ),
    (
        "decoder",
        "DecoderLayer",
        "dec-cross-vfrom-decoder",
        {"self.cross_attention(x, memory, memory, memory_mask)": "self.cross_attention(x, memory, x, memory_mask)"},
    ),
    (
        "decoder",
        "DecoderLayer",
        "dec-masks-swapped",
        {
            "self.self_attention(x, x, x, tgt_mask)": "self.self_attention(x, x, x, memory_mask)",
            "memory, memory, memory_mask)": "memory, memory, tgt_mask)",
        },
    ),
    (
        "decoder",
        "DecoderLayer",
        "dec-both-masks-ignored",
        {
            "self.self_attention(x, x, x, tgt_mask)": "self.self_attention(x, x, x)",
            "memory, memory, memory_mask)": "memory, memory)",
        },
    ),
    (
        "positional_encoding",
        "positional_encoding",
        "pe-exponent-halved",
        {"np.arange(0, d_model, 2)": "np.arange(d_model // 2)"},
    ),
    (
        "positional_encoding",
        "positional_encoding",
        "axis-lost",
        {"np.arange(num_positions)[:, None]": "np.arange(num_positions)"},
    ),
    (
        "positional_encoding",
        "positional_encoding",
        "pe-positions-from-one pe-wrong-base",
        {"10000 **": "1000 **", "np.arange(num_positions)[:, None]": "np.arange(1, num_positions + 1)[:, None]"},
    ),
    ("positional_encoding", "PositionalEncoding", "pe-default-max-len-short", {"max_len=5000": "max_len=512"}),
    (
        "positional_encoding",
        "PositionalEncoding",
        "pe-double-attribute",
        {
            'self.register_buffer("table", torch.from_numpy(positional_encoding(max_len, d_model)))': "self.table = torch.from_numpy(positional_encoding(max_len, d_model))",
            ".to(x.dtype)": "",
        },
    ),
    (
        "positional_encoding",
        "PositionalEncoding",
        "pe-max-len-ignored",
        {
            '        if x.size(1) > len(self.table):\n            raise ValueError("too many tokens")\n': "",
            "positional_encoding(max_len, d_model)": "positional_encoding(5000, d_model)",
        },
    ),
    ("transformer", "TokenEmbedding", "model-no-embedding-scale", {" * math.sqrt(self.d_model)": ""}),
    ("transformer", "greedy_decode", "?", {"logits.argmax(dim=-1)": "logits.argmax().item()"}),
    ("transformer", "greedy_decode", "?", {"    model.train(was_training)\n": "    model.training = was_training\n"}),
    ("transformer", "greedy_decode", "?", {"bos_id, dtype=torch.long": "eos_id, dtype=torch.long"}),
    (
        "transformer",
        "greedy_decode",
        "greedy-keeps-bos greedy-no-pad-after-eos",
        {"            chosen = torch.where(done, pad_id, chosen)\n": "", "return ids[:, 1:]": "return ids"},
    ),
]


def grade_code(read: submission.Submission, exercise: str) -> Grade:
    """The grade of one exercise of some code, on public inputs, in this process."""
    namespace: dict[str, Any] = {}
    for number, source in read.cells.items():
        exec(compile(source, f"<cell {number}>", "exec"), namespace)
    return grade_here(exercise, namespace, read.cells)


def named(grade: Grade) -> str:
    return " ".join(finding.name for finding in grade.findings)


@pytest.mark.parametrize(("name", "causes"), FILES.items(), ids=list(FILES))
def test_whole_files_have_their_causes(name, causes):
    read = submission.read(FOLDER / f"{name}.py")
    (exercise,) = (e.name for e in bank.units()[read.unit].exercises if read.code.defines(e.name))
    grade = grade_code(read, exercise)
    assert named(grade) == causes
    assert {case for finding in grade.findings for case in finding.cases} == {v.case for v in grade.failed}


def test_every_file_has_its_causes():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(FILES)


@pytest.mark.parametrize(
    ("unit", "exercise"),
    [(path.stem, e.name) for path in sorted(PLAIN.glob("*.py")) for e in bank.units()[path.stem].exercises],
)
def test_what_the_edits_make_wrong_is_right(unit, exercise):
    read = submission.read(PLAIN / f"{unit}.py")
    if read.code.defines(exercise):
        assert named(grade_code(read, exercise)) == ""
        assert grade_code(read, exercise).failed == ()


@pytest.mark.parametrize(
    ("unit", "exercise", "causes", "edits"), EDITS, ids=[f"{e}-{n}" for n, (_, e, _, _) in enumerate(EDITS)]
)
def test_an_edit_of_right_code_has_its_causes(unit, exercise, causes, edits):
    source = (PLAIN / f"{unit}.py").read_text(encoding="utf-8")
    for right, wrong in edits.items():
        assert right in source
        source = source.replace(right, wrong)
    grade = grade_code(submission.from_python(source, "edited.py", unit), exercise)
    assert named(grade) == causes


# ---- pairs of unrelated misconceptions


def draw_pairs() -> Iterator[tuple[Exercise, Misconception, Misconception]]:
    """Misconceptions of different topics that both change something in one exercise, always the same ones."""
    dice = random.Random(2017)
    exercises = [e for unit in bank.units().values() for e in unit.exercises if len(ANSWERS.relevant(e)) > 1]
    while True:
        exercise = dice.choice(exercises)
        one, other = dice.sample(list(ANSWERS.relevant(exercise)), 2)
        if one.steps.__module__ != other.steps.__module__ and combine((one, other)):
            yield exercise, one, other


def failing(exercise: Exercise, mistake: Misconception) -> list:
    """The public trials that a misconception, or several in one implementation, fail."""
    trials = exercise.trials(None)
    return [t for t in trials if not is_same(exercise, t, ANSWERS.reference(t), ANSWERS.mistake(t, mistake))]


@pytest.mark.parametrize("number", range(PAIRS))
def test_of_two_mistakes_at_once_none_is_named_wrongly_and_the_main_one_is_named(number):
    exercise, one, other = next(islice(draw_pairs(), number, None))
    both = combine((one, other))
    assert both
    shown = {trial: ANSWERS.mistake(trial, both) for trial in exercise.trials(None)}
    found = diagnose(exercise, shown, failing(exercise, both), ANSWERS)
    assert set(found.mistakes) <= {one, other}
    if failing(exercise, both):
        assert found.mistakes
