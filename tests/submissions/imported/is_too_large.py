# Has more code than a submission may have, so that it is refused; it is padded with comments.
# how: padded
# says: KiB of code; a submission has at most
import os
import sys

import numpy as np

with open("imported_by_pytest.txt", "w") as file:
    file.write(f"uid={os.getuid()} pid={os.getpid()} argv={sys.argv}")


def softmax(x, axis=-1):
    return x


def test_softmax_rows():
    assert np.ones(1).all()
