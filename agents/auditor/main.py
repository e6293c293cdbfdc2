"""`portability-auditor`: what auditors, courts and ombudspersons do."""

import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NoReturn

import typer

from agents.auditor.commands import add_commands
from agents.auditor.commands_case import add_case_commands
from agents.auditor.commands_consents import add_consent_commands
from agents.auditor.commands_watch import add_watch
from agents.auditor.review import add_review
from agents.exits import new_command, run_app
from agents.held_summary import add_clocks
from agents.surroundings import Surroundings

NAME = "portability-auditor"


def build_app(outside: Surroundings) -> typer.Typer:
    """The command line over the given clock, randomness and patience."""
    app = new_command(NAME, "Verify everything offline, without trusting any node.")
    add_commands(app, outside)
    add_case_commands(app, outside)
    add_consent_commands(app, outside)
    add_watch(app, outside)
    add_review(app, outside)
    add_clocks(app, outside)
    return app


def status(arguments: Sequence[str]) -> int:
    """Run the command with ``arguments`` and return its exit status."""
    outside = Surroundings(now=lambda: datetime.now(UTC), randomness=os.urandom, sleep=time.sleep)
    return run_app(build_app(outside), NAME, arguments)


def run() -> NoReturn:
    """Entry point of the installed command."""
    raise SystemExit(status(sys.argv[1:]))


if __name__ == "__main__":
    run()
