"""Freed memory is kept for the next update: measured by the pages a process touches for the first time."""

import os
import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from linnet.train.memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
for turn in range(12):
    if turn == 2:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(8 << 20, np.float64)  # 64 MB, given back at once
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.long
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc can be asked to")
def test_large_blocks_are_not_mapped_anew_every_time():
    kept, given = (
        int(
            subprocess.run(
                [sys.executable, "-c", FAULTS, word],
                capture_output=True,
                text=True,
                check=True,
                env=os.environ
                | {"NUMPY_MADVISE_HUGEPAGE": "0"},  # pages of one size, whatever memory is free
            ).stdout
        )
        for word in ("keep", "give")
    )
    assert kept < 1000
    assert given > 10 * max(kept, 100)
