"""What the installed commands of the agents begin with; see ``portability.starting``."""

import os
from typing import NoReturn

from portability.starting import start

os.environ.setdefault("GRPC_VERBOSITY", "NONE")
"""An agent tells in one sentence what became of a call; the transport wrote more beside it."""


def agency() -> NoReturn:
    """The command ``portability-agency``."""
    start("portability-agency", "agents.agency.main")


def migrant() -> NoReturn:
    """The command ``portability-migrant``."""
    start("portability-migrant", "agents.migrant.main")


def auditor() -> NoReturn:
    """The command ``portability-auditor``."""
    start("portability-auditor", "agents.auditor.main")
