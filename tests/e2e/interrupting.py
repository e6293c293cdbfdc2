"""Processes that can be interrupted as from a terminal."""

import sys
from collections.abc import Sequence
from typing import Final

_HEED: Final = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def heeding_interrupts(command: Sequence[str]) -> list[str]:
    """
    The command, once Ctrl-C is heeded; ``command[0]`` is a path.

    A shell without job control lets what it starts in the background ignore it, which children
    inherit, and Python leaves that as it is.
    """
    return [sys.executable, "-c", _HEED, *command]
