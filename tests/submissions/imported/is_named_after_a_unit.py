# Has the name of a unit and tests of its own, and defines no exercise.
# how: as_attention
# says: defines no exercise of this course
import os
import sys

import numpy as np

with open("imported_by_pytest.txt", "w") as file:
    file.write(f"uid={os.getuid()} pid={os.getpid()} argv={sys.argv}")


def test_softmax_rows():
    assert np.ones(1).all()
