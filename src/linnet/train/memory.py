"""Memory that a training run gives back is kept for its next update, not returned to the system.

XLA takes its scratch memory anew for every update, a hundred megabytes at a time. By default the C library maps such
blocks and unmaps them, so each update touches every page for the first time: on two cores half of the time of an update
went there (docs/results/training.md).
"""

import ctypes
import platform

# From glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8


def keep_freed_memory() -> bool:
    """Let malloc keep what is freed; call before the first array is made. Whether it could: with glibc only.

    A thread that has allocated before keeps an arena of its own, which cannot hold more than 64 MB: larger blocks are
    then mapped all the same.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    # one arena, since those of other threads give whole heaps back; nothing mapped on its own; nothing trimmed
    return all([mallopt(M_ARENA_MAX, 1), mallopt(M_MMAP_MAX, 0), mallopt(M_TRIM_THRESHOLD, 2**31 - 1)])
