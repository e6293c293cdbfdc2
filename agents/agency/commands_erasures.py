"""Commands about erasures: erase a person, see who has answered, place and lift legal holds."""

from typing import Annotated

import typer

from agents.agency import erasures
from agents.agency.office import open_office
from agents.agency.options import JsonOption, PersonArgument, ProfileOption
from agents.erasure_words import GROUNDS, describe_erasure, erasure_json, is_refused
from agents.exits import HELD, NOT_HELD
from agents.names import named
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings
from portability.ledger.encoding import format_time
from portability.recognition.erasure import ErasureBasis
from portability.v1 import erasures_service_pb2 as pb
from portability.wire.strict import instant

CitationOption = Annotated[
    str, typer.Option("--citation", help="The provision or order; nothing about the person.")
]


def add_erasure_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``erase``, ``erasure show|requests`` and ``hold place|lift|list``."""
    erasure_app = _group("How far an erasure is, and who has not answered.")
    hold_app = _group("Legal holds, which keep a person's data from being erased.")
    app.add_typer(erasure_app, name="erasure")
    app.add_typer(hold_app, name="hold")
    _add_erase(app, outside)
    _add_show(erasure_app, outside)
    _add_place(hold_app, outside)
    _add_list(hold_app, outside)


def _group(purpose: str) -> typer.Typer:
    return typer.Typer(help=purpose, no_args_is_help=True, rich_markup_mode=None)


def _add_erase(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("erase")
    def erase(
        person: PersonArgument,
        *,
        basis: Annotated[str, typer.Option("--basis", help=f"One of {', '.join(GROUNDS)}.")],
        citation: CitationOption = "",
        yes: Annotated[bool, typer.Option("--yes", help="Erase without asking again.")] = False,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> int:
        """Destroy all that the node holds about a person; exit 1 if that is refused."""
        ground = _ground(basis)
        if not yes:
            typer.confirm(
                f"Nothing brings back what is destroyed. Erase {person}?", abort=True, err=True
            )
        with open_office(find_profile(profile), outside) as office:
            state = erasures.erase_person(office, person, ground, citation)
        return _tell(state, as_json=json)


def _add_show(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("show")
    def show(
        name: Annotated[
            str,
            typer.Argument(
                metavar="NAME",
                callback=named("erasures", "persons"),
                help="erasures/ or persons/ and 32 hex digits.",
            ),
        ],
        *,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> int:
        """Show an erasure with every recipient of the data and what it answered."""
        with open_office(find_profile(profile), outside) as office:
            state = erasures.show_erasure(office, name)
        return _tell(state, as_json=json)

    @app.command("requests")
    def requests(*, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """Show what persons asked for and nobody has decided; `erase` decides."""
        with open_office(find_profile(profile), outside) as office:
            found = erasures.list_requests(office)
        printer = Printer(as_json=json)
        printer.document([{"person": one.person, **erasure_json(one.erasure)} for one in found])
        if not found:
            printer.line("Nobody waits for a decision.")
        for one in found:
            asked, _ = describe_erasure(one.erasure)
            printer.line(f"{one.person}: {asked}")


def _add_place(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("place")
    def place(
        person: PersonArgument,
        *,
        citation: CitationOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Keep a person's data from being erased until the hold is lifted."""
        with open_office(find_profile(profile), outside) as office:
            hold = erasures.place_hold(office, person, citation)
        _tell_hold(hold, as_json=json)

    @app.command("lift")
    def lift(
        hold: Annotated[
            str,
            typer.Argument(
                metavar="HOLD", callback=named("holds"), help="holds/ and 32 hex digits."
            ),
        ],
        *,
        citation: CitationOption,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """End a hold that this institution placed; what peers erased meanwhile goes with it."""
        with open_office(find_profile(profile), outside) as office:
            lifted = erasures.lift_hold(office, hold, citation)
        _tell_hold(lifted, as_json=json)


def _add_list(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("list")
    def list_(
        person: PersonArgument, *, profile: ProfileOption = None, json: JsonOption = False
    ) -> None:
        """Show all holds on a person, lifted ones too."""
        with open_office(find_profile(profile), outside) as office:
            holds = erasures.list_holds(office, person)
        _tell_holds(holds, as_json=json)


def _ground(text: str) -> ErasureBasis:
    if text not in GROUNDS:
        raise typer.BadParameter(f"must be one of {', '.join(GROUNDS)}", param_hint="--basis")
    return ErasureBasis(text)


def _tell(state: pb.ErasureState, *, as_json: bool) -> int:
    printer = Printer(as_json=as_json)
    printer.document(erasure_json(state))
    for line in describe_erasure(state):
        printer.line(line)
    return NOT_HELD if is_refused(state) else HELD


def _tell_hold(hold: pb.PersonHold, *, as_json: bool) -> None:
    printer = Printer(as_json=as_json)
    printer.document(_hold_json(hold))
    printer.line(_hold_line(hold))


def _tell_holds(holds: list[pb.PersonHold], *, as_json: bool) -> None:
    printer = Printer(as_json=as_json)
    printer.document([_hold_json(one) for one in holds])
    if not holds:
        printer.line("There is no hold on this person.")
    for one in holds:
        printer.line(_hold_line(one))


def _hold_line(hold: pb.PersonHold) -> str:
    told = _hold_json(hold)
    end = f"lifted {told['lifted']} ({told['lift_citation']})" if told["lifted"] else "in force"
    return f"{told['name']}: {told['placed_by']} since {told['placed']} ({told['citation']}); {end}"


def _hold_json(hold: pb.PersonHold) -> dict[str, str]:
    by = hold.placed_by
    return {
        "name": hold.name,
        "placed_by": f"{by.jurisdiction}/{by.institution}",
        "citation": hold.citation,
        "placed": format_time(instant(hold.place_time, "place_time")),
        "lifted": format_time(instant(hold.lift_time, "lift_time"))
        if hold.HasField("lift_time")
        else "",
        "lift_citation": hold.lift_citation,
    }
