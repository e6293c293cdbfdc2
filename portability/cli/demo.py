"""`portability demo`: the whole story on this machine, every step of it verified."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agents.agency.office import open_office
from agents.exits import HELD, NOT_HELD
from agents.migrant.person import open_home
from portability.cli.federation import make_federation, unused_folder
from portability.cli.printing import console, write_json
from portability.cli.processes import NodeProcesses
from portability.cli.stage import Stage, real_surroundings
from portability.cli.story_audit import audit, export
from portability.cli.story_case import Settled, ask_france, settle_case
from portability.cli.story_consent import give
from portability.cli.story_histories import import_histories, tell_start
from portability.cli.story_refusals import refuse
from portability.cli.telling import Teller
from portability.errors import ProofError
from portability.node.development.federation import FederationLayout

DEFAULT_FOLDER = Path("portability-demo")


def run_demo(folder: Path | None, *, as_json: bool) -> int:
    """
    Tell the story; 0 if every step verified, 1 if one did not.

    ``folder`` must be empty or absent; without one, the first unused ``portability-demo`` here.
    Raises the tree's errors for what prevents the story.
    """
    root = (folder or unused_folder(DEFAULT_FOLDER)).resolve()
    screen = None if as_json else console()
    teller = Teller(screen)
    settled: Settled | None = None
    bundle: Path | None = None
    try:
        settled, bundle = _tell_all(root, teller)
    except ProofError as error:
        if screen is None:
            write_json(
                _document(teller, settled, bundle) | {"verified": False, "why": error.message}
            )
            return NOT_HELD
        raise
    if screen is None:
        write_json(_document(teller, settled, bundle))
    else:
        _show_end(screen, settled, root)
    return HELD if teller.verified else NOT_HELD


def _tell_all(root: Path, teller: Teller) -> tuple[Settled, Path]:
    layout = make_federation(root)
    with NodeProcesses() as nodes:
        nodes.start(layout.nodes)
        with set_stage(layout, nodes) as stage:
            return _tell(stage, teller)


@contextmanager
def set_stage(layout: FederationLayout, nodes: NodeProcesses) -> Iterator[Stage]:
    """The running federation with an office of each institution."""
    outside = real_surroundings()
    profiles = layout.profiles
    with (
        open_office(profiles["fr-agency-cnav"], outside) as cnav,
        open_office(profiles["es-agency-inss"], outside) as inss,
    ):
        yield Stage(layout=layout, nodes=nodes, outside=outside, cnav=cnav, inss=inss)


def _tell(stage: Stage, teller: Teller) -> tuple[Settled, Path]:
    teller.tell(tell_start(stage))
    histories, told = import_histories(stage)
    teller.tell(told)
    with open_home(stage.layout.profiles["es-portal"], stage.outside) as home:
        consented, told = give(stage, home, histories)
        teller.tell(told)
        answered, told = ask_france(stage, histories, consented.consent)
        teller.tell(told)
        settled, told = settle_case(stage, histories, answered)
        teller.tell(told)
        bundle = export(stage, settled.case.name)
        teller.tell(refuse(stage, histories, consented))
    teller.tell(audit(stage, bundle, settled.payable_total))
    return settled, bundle


def _document(teller: Teller, settled: Settled | None, bundle: Path | None) -> dict[str, object]:
    return {
        "verified": teller.verified,
        "payable_total": dict(settled.payable_total) if settled else {},
        "bundle": str(bundle) if bundle else None,
        "steps": teller.steps,
    }


def _show_end(screen: Console, settled: Settled, root: Path) -> None:
    paid = {
        decided.content.header.sender.jurisdiction: decided.content.payable
        for decided in settled.decisions
    }
    total = " and ".join(f"{amount} {code}" for code, amount in settled.payable_total.items())
    screen.print()
    screen.print(
        Text(
            f"France pays {paid['FR']} a month, Spain {paid['ES']}: together {total}", style="bold"
        )
    )
    screen.print(Text("all steps verified", style="bold green"))
    screen.print(Text(f"everything is in {root}", style="dim"))
