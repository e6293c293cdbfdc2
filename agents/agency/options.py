"""Options and arguments that several commands of the agency share, and how they are read."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from agents.agency.fields import read_date
from agents.names import named, statement_id_of
from agents.profile import PROFILE_VARIABLE
from portability.consent.scope import Party
from portability.core.money import Money, parse_money
from portability.core.periods import Branch
from portability.core.reconciliation import branch_of
from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import InvalidInputError
from portability.settlement.statements import MAX_MINOR

MAX_YEARS: Final = 99
"""More than any qualifying period or career has."""

MAX_DAYS: Final = 36_500
"""How long anything may be asked for: a hundred years."""

ProfileOption = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        envvar=PROFILE_VARIABLE,
        metavar="FILE",
        help="The agent's profile: node, certificate, institution, trusted directory.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
]
PersonArgument = Annotated[
    str,
    typer.Argument(
        metavar="PERSON",
        callback=named("persons"),
        help="Name at the node: persons/ and 32 hex digits.",
    ),
]
CaseArgument = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        callback=named("cases"),
        help="Name of the case: cases/ and 32 hex digits.",
    ),
]


def day(text: str, option: str) -> date:
    """A civil date of an option. Raises InvalidInputError naming the option."""
    return read_date(text, option)


def month(text: str, option: str) -> date:
    """The first day of a month. Raises InvalidInputError naming the option."""
    try:
        return read_date(f"{text}-01", option)
    except InvalidInputError:
        raise InvalidInputError(
            f"{option} must be a month of a year, such as 2026-01", field=option
        ) from None


def party(text: str, option: str) -> Party:
    """``FR/cnav`` as a party. Raises InvalidInputError naming the option."""
    jurisdiction, slash, institution = text.partition("/")
    try:
        if slash and institution:
            return Party(jurisdiction=jurisdiction, institution=institution)
    except InvalidInputError:
        pass
    raise InvalidInputError(
        f"{option} must be JURISDICTION/INSTITUTION, such as FR/cnav", field=option
    )


def part(text: str, option: str) -> Money | None:
    """
    A part of an amount, None where none is named, which means all of it.

    Raises InvalidInputError naming the option, also for nought and for more than any claim can be.
    """
    if not text:
        return None
    try:
        found = parse_money(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"{option}: {error.message}", field=option) from None
    if not 0 < found.minor <= MAX_MINOR:
        raise InvalidInputError(
            f"{option} is {found}, which cannot be claimed or paid; leave it out for all",
            field=option,
        )
    return found


def part_in(currency: str, text: str, option: str) -> int:
    """A part in minor units of this currency, 0 for all. Raises as ``part``."""
    found = part(text, option)
    if found is not None and found.currency != currency:
        raise InvalidInputError(
            f"{option} is in {found.currency}, and the account in {currency}; name it in that",
            field=option,
        )
    return found.minor if found else 0


def branch(text: str) -> Branch:
    """A branch by its name. Raises InvalidInputError naming the known ones."""
    return branch_of(text)


def statement(text: str, option: str) -> bytes:
    """A statement id in hex. Raises InvalidInputError naming the option."""
    return statement_id_of(text, option)


def field_names(kind: RecordKind, chosen: Sequence[str]) -> tuple[str, ...]:
    """Fields of a kind in their order, all of them where none is chosen. InvalidInputError."""
    unknown = [name for name in chosen if name not in FIELDS[kind]]
    if unknown:
        raise InvalidInputError(
            f"--field {unknown[0]} is no field of a {kind}; it has {', '.join(FIELDS[kind])}",
            field="--field",
        )
    return tuple(name for name in FIELDS[kind] if not chosen or name in chosen)
