"""What an institution knew beside the history, as the document that it signs."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from portability.consent.scope import Party
from portability.core.measure import Counting
from portability.core.money import Rounding, parse_money
from portability.core.periods import Duration
from portability.core.scheme import Scheme
from portability.core.scheme_text import duration_text, scheme_text
from portability.core.units import Unit
from portability.errors import InvalidInputError
from portability.recognition.stated_facts import (
    MAX_FACTS_BYTES,
    FactsDocument,
    Source,
    StatedFacts,
    documents_of,
    read_stated_facts,
    write_stated_facts,
)

SCHEME = Scheme(
    jurisdiction="FR",
    unit=Unit.MONTHS,
    counting=Counting.CALENDAR_MONTHS,
    minimum=Duration(years=15),
    full_career=Duration(months=516, days=Fraction(5, 2), day_type=6),
    independent=parse_money("800.00 EUR"),
    theoretical=parse_money("1500.00 EUR"),
    rounding=Rounding.DOWN,
)
CLAIM = b'residence = "FR"\t# as the person says\r\n'
STATED = StatedFacts(
    nonce=bytes(range(32)),
    decision=bytes(range(32, 64)),
    case_id="0a" * 16,
    institution=Party(jurisdiction="FR", institution="cnav"),
    created=datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
    documents=documents_of(SCHEME, CLAIM, b'residence = "ES"\n'),
    at_most=Duration(years=30),
)
Change = Callable[[dict[str, object]], object]

REFUSED: dict[str, tuple[Change, str]] = {
    "another schema": (lambda said: said.update(schema="national-facts/2"), "schema"),
    "short nonce": (lambda said: said.update(nonce="AAAA"), "nonce"),
    "short salt": (lambda said: said.update(decision="AAAA"), "decision"),
    "case in capitals": (lambda said: said.update(case="0A" * 16), "case"),
    "no institution": (lambda said: said.pop("institution"), "institution"),
    "sources in another order": (
        lambda said: said["documents"].reverse(),  # type: ignore[attr-defined]
        "documents",
    ),
    "a source twice": (
        lambda said: said["documents"].append(said["documents"][-1]),  # type: ignore[attr-defined,index]
        "documents",
    ),
    "an unknown source": (
        lambda said: said["documents"][0].update(source="hearsay"),  # type: ignore[index]
        "documents[0].source",
    ),
    "something more": (lambda said: said.update(phone="none"), "document"),
    "a most that is no length": (lambda said: said.update(missing_at_most="long"), ""),
}


def test_what_is_written_is_read_back_with_every_byte_of_its_documents() -> None:
    found = read_stated_facts(write_stated_facts(STATED))
    assert found == STATED
    assert [one.source for one in found.documents] == list(Source)
    assert found.documents[1].text.encode() == CLAIM
    final = replace(STATED, at_most=None, documents=())
    assert read_stated_facts(write_stated_facts(final)) == final


def test_the_scheme_of_a_call_is_read_as_it_was_given_and_the_claim_goes_before_the_pack() -> None:
    facts = STATED.read(())
    assert facts.schemes == (SCHEME,)
    assert facts.circumstances.residence == "FR"
    bare = Scheme(jurisdiction="ES", unit=Unit.DAYS_6, theoretical=parse_money("9 JPY"))
    documents = (FactsDocument(source=Source.CALL, text=scheme_text(bare)),)
    assert replace(STATED, documents=documents).read(()).schemes == (bare,)


def test_a_length_that_no_decimal_says_cannot_be_written_down() -> None:
    assert duration_text(Duration()) == "days = 0\n"
    with pytest.raises(InvalidInputError, match="finite decimal"):
        duration_text(Duration(months=Fraction(1, 3)))


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_of_another_form_is_refused_by_the_name_of_the_member(case: str) -> None:
    change, field = REFUSED[case]
    said = json.loads(write_stated_facts(STATED))
    change(said)
    with pytest.raises(InvalidInputError) as refusal:
        read_stated_facts(json.dumps(said).encode())
    assert field in refusal.value.message


def test_more_than_is_allowed_is_neither_written_nor_read() -> None:
    much = b"# " + b"x" * MAX_FACTS_BYTES
    with pytest.raises(InvalidInputError, match="leave what does not matter"):
        write_stated_facts(replace(STATED, documents=documents_of(None, much, b"")))
    with pytest.raises(InvalidInputError, match="are allowed"):
        read_stated_facts(much)
    with pytest.raises(InvalidInputError, match="not UTF-8"):
        documents_of(None, b"\xff", b"")
