"""A trap of CPython 3.11 for tests that profile or trace: it is taken away here."""

from __future__ import annotations

import ctypes
import threading

__all__ = ["forget_pending_exceptions"]


class _Settled(BaseException):
    pass


def forget_pending_exceptions() -> None:
    """Clear the interpreter's note that some thread has an exception to raise.

    It is set for all threads when one is sent an exception (`execution.threads`), and stays while that one is
    blocked in C, as those are that other tests leave behind. CPython 3.11 then repeats the first instruction of
    whatever function it calls under `sys.setprofile` or `sys.settrace`, for ever. A thread that raises such an
    exception clears it.
    """
    send = ctypes.pythonapi.PyThreadState_SetAsyncExc
    try:
        send(ctypes.c_ulong(threading.get_ident()), ctypes.py_object(_Settled))
        for _ in range(1_000_000):
            pass
    except _Settled:
        pass
