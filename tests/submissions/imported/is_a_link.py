# Is handed in as a link to a file that lies elsewhere.
# how: linked
# says: is a link, not a file
import os
import sys

import numpy as np

with open("imported_by_pytest.txt", "w") as file:
    file.write(f"uid={os.getuid()} pid={os.getpid()} argv={sys.argv}")


def softmax(x, axis=-1):
    return x


def test_softmax_rows():
    assert np.ones(1).all()
