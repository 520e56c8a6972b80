"""The paper as `nn.Module`s. Everything of PyTorch is used but the ready-made answers."""
