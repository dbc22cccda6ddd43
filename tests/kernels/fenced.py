"""Buffers between two unreadable pages: a kernel that strays by one byte ends the run with a segmentation fault."""

import ctypes
import mmap
from typing import Literal

import numpy as np

Side = Literal["front", "back"]

_PROT_NONE = 0
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def fenced(array: np.ndarray, side: Side) -> np.ndarray:
    """A copy of `array` that touches the guard page in front of it or behind it; behind, odd sizes start unaligned."""
    data_bytes = -(-array.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    pages = mmap.mmap(-1, data_bytes + 2 * mmap.PAGESIZE)
    whole = np.frombuffer(pages, np.uint8)
    for guard in (0, mmap.PAGESIZE + data_bytes):
        if _libc.mprotect(whole.ctypes.data + guard, mmap.PAGESIZE, _PROT_NONE) != 0:
            raise OSError(ctypes.get_errno(), "mprotect")
    start = mmap.PAGESIZE + (0 if side == "front" else data_bytes - array.nbytes)
    copy = whole[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy
