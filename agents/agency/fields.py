"""Strict reading of single values of an imported row; every refusal names the field."""

import re
from datetime import date
from fractions import Fraction
from typing import Final

from portability.core.periods import PeriodType
from portability.core.units import Exact
from portability.errors import InvalidInputError

_NUMBER: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SCHEME: Final = re.compile(r"[0-9]{2}", re.ASCII)
_MASK: Final = re.compile(r"[01]{3}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_DAY_TYPES: Final = {"5": 5, "6": 6, "7": 7}
SCHEMES: Final = frozenset(("00", "01", "02", "03", "04", "05", "06", "07", "99"))
EXCHANGE_CODES: Final = {"EL": "GR", "UK": "GB"}
"""Codes of the European exchange that ISO 3166-1 spells otherwise."""


def read_number(text: str, field: str) -> Exact:
    """A count: digits, and up to six decimals after a point."""
    if not _NUMBER.fullmatch(text):
        raise refuse(field, "must be a number such as 12 or 5.25, without sign, comma or exponent")
    return Fraction(text) if "." in text else int(text)


def read_date(text: str, field: str) -> date:
    """A civil date that exists."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise refuse(field, "must be a date that exists, such as 2004-12-31")


def read_type(text: str, field: str) -> PeriodType:
    """A P5000 code; names are for case files."""
    try:
        found = PeriodType.parse(text)
    except InvalidInputError:
        found = None
    if found is None or found.code != text:
        raise refuse(field, "must be a P5000 period type: 10 to 13, 20 to 23, 30 or 40 to 52")
    return found


def read_mask(text: str, field: str) -> str:
    if not _MASK.fullmatch(text):
        raise refuse(field, "must be three digits 0 or 1: old-age, survivors, invalidity")
    return text


def read_scheme(text: str, field: str) -> str:
    if not _SCHEME.fullmatch(text):
        raise refuse(field, "must be a scheme code of two digits, such as 01")
    return text


def read_day_type(text: str, field: str) -> int:
    found = _DAY_TYPES.get(text)
    if found is None:
        raise refuse(field, "must be 5, 6 or 7, the days in a working week of the scheme")
    return found


def read_country(text: str, field: str) -> str:
    """An ISO 3166-1 code; EL and UK are taken as GR and GB."""
    if not _COUNTRY.fullmatch(text):
        raise refuse(field, "must be a country code of two capital letters, such as FR")
    return EXCHANGE_CODES.get(text, text)


def refuse(field: str, why: str) -> InvalidInputError:
    """The error to raise: ``why`` continues the field's name."""
    return InvalidInputError(f"{field} {why}", field=field)
