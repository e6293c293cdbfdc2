"""`portability up`: the demo's federation, left running until Ctrl-C."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from agents.exits import HELD
from portability.cli.federation import find_or_make_federation
from portability.cli.printing import console
from portability.cli.processes import NodeProcesses
from portability.errors import HaltedError
from portability.node.config import load_config
from portability.node.development import FederationLayout

DEFAULT_FOLDER = Path("portability-federation")
_LOOK_SECONDS = 0.5


def run_up(folder: Path | None) -> int:
    """
    Run the federation in ``folder``, made now if it is not there yet, until Ctrl-C.

    What the nodes hold stays in the folder. Raises HaltedError if a node ends by itself.
    """
    root = (folder or DEFAULT_FOLDER).resolve()
    layout, is_new = find_or_make_federation(root)
    screen = console()
    with NodeProcesses() as nodes:
        nodes.start(layout.nodes)
        _show(screen, layout, is_new=is_new)
        try:
            _watch(layout, nodes)
        except KeyboardInterrupt:
            screen.print(Text("\nstopping; everything stays in the folder"))
    return HELD


def _watch(layout: FederationLayout, nodes: NodeProcesses) -> None:
    """Return never; raise HaltedError once a node has ended by itself."""
    while True:
        for code in layout.nodes:
            if nodes.has_ended(code, _LOOK_SECONDS):
                raise HaltedError(
                    f"the node of {code} ended by itself; the end of "
                    f"{nodes.node(code).log} says why"
                )


def _show(screen: Console, layout: FederationLayout, *, is_new: bool) -> None:
    made = "made just now" if is_new else "as it was left"
    screen.print(Text(f"the federation in {layout.root}, {made}", style="bold"))
    for code, file in layout.nodes.items():
        config = load_config(file)
        screen.print(
            Text(f"  node {code}: gRPC at {config.listen}, read side at http://{config.observe}")
        )
    screen.print(
        Text(
            "\nA profile says who you are; give it with --profile, or once in the environment:\n"
            f"  export PORTABILITY_PROFILE={layout.root}/profiles/es-agency-inss.toml\n"
            "  portability-agency cases\n"
            f"profiles: {', '.join(layout.profiles)}\n"
            "The README walks through Rosa's case step by step.\n\n"
            "Ctrl-C stops the nodes."
        ),
        soft_wrap=True,  # a path that is broken in two cannot be copied
    )
