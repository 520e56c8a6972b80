"""The names of the ready-made answers: what PyTorch offers that a student is asked to build."""

FUNCTIONS = (
    "scaled_dot_product_attention",
    "multi_head_attention_forward",
    "layer_norm",
    "rms_norm",
    "group_norm",
    "batch_norm",
    "instance_norm",
    "local_response_norm",
    "native_layer_norm",
    "native_group_norm",
    "native_batch_norm",
)
CLASSES = (
    "MultiheadAttention",
    "Transformer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "LayerNorm",
    "RMSNorm",
    "GroupNorm",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LocalResponseNorm",
    "CrossMapLRN2d",
    "SyncBatchNorm",
)
OPERATORS = (
    *FUNCTIONS,
    *("scaled_dot_product", "native_multi_head_attention", "transformer_encoder_layer_fwd"),
    *("fused_rms_norm", "cudnn_batch_norm", "miopen_batch_norm", "mkldnn_layer_norm"),
)
PRIVATE_CLASSES = (  # as they begin, without the underscore
    *("BatchNorm", "InstanceNorm", "NormBase", "LazyBatchNorm", "LazyInstanceNorm", "LazyNormBase"),
)
LOSSES = ("cross_entropy", "nll_loss", "kl_div")  # answers of the unit on training, and nobody else's
LOSS_CLASSES = ("CrossEntropyLoss", "NLLLoss", "NLLLoss2d", "KLDivLoss", "AdaptiveLogSoftmaxWithLoss")
OF_TRAINING = frozenset(
    {"LabelSmoothingLoss", "train_step", "evaluate", "average_checkpoints", "train", "training_run"}
)
INSIDES = (
    *("torch._refs", "torch._decomp", "torch._prims", "torch._inductor", "torch._numpy"),  # all of it in Python
    *(
        "torch._higher_order_ops",
        "torch.nn.attention",
        "torch.nn.quantizable",
        "torch.ao",
        "torch.onnx",
    ),  # again
)
ENGINES = (  # what runs a program that is no Python, or an operator that is looked up below Python
    *("torch._C", "torch.export", "torch._export", "torch.package", "torch._lazy"),
    *("torch.jit.CompilationUnit", "torch.jit.load", "torch.library.get_kernel"),
)
BLOCKS = ("autograder.blocks", "autograder.own_work", "autograder.student.blocks")  # where known-good modules live
