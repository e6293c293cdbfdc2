"""
What the installed commands begin with, before anything else of them is loaded.

Loading takes a good part of a second, in which Ctrl-C is as likely as later, and no fault.
"""

import sys
from importlib import import_module
from typing import NoReturn

INTERRUPTED = 130


def run() -> NoReturn:
    """The command ``portability``."""
    start("portability", "portability.cli.main")


def start(name: str, module: str) -> NoReturn:
    """Load the command line in ``module`` and end with the status that its ``status`` gives."""
    try:
        found: int = import_module(module).status(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write(f"{name}: stopped\n")
        found = INTERRUPTED
    raise SystemExit(found)
