"""Records on a screen or as JSON: what each says, and whether it still counts."""

from collections.abc import Sequence

from agents.agency.records import HeldRecord, supersession
from agents.printing import Printer
from agents.record_words import record_line
from portability.core.money import Money
from portability.core.record_kinds import RecordKind
from portability.wire.record import EntitlementRecord, values_shown


def print_records(printer: Printer, found: Sequence[HeldRecord]) -> None:
    """All records of this institution about a person, each verified before."""
    replaced = supersession(found)
    printer.document([record_json(one, replaced.get(one.id)) for one in found])
    for one in found:
        state = _state(replaced.get(one.id))
        style = "dim" if one.id in replaced else "bold"
        printer.line(f"records/{one.id.hex()}", style)  # whole: the other commands take no part
        printer.line(f"leaf {one.index}  {one.content.kind}, {state}", style)
        printer.line(record_line(one.content), "dim" if one.id in replaced else "")
    printer.line(f"{len(found)} records, each signed by this institution and in the log.")


def print_record(printer: Printer, found: HeldRecord, replaced: EntitlementRecord | None) -> None:
    """One record with every field."""
    content = found.content
    printer.document(record_json(found, replaced))
    printer.line(f"{content.kind}: {record_line(content)}", style="bold")
    printer.fields((name, _text(value)) for name, value in values_shown(content).items())
    printer.line()
    printer.fields(
        (
            ("issued", f"{content.issue_date.isoformat()} by {content.issuer}"),
            ("fields", "salted, so that each can be withheld" if content.is_salted else "in clear"),
            ("leaf", str(found.index)),
            ("state", _state(replaced)),
        )
    )


def _state(replaced: EntitlementRecord | None) -> str:
    if replaced is None:
        return "in force"
    by = replaced.statement_id.hex()[:16]
    withdrawn = replaced.kind is RecordKind.INVALIDATION
    return f"withdrawn by {by}" if withdrawn else f"corrected by {by}"


def _text(value: object) -> str:
    if isinstance(value, dict) and "currency" in value:
        return str(Money(minor=value.get("minor_units", 0), currency=value["currency"]))
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return "" if value is None else str(value)


def record_json(one: HeldRecord, replaced: EntitlementRecord | None) -> dict[str, object]:
    members: dict[str, object] = {
        "record": f"records/{one.id.hex()}",
        "person": one.person,
        "leaf_index": one.index,
        "kind": one.content.kind.value,
        "fields": values_shown(one.content),
        "salted": one.content.is_salted,
        "issued": one.content.issue_date.isoformat(),
        "state": "in-force",
    }
    if one.content.supersedes:
        members["supersedes"] = f"records/{one.content.supersedes.hex()}"
    if replaced is not None:
        withdrawn = replaced.kind is RecordKind.INVALIDATION
        members["state"] = "invalidated" if withdrawn else "corrected"
        members["superseded_by"] = f"records/{replaced.statement_id.hex()}"
    return members
