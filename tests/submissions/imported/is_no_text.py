# Ends with null characters, so that it is no text.
# how: with_nulls
# says: is not text
import os
import sys

import numpy as np

with open("imported_by_pytest.txt", "w") as file:
    file.write(f"uid={os.getuid()} pid={os.getpid()} argv={sys.argv}")


def softmax(x, axis=-1):
    return x


def test_softmax_rows():
    assert np.ones(1).all()
