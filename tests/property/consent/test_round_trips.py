"""Documents come back as they were; random and damaged bytes raise InvalidInputError alone."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.consent.consent_json import write_consent, write_withdrawal
from portability.consent.consent_reader import read_consent, read_withdrawal
from portability.consent.document import Fetch, NoticeMode, Use
from portability.consent.lifecycle import Act, ActKind, Standing, Terms, standing
from portability.consent.statements import ConsentState
from portability.consent.template import parse_template
from portability.consent.withdrawal import Withdrawal
from portability.errors import InvalidInputError
from portability.wire.consent import (
    consent_request_from_payload,
    consent_request_to_payload,
    consent_status_from_payload,
)
from portability.wire.receipt import receipt_from_payload
from portability.wire.subject_key import subject_key_from_payload
from tests.property.consent.test_gate_properties import SCOPES
from tests.unit.consent.world import CONSENT, NOW, REQUEST, TEMPLATE_BYTES, new_consent

HASHES = st.binary(min_size=32, max_size=32)
LINES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60)
CODES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
INSTANTS = st.integers(0, 10**6).map(lambda hours: NOW + timedelta(hours=hours))


@given(SCOPES, HASHES, LINES, st.integers(1, 99_999), st.integers(0, 10**6))
@settings(deadline=None)
def test_a_consent_comes_back_from_its_bytes_as_it_was(
    scope: tuple[object, ...], hashed: bytes, line: str, uses: int, interval: int
) -> None:
    consent = new_consent(
        grants=scope,
        nonce=hashed,
        request=hashed,
        supersedes=hashed,
        use=Use(fetch=Fetch.PERIODIC, max_uses=uses, min_interval=timedelta(seconds=interval)),
        requester=replace(CONSENT.requester, legal_name=line, contact=line),
        notice=replace(CONSENT.notice, mode=NoticeMode.INTERPRETER),
    )
    written = write_consent(consent)
    assert read_consent(written) == consent
    assert write_consent(read_consent(written)) == written


@given(HASHES, HASHES, st.none() | CODES)
def test_a_withdrawal_comes_back_from_its_bytes_as_it_was(
    nonce: bytes, consent: bytes, reason: str | None
) -> None:
    withdrawal = Withdrawal(
        id=CONSENT.id, nonce=nonce, consent=consent, created_at=NOW, reason=reason
    )
    assert read_withdrawal(write_withdrawal(withdrawal)) == withdrawal


@given(SCOPES, st.integers(1, 1000))
def test_a_request_comes_back_from_its_payload_as_it_was(
    scope: tuple[object, ...], uses: int
) -> None:
    request = replace(REQUEST, grants=scope, max_uses=uses)
    assert consent_request_from_payload(consent_request_to_payload(request)) == request


PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "consent": (read_consent, write_consent(CONSENT)),
    "withdrawal": (
        read_withdrawal,
        write_withdrawal(
            Withdrawal(id=CONSENT.id, nonce=bytes(32), consent=bytes(32), created_at=NOW)
        ),
    ),
    "template": (parse_template, TEMPLATE_BYTES),
    "request": (consent_request_from_payload, consent_request_to_payload(REQUEST)),
    "status": (consent_status_from_payload, b""),
    "key": (subject_key_from_payload, b""),
    "receipt": (receipt_from_payload, b""),
}


@pytest.mark.parametrize("name", PARSERS)
@given(st.binary(max_size=300))
@settings(max_examples=60)
def test_random_bytes_raise_our_error_and_no_other(name: str, data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        PARSERS[name][0](data)


@pytest.mark.parametrize("name", ["consent", "withdrawal", "template", "request"])
@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_damaged_bytes_raise_our_error_or_mean_something_else(
    name: str, data: st.DataObject
) -> None:
    parser, good = PARSERS[name]
    at = data.draw(st.integers(0, len(good) - 1))
    length = data.draw(st.integers(0, 8))
    damaged = good[:at] + data.draw(st.binary(max_size=8)) + good[at + length :]
    # what is signed is what is parsed, so other bytes may well parse; they never crash a reader
    with contextlib.suppress(InvalidInputError):
        parser(damaged)


ENDS = {
    ConsentState.REFUSED,
    ConsentState.LAPSED,
    ConsentState.SUPERSEDED,
    ConsentState.WITHDRAWN,
    ConsentState.EXPIRED,
    ConsentState.EXHAUSTED,
    ConsentState.TERMINATED,
    ConsentState.INVALIDATED,
}
LATER_ACTS = st.builds(
    Act,
    kind=st.sampled_from([kind for kind in ActKind if kind is not ActKind.REQUEST]),
    at=INSTANTS,
    until=st.none() | INSTANTS,
)
TERMS = st.builds(
    Terms, not_after=INSTANTS, max_uses=st.integers(1, 5), answer_by=st.none() | INSTANTS
)


@st.composite
def lives(draw: st.DrawFn) -> tuple[tuple[Act, ...], Terms, list[object]]:
    acts = sorted(draw(st.lists(LATER_ACTS, max_size=6)), key=lambda act: act.at)
    uses = sorted(draw(st.lists(INSTANTS, max_size=6)))
    return (Act(kind=ActKind.REQUEST, at=NOW), *acts), draw(TERMS), uses


@given(lives(), INSTANTS, INSTANTS)
def test_an_end_is_an_end_and_versions_never_go_back(
    life: tuple[tuple[Act, ...], Terms, list[object]], one: object, other: object
) -> None:
    acts, terms, uses = life
    earlier, later = sorted((one, other))  # type: ignore[type-var]
    before: Standing = standing(acts, terms, now=earlier, uses=uses)  # type: ignore[arg-type]
    after: Standing = standing(acts, terms, now=later, uses=uses)  # type: ignore[arg-type]
    assert before.version <= after.version
    assert before.since <= earlier
    if before.state in ENDS:
        assert after == before


@given(lives(), INSTANTS)
def test_repeating_the_last_act_changes_nothing(
    life: tuple[tuple[Act, ...], Terms, list[object]], now: object
) -> None:
    acts, terms, uses = life
    once = standing(acts, terms, now=now, uses=uses)  # type: ignore[arg-type]
    if once.state in ENDS:
        twice = standing((*acts, acts[-1]), terms, now=now, uses=uses)  # type: ignore[arg-type]
        assert twice == once


@given(lives(), INSTANTS)
def test_a_consent_permits_only_between_a_grant_and_its_end(
    life: tuple[tuple[Act, ...], Terms, list[object]], now: object
) -> None:
    acts, terms, uses = life
    found = standing(acts, terms, now=now, uses=uses)  # type: ignore[arg-type]
    if found.permits:
        assert any(act.kind is ActKind.GRANT and act.at <= now for act in acts)  # type: ignore[operator]
        assert now < terms.not_after  # type: ignore[operator]
