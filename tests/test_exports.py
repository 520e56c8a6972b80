"""What star imports bind: the record is what this PyTorch exports, and the trusted side does not import it to know."""

import builtins
import json
import subprocess
import sys

import pytest
import torch

from autograder import syllabus
from autograder.intake.exports import RECORD, exported_by
from autograder.protocol.ready_made_names import CLASSES, FUNCTIONS
from instructor.authoring.record_exports import MODULES, record

THAT_MATTER = {*syllabus.exercise_names(), *CLASSES, *FUNCTIONS, *dir(builtins), "nn", "functional", "torch", "math"}
RECORDED = json.loads(RECORD.read_text())


def test_the_record_agrees_with_pytorch_on_every_name_that_matters():
    found, recorded = record(), RECORDED["modules"]
    for module in (module for module in MODULES if module.startswith(("torch", "autograder"))):
        assert found[module].keys() & THAT_MATTER == recorded[module].keys() & THAT_MATTER, module
    if torch.__version__.partition("+")[0] == RECORDED["torch"]:
        ours = [module for module in MODULES if module.startswith("torch")]
        assert {m: found[m] for m in ours} == {m: recorded[m] for m in ours}


@pytest.mark.parametrize("module", ["torch", "torch.nn", "torch.nn.functional", "numpy", "math", "autograder.blocks"])
def test_what_is_said_to_be_bound_is_what_python_binds(module):
    namespace: dict = {}
    exec(f"from {module} import *", namespace)
    assert (namespace.keys() - {"__builtins__"}) & THAT_MATTER == exported_by(module).keys() & THAT_MATTER


def test_pytorch_is_not_imported_to_know_what_it_exports():
    source = (
        "import sys\nfrom autograder.intake.exports import exported_by\n"
        "assert exported_by('torch.nn')['LayerNorm'] == 'torch.nn.LayerNorm'\n"
        "assert exported_by('torch.nn.functional')['math'] == 'math'\n"
        "assert exported_by('nobody.knows') == {}\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", source], check=True)
