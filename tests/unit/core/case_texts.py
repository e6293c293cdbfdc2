"""Case files written in tests: settle a text under the shipped packs."""

from typing import cast

import pytest

from portability.agreements import pack_ids, pack_source
from portability.core.case import parse_case
from portability.core.case_result import CaseResult, settle_case
from portability.core.pack_parser import parse_pack
from portability.errors import InvalidInputError

PACKS = {name: parse_pack(pack_source(name), f"{name}.toml") for name in pack_ids()}


def head(agreement: str, award: str, branch: str = "old-age", more: str = "") -> str:
    return (
        f'title = "t"\nsource = "s"\nagreement = "{agreement}"\nbranch = "{branch}"\n'
        f"award_date = {award}\n{more}\n"
    )


def period(code: str, dates: str, declared: str = "", kind: str = "11", more: str = "") -> str:
    """``dates`` as ``1950-01-01/1950-12-31``, or empty."""
    start, _, end = dates.partition("/")
    lines = [f'[[period]]\njurisdiction = "{code}"\ntype = "{kind}"']
    if start:
        lines += [f"start = {start}", f"end = {end}"]
    if declared:
        lines.append(f"declared = {declared}")
    return "\n".join([*lines, more, ""])


def settled(text: str) -> CaseResult:
    return settle_case(parse_case(text.encode(), "case.toml"), PACKS)


def result(text: str, code: str) -> dict[str, object]:
    """The object of one jurisdiction in the JSON document."""
    jurisdictions = cast("dict[str, dict[str, object]]", settled(text).to_json()["jurisdictions"])
    return jurisdictions[code]


def kinds(text: str) -> list[str]:
    """The kinds of all discrepancies."""
    return [item.kind.value for item in settled(text).settlement.discrepancies]


def refused(text: str, match: str) -> None:
    with pytest.raises(InvalidInputError, match=match):
        settled(text)
