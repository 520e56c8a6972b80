"""Code as students write it, with one, two or three faults: the main cause is named first, and none is named wrongly.

`causes/` has whole files. `causes/plain/` has right code in the common style, which the edits below make wrong.
"""

from pathlib import Path

FOLDER = Path(__file__).with_name("causes")

FILES = {  # the main cause, and what stands beside it
}
