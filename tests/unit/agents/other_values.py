"""Of a value in a signed statement, others of the same form that it could lie with."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, Final

from portability.consent.causes import RefusalCause
from portability.consent.document import LegalBasis, LegalBasisKind
from portability.consent.scope import Party
from portability.core.money import Money
from portability.core.periods import Duration, Period
from portability.recognition.header import Claim, Header
from portability.recognition.statements import ShownFields
from portability.settlement.statements import ExchangeRate
from tests.unit.agents.rosa_case import CNAV, ES, FR, INSS

_ENOUGH: Final = 3

DRV: Final = Party(jurisdiction="DE", institution="drv")
UNKNOWN: Final = hashlib.sha256(b"what nobody has ever signed").digest()


def names_of(value: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of a statement with its value, those of its header and claim one by one."""
    for one in fields(value):
        found = getattr(value, one.name)
        if isinstance(found, Header | Claim):
            yield from names_of(found, f"{before}{one.name}.")
        elif one.init:
            yield f"{before}{one.name}", found


def with_value(value: Any, name: str, said: Any) -> Any:
    """The statement with another value in one of these fields."""
    head, _, rest = name.partition(".")
    inner = with_value(getattr(value, head), rest, said) if rest else said
    return replace(value, **{head: inner})


def others(name: str, value: Any) -> list[Any]:
    """What a field could say instead; empty where this module has to be told first."""
    field = name.rpartition(".")[2]
    found: list[Any] = []
    if field in _BY_NAME:
        found = _BY_NAME[field](value)
    elif isinstance(value, tuple):
        found = _of_items(value)
    else:
        change = next((change for kind, change in _BY_TYPE if isinstance(value, kind)), None)
        found = [] if change is None else change(value)
    return [one for one in found if one != value][:_ENOUGH]


def _of_items(value: tuple[Any, ...]) -> list[Any]:
    first = next(iter(value), b"")
    if isinstance(first, bytes):
        return [(*value, UNKNOWN), value[:-1], value[::-1]]
    if isinstance(first, str):
        return [(*value, "award"), value[:-1]]
    return [value[:-1]]


def _parties(value: tuple[Party, ...]) -> list[Any]:
    return [(*value, DRV), value[:-1]] if value else [(CNAV,)]


def _basis(value: Any) -> list[Any]:
    if isinstance(value, tuple):
        return [(*value, "883/2004 Art 56"), value[:-1]]
    if isinstance(value, str):
        return ["elsewhere"]
    return [LegalBasis(kind=LegalBasisKind.TREATY_AUTHORISATION, citation="another law")]


_BY_NAME: Final[Mapping[str, Callable[[Any], list[Any]]]] = {
    "created": lambda value: [value - timedelta(days=20)],
    "requested_at": lambda value: [value - timedelta(days=2)],
    "released_at": lambda value: [value - timedelta(days=2), None],
    "not_before": lambda _: [date(2025, 6, 1)],
    "erase_by": lambda _: [date(2027, 1, 1), None],
    "case_id": lambda _: ["f" * 32],
    "id": lambda value: [f"{value[:-1]}8"],
    "person_reference": lambda _: [UNKNOWN.hex()],
    "unit": lambda _: ["weeks"],
    "paid_as": lambda _: ["none", "independent"],
    "result": lambda value: [b"{}", value.replace(b"2024", b"2023")],
    "document": lambda value: [b"{}", value.replace(b"12", b"13")],
    "documents": lambda value: [(replace(value[0], text=value[0].text.replace("15", "14")),)],
    "shown": lambda _: [(ShownFields(record=UNKNOWN, fields=("type",)),)],
    "parties": _parties,
    "missing": _parties,
    "not_insured": _parties,
    "held_back": lambda value: [not value] if isinstance(value, bool) else _parties(value),
    "granted_fields": lambda _: [("type",)],
    "basis": _basis,
    "cause": lambda value: [one for one in type(value or RefusalCause.EXPIRED) if one != value][:2],
    "at_most": lambda _: [Duration(years=3)],
    "text": lambda _: [UNKNOWN],
    "rates": lambda _: [
        (ExchangeRate(currency="PLN", per_euro=Fraction(4), published=date(2026, 1, 1)),)
    ],
}


def _money(value: Money) -> list[Any]:
    return [Money(minor=value.minor + 100, currency=value.currency), None]


_BY_TYPE: Final[tuple[tuple[type | tuple[type, ...], Callable[[Any], list[Any]]], ...]] = (
    (bool, lambda value: [not value]),
    (Enum, lambda value: [one for one in type(value) if one is not value]),
    (int, lambda value: [value + 1, max(value - 1, 0)]),
    (bytes, lambda value: [UNKNOWN, b""]),
    (str, lambda value: [f"other{value[:5]}"]),
    (datetime, lambda value: [value + timedelta(days=20), value - timedelta(days=20)]),
    (date, lambda value: [value + timedelta(days=31), value - timedelta(days=31)]),
    (Money, _money),
    (Party, lambda value: [one for one in (INSS, CNAV, ES, FR, DRV) if one != value]),
    (Period, lambda value: [replace(value, start=date(value.start.year - 1, 1, 1))]),
    (type(None), lambda _: [Money(minor=10_000, currency="EUR")]),
)
