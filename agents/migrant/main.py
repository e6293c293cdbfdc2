"""`portability-migrant`: what persons who moved, and their helpers, do."""

import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NoReturn

import typer

from agents.exits import new_command, run_app
from agents.migrant.commands import add_commands
from agents.migrant.commands_claims import add_claim_commands
from agents.migrant.commands_consents import add_consent_commands
from agents.migrant.commands_portal import add_portal
from agents.migrant.commands_receipts import add_receipt_commands
from agents.surroundings import Surroundings

NAME = "portability-migrant"


def build_app(outside: Surroundings) -> typer.Typer:
    """The command line over the given clock, randomness and patience."""
    app = new_command(NAME, "See your history, allow, withdraw, and see who looked.")
    add_commands(app, outside)
    add_claim_commands(app, outside)
    add_consent_commands(app, outside)
    add_portal(app, outside)
    add_receipt_commands(app, outside)
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
