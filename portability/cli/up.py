"""`portability up`: the demo's federation, left running until Ctrl-C."""

import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agents.agency.office import open_office
from agents.exits import HELD
from portability.cli.federation import (
    HOME,
    JURISDICTIONS,
    find_or_make_federation,
    held_alone,
)
from portability.cli.invented import Invited, invite
from portability.cli.portal_process import is_installed, portal_origin, serving_portal
from portability.cli.printing import console
from portability.cli.processes import NodeProcesses, why_it_ended
from portability.cli.stage import real_surroundings
from portability.errors import HaltedError
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout

DEFAULT_FOLDER = Path("portability-federation")
OFFICES = {"FR": "fr-agency-cnav", "ES": "es-agency-inss"}
_LOOK_SECONDS = 0.5


def run_up(folder: Path | None) -> int:
    """
    Run the federation in ``folder``, made now if it is not there yet, until Ctrl-C.

    What the nodes hold stays in the folder. Raises ConfigurationError if it runs already, and
    HaltedError if a node ends by itself.
    """
    root = (folder or DEFAULT_FOLDER).resolve()
    with held_alone(root):
        return _run(root)


def _run(root: Path) -> int:
    layout, is_new = find_or_make_federation(root)
    screen = console()
    with NodeProcesses() as nodes:
        nodes.start(layout.nodes)
        with ExitStack() as stack:
            told = _start_portal(stack, layout, is_new=is_new)
            tell_running(screen, layout, told, is_new=is_new)
            try:
                _watch(layout, nodes)
            except KeyboardInterrupt:
                screen.print(Text("\nstopping; everything stays in the folder"))
    return HELD


def _start_portal(stack: ExitStack, layout: FederationLayout, *, is_new: bool) -> str:
    """Serve the portal if this installation can, and say how to try it, or why it is not there."""
    origin = portal_origin(layout.nodes[HOME])
    if origin is None:
        return "no portal: this folder was made without one; make a new one with --dir\n"
    if not is_installed():
        return "no portal: for that, run pip install 'portability[portal]'\n"
    invited = _invite(layout, is_new=is_new)
    profile = layout.profiles[f"{HOME.lower()}-portal"]
    stack.enter_context(serving_portal(profile, origin, layout.root / "portal.log"))
    people = "\n".join(f"  {one.name}, enrolment code {one.code}" for one in invited)
    return (
        f"the portal for persons: {origin}\nInvented people to try it with; in a browser that has "
        f"passkeys, choose `First time here`:\n{people}\n"
    )


def _invite(layout: FederationLayout, *, is_new: bool) -> Sequence[Invited]:
    outside = real_surroundings()
    abroad = next(code for code in JURISDICTIONS if code != HOME)
    with (
        open_office(layout.profiles[OFFICES[HOME]], outside) as home,
        open_office(layout.profiles[OFFICES[abroad]], outside) as there,
    ):
        return invite(home, there, is_new=is_new)


def _watch(layout: FederationLayout, nodes: NodeProcesses) -> None:
    """Return never; raise HaltedError once a node has ended by itself."""
    while True:
        for code in layout.nodes:
            if nodes.has_ended(code, _LOOK_SECONDS):
                why = why_it_ended(nodes.node(code))
                raise HaltedError(f"the node of {code} ended by itself{why}")


def tell_running(screen: Console, layout: FederationLayout, portal: str, *, is_new: bool) -> None:
    """What runs, and lines to paste with which it is talked to."""
    made = "made just now" if is_new else "as it was left"
    screen.print(Text(f"the federation in {layout.root}, {made}", style="bold"))
    profile = shlex.quote(str(layout.root / "profiles" / f"{OFFICES[HOME]}.toml"))
    for code, file in layout.nodes.items():
        config = load_config(file)
        screen.print(
            Text(f"  node {code}: gRPC at {config.listen}, read side at http://{config.observe}")
        )
    screen.print(Text(f"\n{portal}"), soft_wrap=True)
    screen.print(
        Text(
            "A profile says who you are; give it with --profile, or once in the environment:\n"
            f"  export PORTABILITY_PROFILE={profile}\n"
            "  portability-agency cases\n"
            f"profiles: {', '.join(layout.profiles)}\n"
            "The README walks through Rosa's case step by step.\n\n"
            "Ctrl-C stops the nodes."
        ),
        soft_wrap=True,  # a path that is broken in two cannot be copied
    )
