"""`portability-agency`: what an institution's officers do."""

import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NoReturn

import typer

from agents.agency.commands_cases import add_case_commands
from agents.agency.commands_complaints import add_complaint_commands
from agents.agency.commands_consents import add_consent_commands
from agents.agency.commands_counter import add_counter_commands
from agents.agency.commands_erasures import add_erasure_commands
from agents.agency.commands_identities import add_identity_commands
from agents.agency.commands_issue import add_issue_commands
from agents.agency.commands_notices import add_notice_commands
from agents.agency.commands_persons import add_person_commands
from agents.agency.commands_records import add_record_commands
from agents.agency.commands_settlement import add_settlement_commands
from agents.exits import new_command, run_app
from agents.held_summary import add_clocks
from agents.surroundings import Surroundings

NAME = "portability-agency"


def build_app(outside: Surroundings) -> typer.Typer:
    """The command line over the given clock, randomness and patience."""
    app = new_command(
        NAME, "What an institution does: persons, records, consents, cases, erasures."
    )
    add_person_commands(app, outside)
    add_record_commands(app, outside)
    add_issue_commands(app, outside)
    add_consent_commands(app, outside)
    add_counter_commands(app, outside)
    add_case_commands(app, outside)
    add_identity_commands(app, outside)
    add_notice_commands(app, outside)
    add_erasure_commands(app, outside)
    add_settlement_commands(app, outside)
    add_complaint_commands(app, outside)
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
