"""Shapes in signatures are enforced in every test; one warm worker serves the whole session."""

from collections.abc import Iterator

import jaxtyping

jaxtyping.install_import_hook("transformer_ref", "beartype.beartype")

import pytest  # noqa: E402
import torch  # noqa: E402

from autograder.isolate import Worker  # noqa: E402

torch.set_num_threads(1)  # the arrays are small; threads only wait for one another


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """A warm worker; PyTorch is imported once."""
    with Worker() as warm:
        yield warm
