# Defines no exercise, and no tests either.
# how: as_it_is
# says: defines no exercise of this course
import os
import sys

import numpy as np

with open("imported_by_pytest.txt", "w") as file:
    file.write(f"uid={os.getuid()} pid={os.getpid()} argv={sys.argv}")
