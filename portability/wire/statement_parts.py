"""The parts of protocol statements, read strictly. InvalidInputError names the field."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NoReturn, cast

from portability.consent.scope import Party
from portability.core.money import Money
from portability.core.periods import Branch
from portability.errors import InvalidInputError, UnsupportedVersionError
from portability.recognition.statements import PROTOCOL_VERSION, Header, ShownFields
from portability.v1 import record_pb2
from portability.v1 import statement_pb2 as pb
from portability.wire.consent_parts import party_from_pb as _party_from_pb
from portability.wire.consent_parts import party_to_pb
from portability.wire.strict import exactly, instant, timestamp

MAX_ITEMS: Final = 50_000
"""Records of one history, or inputs of one reconciliation."""

MAX_NAMES: Final = 256
MAX_TEXT: Final = 1_000

CASE_ID: Final = re.compile(r"[0-9a-f]{32}")
REFERENCE: Final = re.compile(r"[0-9a-f]{64}")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
ORIGIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./:-]{0,252}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def party_from_pb(message: pb.Party, field: str) -> Party:
    """An institution, or a node where the institution is empty."""
    try:
        return _party_from_pb(message)
    except InvalidInputError:
        refuse(field, "does not name a party as in the directory")


def branch_from_pb(value: int, field: str = "branch") -> Branch:
    if value not in _BRANCHES:
        refuse(field, "is not a branch that is known here")
    return _BRANCHES[value]


def branch_to_pb(branch: Branch) -> pb.Branch:
    return cast("pb.Branch", pb.Branch.Value(f"BRANCH_{branch.name}"))


def money_to_pb(money: Money | None) -> record_pb2.Money | None:
    if money is None:
        return None
    return record_pb2.Money(minor_units=money.minor, currency=money.currency)


def money_from_pb(message: record_pb2.Money, field: str) -> Money:
    if message.minor_units < 0:
        refuse(field, "is a negative amount")
    return Money(minor=message.minor_units, currency=matching(_CURRENCY, message.currency, field))


def header_to_pb(header: Header) -> pb.StatementHeader:
    return pb.StatementHeader(
        protocol_version=PROTOCOL_VERSION,
        salt=header.salt,
        case_id=header.case_id,
        sender=party_to_pb(header.sender),
        create_time=timestamp(header.created),
        predecessors=header.predecessors,
    )


def header_from_pb(message: pb.StatementHeader, *, in_case: bool = True) -> Header:
    if not message.protocol_version:
        refuse("protocol_version", "is missing")
    if message.protocol_version != PROTOCOL_VERSION:
        raise UnsupportedVersionError(
            f"the statement is of protocol version {message.protocol_version}; "
            f"this node speaks version {PROTOCOL_VERSION}",
            field="protocol_version",
        )
    if in_case:
        matching(CASE_ID, message.case_id, "case_id")
    elif message.case_id:
        refuse("case_id", "must be empty: the statement belongs to no single case")
    return Header(
        salt=exactly(message.salt, 32, "salt"),
        case_id=message.case_id,
        sender=party_from_pb(message.sender, "sender"),
        created=instant(message.create_time, "create_time"),
        predecessors=ids(message.predecessors, "predecessors"),
    )


def ids(values: Sequence[bytes], field: str) -> tuple[bytes, ...]:
    """Statement ids, each once."""
    if len(values) > MAX_ITEMS or len(set(values)) != len(values):
        refuse(field, f"does not hold at most {MAX_ITEMS} ids, each once")
    return tuple(exactly(value, 32, field) for value in values)


def names(values: Sequence[str], field: str) -> tuple[str, ...]:
    if len(values) > MAX_NAMES or len(set(values)) != len(values):
        refuse(field, f"does not hold at most {MAX_NAMES} names, each once")
    return tuple(matching(NAME, value, field) for value in values)


def optional_money(message: pb.Determination, field: str) -> Money | None:
    return money_from_pb(getattr(message, field), field) if message.HasField(field) else None


def text(value: str, field: str) -> str:
    if not value or len(value) > MAX_TEXT or not value.isprintable():
        refuse(field, f"is not one line of 1 to {MAX_TEXT} printable characters")
    return value


def matching(pattern: re.Pattern[str], text: str, field: str) -> str:
    if not pattern.fullmatch(text):
        refuse(field, "is not written as the protocol says")
    return text


def refuse(field: str, why: str) -> NoReturn:
    raise InvalidInputError(f"{field} {why}", field=field)


_BRANCHES: Final[dict[int, Branch]] = {branch_to_pb(branch): branch for branch in Branch}


def shown_from_pb(
    messages: Iterable[pb.ShownFields], records: Sequence[bytes]
) -> tuple[ShownFields, ...]:
    """Which fields are shown of some of these records, in their order, each once."""
    shown = tuple(
        ShownFields(record=one.record, fields=names(one.fields, "shown")) for one in messages
    )
    salted = [one.record for one in shown]
    sought = frozenset(salted)  # thousands, and each record is sought there
    if salted != [one for one in records if one in sought]:
        refuse("shown", "names other records than come with it, or not in their order")
    if not all(one.fields for one in shown):
        refuse("shown", "names a record of which nothing is shown")
    return shown


def shown_to_pb(shown: Iterable[ShownFields]) -> list[pb.ShownFields]:
    return [pb.ShownFields(record=one.record, fields=one.fields) for one in shown]
