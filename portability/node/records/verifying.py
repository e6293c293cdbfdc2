"""
What a verifying process of a node runs. It loads nothing but what it needs, since a node starts as
many as there are cores.
"""

import gc
import multiprocessing
import os
import pickle
import signal
import threading
from multiprocessing.connection import Connection
from typing import Final

# the functions that it is asked for, here already when the first job comes
import portability.wire.intake
import portability.wire.proven_run
import portability.wire.signed_act  # noqa: F401

RARELY: Final = 100_000
"""Objects made between two searches for garbage cycles in a verifying process."""


def work(pipe: Connection, bell: Connection) -> None:
    """The process: check what comes, until the node closes the pipe, ends or is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the node's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _follow_parent()
    gc.freeze()  # what is here now stays
    gc.set_threshold(RARELY)  # what a check makes is freed by counting references
    while True:
        try:
            judge, arguments = pickle.loads(pipe.recv_bytes())  # noqa: S301  # our own node's
        except (EOFError, OSError):
            return
        answer = pickle.dumps(judge(*arguments))
        os.write(bell.fileno(), b".")
        pipe.send_bytes(answer)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(0)

        threading.Thread(target=wait, daemon=True).start()
