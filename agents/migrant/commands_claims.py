"""Commands of persons about their claims: see them, and give one up."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from agents.migrant import person
from agents.migrant.commands import JsonOption, KeyOption, ProfileOption, ask_again
from agents.migrant.own_claim_withdrawals import (
    find_claim,
    hand_in_claim_withdrawal,
    prepare_claim_withdrawal,
)
from agents.migrant.own_claims import SeenClaim, fetch_cases, read_claims
from agents.printing import Printer
from agents.profile import find_profile
from agents.surroundings import Surroundings


def add_claim_commands(app: typer.Typer, outside: Surroundings) -> None:
    """Register ``claims`` and ``give-up``."""
    _add_claims(app, outside)
    _add_give_up(app, outside)


def _add_claims(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("claims")
    def claims(*, key: KeyOption, profile: ProfileOption = None, json: JsonOption = False) -> None:
        """Show your claims that go across borders, each statement verified."""
        with person.open_home(find_profile(profile), outside) as home:
            me = person.sign_in(home, key)
            found = read_claims(me, fetch_cases(me))
        tell_claims(Printer(as_json=json), found)


def tell_claims(printer: Printer, found: Sequence[SeenClaim]) -> None:
    """A row for each, and what there is to do where its lead alone says that it was given up."""
    names = ("claim", "state", "branch", "claimed on", "led by")
    rows = [
        (one.name, _state(one), str(one.branch), str(one.claim_date), str(one.parties[0]))
        for one in found
    ]
    printer.document([dict(zip(names, row, strict=True)) for row in rows])
    printer.table(names, rows)
    for one in found:
        if one.is_given_up_unsigned:
            printer.line(f"{one.name}: {_UNSIGNED}", "yellow")
    if not found:
        printer.line("You have no claim that goes across borders.")


def _state(claim: SeenClaim) -> str:
    """Of a claim that was given up it is not that all have decided."""
    if claim.is_given_up:
        return "given up"
    return "given up, unproven" if claim.is_given_up_unsigned else claim.state


_UNSIGNED: Final = (
    "it was closed as given up, and nothing here shows that you signed that. If you did not, "
    "complain, in the portal or at an office."
)


def _add_give_up(app: typer.Typer, outside: Surroundings) -> None:
    @app.command("give-up")
    def give_up(
        case: Annotated[
            str, typer.Argument(metavar="CASE", help="As `claims` shows it, or its beginning.")
        ],
        *,
        key: KeyOption,
        yes: Annotated[bool, typer.Option("--yes", help="Sign without asking again.")] = False,
        profile: ProfileOption = None,
        json: JsonOption = False,
    ) -> None:
        """Give a claim up in all its countries, under your signature. Nothing brings it back."""
        printer = Printer(as_json=json)
        with person.open_home(find_profile(profile), outside) as home:
            me = person.sign_in(home, key)
            claim = find_claim(read_claims(me, fetch_cases(me)), case)
            prepared = prepare_claim_withdrawal(me, claim)
            for line in _describe(claim):
                printer.line(line)
            printer.line(f"Check code: {prepared.check_code}")
            ask_again(printer, yes=yes)
            signed = me.signer.sign(prepared.payload_type, prepared.document)
            closure = hand_in_claim_withdrawal(me, signed)
        printer.document(
            {
                "case": claim.name,
                "withdrawal": prepared.id.hex(),
                "closure": closure.hex(),
                "check_code": prepared.check_code,
            }
        )
        printer.line(f"Signed: {prepared.id.hex()}")
        printer.line(f"{claim.name} is closed; every party of it is told.", style="green")


def _describe(claim: SeenClaim) -> tuple[str, ...]:
    """What is given up, before it is signed."""
    return (
        f"The claim for {claim.branch} of {claim.claim_date}, before all of:",
        *(f"  {one}" for one in claim.parties),
        "A new claim counts from the day on which it is made.",
        "What you allowed stays allowed until you withdraw it.",
    )
