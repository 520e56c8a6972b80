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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes, tests that share what is costly go to the same one."""
    for item in items:
        shared = getattr(item, "callspec", None) and item.callspec.params.get("unit")
        if item.path.name == "test_bank_has_teeth.py" and shared:
            item.add_marker(pytest.mark.xdist_group(shared.name))
        elif item.path.name == "test_nbgrader.py":
            item.add_marker(pytest.mark.xdist_group("nbgrader"))
        elif item.path.name == "test_red_team.py":
            item.add_marker(pytest.mark.xdist_group("red team"))
