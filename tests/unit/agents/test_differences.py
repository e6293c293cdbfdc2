"""Where two results first differ: the place, the record, the rule and its article."""

import json
from datetime import date
from hashlib import sha256

import pytest

from agents.auditor.differences import find_difference
from portability.agreements import pack_source
from portability.core.pack_parser import parse_pack
from portability.core.periods import Period, PeriodType
from portability.core.reconciliation import reconcile

PACK = parse_pack(pack_source("eu-883-2004"), "eu-883-2004.toml")
DAY = date(2025, 1, 1)
RULES = PACK.rules_on(DAY)
IDS = [sha256(name.encode()).hexdigest() for name in ("one", "two")]
MINE = reconcile(
    [
        Period(
            id=i,
            jurisdiction=code,
            type=PeriodType.COMPULSORY_EMPLOYED,
            start=date(year, 1, 1),
            end=date(year + 4, 12, 31),
        )
        for i, code, year in zip(IDS, ("FR", "ES"), (1990, 2000), strict=True)
    ],
    PACK,
    "old-age",
    DAY,
)


def signed(*changes: tuple[tuple[str | int, ...], object]) -> bytes:
    """The same result but for values at these places."""
    document = json.loads(MINE.signed_text)
    for path, value in changes:
        target = document
        for name in path[:-1]:
            target = target[name]
        target[path[-1]] = value
    return json.dumps(document).encode()


def test_the_same_result_differs_nowhere_also_with_its_digest_in_it() -> None:
    assert find_difference(MINE, signed(), RULES) is None
    assert find_difference(MINE, signed((("digest",), MINE.digest)), RULES) is None


@pytest.mark.parametrize(
    ("path", "value", "place", "words", "rule", "of_record"),
    [
        (("totals", "FR", "amount"), 61, "totals.FR.amount", "total of FR", "conversion_mode", ""),
        (("pieces", "state"), "cd", "pieces.state[1]", "counts", "overlap_other", "second"),
        (("pieces", "last", 0), 5, "pieces.last[0]", "the days of", "overlap_other", "first"),
        (("branch",), "family", "branch", "the branch", "", ""),
        (("records", 1), "ff" * 32, "records[1]", "the input", "", "second"),
        (("discrepancies",), [{}], "discrepancies[0]", "found", "overlap_other", ""),
        (("totals", "DE"), {}, "totals.DE", "total of DE", "conversion_mode", ""),
    ],
    ids=["total", "state", "days", "branch", "input", "discrepancy", "more"],
)
def test_a_difference_is_named_with_record_rule_and_article(
    *, path: tuple[str | int, ...], value: object, place: str, words: str, rule: str, of_record: str
) -> None:
    found = find_difference(MINE, signed((path, value)), RULES)
    assert found is not None
    assert (found.place, found.rule) == (place, rule)
    assert words in found.words
    assert found.article == RULES.articles.get(rule, "")
    ids = json.loads(MINE.signed_text)["records"]
    assert found.record == {"": "", "first": ids[0], "second": ids[1]}[of_record]


def test_values_of_both_sides_are_told() -> None:
    found = find_difference(MINE, signed((("totals", "FR", "amount"), 61)), RULES)
    assert found is not None
    assert (found.here, found.there) == ("60", "61")
    assert "60 computed again, 61 signed" in found.told
    state = find_difference(MINE, signed((("pieces", "state"), "cd")), RULES)
    assert state is not None
    assert (state.here, state.there) == ("counted", "displaced")


def test_what_explains_the_rest_is_told_first() -> None:
    both = signed((("totals", "FR", "amount"), 61), (("as_of",), "2024-01-01"))
    found = find_difference(MINE, both, RULES)
    assert found is not None
    assert found.place == "as_of"


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'"result"', b"\xff"])
def test_what_is_no_result_at_all_is_said_to_be_none(text: bytes) -> None:
    found = find_difference(MINE, text, RULES)
    assert found is not None
    assert "no document of this format" in found.words
