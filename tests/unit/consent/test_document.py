"""The consent document and its withdrawal: exact bytes out, and nothing but those bytes in."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from portability.consent.consent_json import write_consent, write_withdrawal
from portability.consent.consent_reader import (
    MAX_DOCUMENT_BYTES,
    read_consent,
    read_withdrawal,
)
from portability.consent.document import (
    MAX_INTERVAL,
    MAX_USES,
    ActLevel,
    ExpressedBy,
    Fetch,
    IdentityLevel,
    Representation,
    Role,
    Use,
)
from portability.consent.durations import Retention, parse_retention
from portability.consent.identifiers import check_code, uuid7
from portability.consent.payload_types import CONSENT_TYPE, WITHDRAWAL_TYPE
from portability.consent.reading import Members, parse_date
from portability.consent.scope import Party
from portability.consent.withdrawal import Withdrawal
from portability.errors import InvalidInputError
from portability.ledger.envelope import statement_id
from tests.unit.consent.world import CONSENT, NOW, grant, new_consent

Change = Callable[[dict[str, Any]], None]

WITHDRAWAL = Withdrawal(
    id="0195a7b0-7c00-7000-8000-000000000002",
    nonce=bytes([20]) * 32,
    consent=bytes([21]) * 32,
    created_at=NOW,
    reason="moved",
)

FULL = new_consent(
    optional=(grant(fields=("scheme",)),),
    supersedes=bytes([22]) * 32,
    expressed_by=ExpressedBy(
        role=Role.GUARDIAN,
        proof=Representation(
            sha256=bytes([23]) * 32, not_after=NOW + timedelta(days=400), acts=("grant", "withdraw")
        ),
    ),
)


@pytest.mark.parametrize("consent", [CONSENT, FULL], ids=["usual", "every-field"])
def test_what_is_written_is_read_back_as_it_was(consent: object) -> None:
    assert read_consent(write_consent(consent)) == consent  # type: ignore[arg-type]


@pytest.mark.parametrize("withdrawal", [WITHDRAWAL, replace(WITHDRAWAL, reason=None)])
def test_a_withdrawal_is_read_back_as_it_was(withdrawal: Withdrawal) -> None:
    assert read_withdrawal(write_withdrawal(withdrawal)) == withdrawal


def test_the_document_is_indented_so_that_a_court_can_read_it() -> None:
    lines = write_consent(CONSENT).decode().split("\n")
    assert lines[0] == "{"
    assert lines[1] == '  "schema": "consent/1",'
    assert lines[-1] == ""


def test_the_document_has_every_member_of_the_format() -> None:
    assert set(json.loads(write_consent(FULL))) == {
        "schema",
        "id",
        "nonce",
        "request",
        "supersedes",
        "subject",
        "legal_basis",
        "requester",
        "providers",
        "purpose",
        "grants",
        "optional",
        "use",
        "retention",
        "storage_countries",
        "onward_transfer",
        "created_at",
        "not_before",
        "not_after",
        "home_node",
        "jurisdiction",
        "notice",
        "withdrawal",
        "expressed_by",
        "method",
        "assurance",
    }


def test_what_was_ticked_besides_is_allowed_too() -> None:
    assert FULL.scope == (*FULL.grants, *FULL.optional)


def _set(*path: object, to: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def _drop(*path: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


MALFORMED: dict[str, tuple[Change, str]] = {
    "an unknown member": (_set("name", to="Rosa"), "document"),
    "an unknown member inside": (_set("use", "cost", to=1), "use"),
    "an unknown member of a grant": (_set("grants", 0, "note", to="x"), "grants[0]"),
    "an unknown member of a period": (
        _set("grants", 0, "period", "note", to="x"),
        "grants[0].period",
    ),
    "a missing member": (_drop("subject"), "subject"),
    "a missing member inside": (_drop("grants", 0, "fields"), "grants[0].fields"),
    "another schema": (_set("schema", to="consent/2"), "schema"),
    "a UUID of version 4": (_set("id", to="0195a7b0-7c00-4000-8000-000000000001"), "id"),
    "a UUID in capitals": (_set("id", to="0195A7B0-7C00-7000-8000-000000000001"), "id"),
    "a UUID with its urn": (_set("id", to="urn:uuid:0195a7b0-7c00-7000-8000-000000000001"), "id"),
    "a short nonce": (_set("nonce", to="AAAA"), "nonce"),
    "a nonce with padding": (_set("nonce", to="A" * 43 + "="), "nonce"),
    "a request in capitals": (_set("request", to="AB" * 32), "request"),
    "a short request": (_set("request", to="ab" * 31), "request"),
    "a reference that is a name": (_set("subject", to="rosa"), "subject"),
    "a wildcard provider": (
        _set("providers", 0, "institution", to="*"),
        "providers[0].institution",
    ),
    "a provider that is a node": (_set("providers", 0, "institution", to=""), None),
    "no provider": (_set("providers", to=[]), "providers"),
    "a provider that is text": (_set("providers", to=["FR/cnav"]), "providers[0]"),
    "providers that are no list": (_set("providers", to={}), "providers"),
    "a requester without an office": (_drop("requester", "contact"), "requester.contact"),
    "a country in small letters": (_set("requester", "country", to="es"), "requester.country"),
    "an unknown legal basis": (_set("legal_basis", "kind", to="interest"), "legal_basis.kind"),
    "a citation of two lines": (_set("legal_basis", "citation", to="a\nb"), "legal_basis.citation"),
    "an empty citation": (_set("legal_basis", "citation", to=""), "legal_basis.citation"),
    "no grant": (_set("grants", to=[]), "grants"),
    "a wildcard branch": (_set("grants", 0, "branches", to=["*"]), "grants[0].branches[0]"),
    "no branch": (_set("grants", 0, "branches", to=[]), "grants[0].branches"),
    "a branch twice": (
        _set("grants", 0, "branches", to=["old-age", "old-age"]),
        "grants[0].branches",
    ),
    "a wildcard field": (_set("grants", 0, "fields", to=["*"]), "grants[0].fields[0]"),
    "a field that is a number": (_set("grants", 0, "fields", to=[1]), "grants[0].fields[0]"),
    "an unknown action": (_set("grants", 0, "actions", to=["SELL"]), "grants[0].actions[0]"),
    "a period of the wrong form": (
        _set("grants", 0, "period", "from", to="1980-1-1"),
        "grants[0].period.from",
    ),
    "31 February": (_set("grants", 0, "period", "to", to="2020-02-31"), "grants[0].period.to"),
    "a period backwards": (_set("grants", 0, "period", "to", to="1979-12-31"), "period"),
    "a use that is a boolean": (_set("use", "max_uses", to=True), "use.max_uses"),
    "uses that are text": (_set("use", "max_uses", to="3"), "use.max_uses"),
    "no use at all": (_set("use", "max_uses", to=0), "use.max_uses"),
    "a negative interval": (_set("use", "min_interval", to=-1), "use.min_interval"),
    "unlimited retention": (_set("retention", "duration", to="P100Y"), "retention"),
    "retention without a unit": (_set("retention", "duration", to="P"), "retention.duration"),
    "no retention": (_drop("retention"), "retention"),
    "an erasure before the end": (_set("retention", "erase_by", to="2026-03-03"), None),
    "an erasure past the duration": (_set("retention", "erase_by", to="2036-05-02"), None),
    "storage anywhere": (_set("storage_countries", to=[]), "storage_countries"),
    "storage in a continent": (_set("storage_countries", to=["EU1"]), "storage_countries[0]"),
    "a time with an offset": (_set("not_after", to="2026-04-01T00:00:00+02:00"), "not_after"),
    "a time with a fraction": (_set("not_after", to="2026-04-01T00:00:00.5Z"), "not_after"),
    "an end before the start": (_set("not_after", to="2026-01-01T00:00:00Z"), "not_after"),
    "an unknown method": (_set("method", to="voice"), "method"),
    "an unknown level": (_set("assurance", "act", to="A4"), "assurance.act"),
    "an unknown role": (_set("expressed_by", "role", to="friend"), "expressed_by.role"),
    "a guardian without proof": (_set("expressed_by", "role", to="guardian"), "expressed_by"),
    "a list in place of an object": (_set("use", to=[]), "use"),
    "an object in place of text": (_set("home_node", to={}), "home_node"),
    "too many grants": (
        lambda document: document.update(grants=document["grants"] * 65),
        "grants",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_document_with_anything_unclear_is_refused_with_the_place_named(name: str) -> None:
    change, field = MALFORMED[name]
    document = json.loads(write_consent(CONSENT))
    change(document)
    with pytest.raises(InvalidInputError) as refusal:
        read_consent(json.dumps(document).encode())
    if field is not None:
        assert refusal.value.context["field"] == field


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'"consent/1"',
        b'{"schema": null}',
        b"\xff",
        write_consent(CONSENT)[:-10],
        write_consent(CONSENT).replace(b'"max_uses": 3', b'"max_uses": 3.0'),
        write_consent(CONSENT).replace(b'"max_uses": 3', b'"max_uses": 3, "max_uses": 3'),
        b"\xef\xbb\xbf" + write_consent(CONSENT),
        b" " * (MAX_DOCUMENT_BYTES + 1),
    ],
)
def test_bytes_that_are_no_strict_document_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        read_consent(data)


@pytest.mark.parametrize(
    "change",
    [
        _set("schema", to="consent/1"),
        _set("reason", to="I do not like it"),
        _set("consent", to="ab"),
        _set("who", to="Rosa"),
        _drop("nonce"),
    ],
    ids=["schema", "reason", "consent", "unknown", "nonce"],
)
def test_a_withdrawal_with_anything_unclear_is_refused(change: Change) -> None:
    document = json.loads(write_withdrawal(WITHDRAWAL))
    change(document)
    with pytest.raises(InvalidInputError):
        read_withdrawal(json.dumps(document).encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"created_at": datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=1)))},
        {"created_at": datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC)},
        {"created_at": datetime(2026, 3, 2, 9)},  # noqa: DTZ001  # a time without a zone
        {"providers": (Party(jurisdiction="FR"),)},
    ],
    ids=["other-zone", "fraction", "no-zone", "node-as-provider"],
)
def test_values_that_the_text_could_not_hold_are_refused_before_writing(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(InvalidInputError):
        replace(CONSENT, **changes)


@pytest.mark.parametrize(
    ("max_uses", "interval"),
    [(0, timedelta(0)), (1, timedelta(microseconds=1)), (1, timedelta(days=4000))],
)
def test_uses_are_counted_and_their_distance_is_in_whole_seconds(
    max_uses: int, interval: timedelta
) -> None:
    with pytest.raises(InvalidInputError):
        Use(fetch=Fetch.ONCE, max_uses=max_uses, min_interval=interval)


def test_uses_and_their_distance_are_bounded_and_the_bounds_can_be_reached() -> None:
    most = Use(fetch=Fetch.PERIODIC, max_uses=MAX_USES, min_interval=MAX_INTERVAL)
    consent = replace(CONSENT, use=most)
    assert read_consent(write_consent(consent)) == consent
    written = write_consent(consent)
    for said in (b'"max_uses": 100000', b'"min_interval": 316224000'):
        assert said in written
        with pytest.raises(InvalidInputError):
            read_consent(written.replace(said, said[:-1] + b"1"))


def test_a_document_may_have_just_so_many_bytes() -> None:
    written = write_consent(CONSENT)
    full = written + b" " * (MAX_DOCUMENT_BYTES - len(written))
    assert read_consent(full) == CONSENT
    with pytest.raises(InvalidInputError, match=f"more than {MAX_DOCUMENT_BYTES} bytes"):
        read_consent(full + b" ")


def test_a_consent_that_names_more_combinations_than_can_be_checked_is_refused() -> None:
    wide = grant(
        datatypes=tuple(f"type-{number}" for number in range(60)),
        fields=tuple(f"field-{number}" for number in range(60)),
    )
    with pytest.raises(InvalidInputError):
        replace(CONSENT, grants=(wide,))


def test_the_person_acts_for_themselves_or_another_with_proof() -> None:
    with pytest.raises(InvalidInputError):
        ExpressedBy(
            role=Role.SELF,
            proof=Representation(sha256=bytes(32), not_after=NOW, acts=("grant",)),
        )


def test_nobody_allows_for_another_beyond_the_end_of_their_right() -> None:
    for late, is_refused in ((timedelta(), False), (timedelta(seconds=1), True)):
        ends = CONSENT.not_after - late
        proof = Representation(sha256=bytes(32), not_after=ends, acts=("consent",))
        by_guardian = ExpressedBy(role=Role.GUARDIAN, proof=proof)
        if is_refused:
            with pytest.raises(InvalidInputError, match="right to act"):
                replace(CONSENT, expressed_by=by_guardian)
        else:
            assert replace(CONSENT, expressed_by=by_guardian).not_after == ends


def test_a_consent_ends_after_it_begins_and_after_it_is_given() -> None:
    begins, given = CONSENT.not_before, CONSENT.created_at
    second = timedelta(seconds=1)
    kept = replace(CONSENT.retention, erase_by=given.date())
    assert begins < given
    assert replace(CONSENT, not_after=given + second, retention=kept)
    later = given + timedelta(hours=1)
    assert replace(CONSENT, not_before=later, not_after=later + second, retention=kept)
    for changes in ({"not_after": given}, {"not_before": later, "not_after": later}):
        with pytest.raises(InvalidInputError, match="not after not_before and created_at"):
            replace(CONSENT, retention=kept, **changes)  # type: ignore[arg-type]


def test_data_are_kept_from_the_end_of_a_consent_to_the_end_of_its_term() -> None:
    end = CONSENT.not_after.date()
    longest = CONSENT.retention.duration.after(end)
    day = timedelta(days=1)
    for erase_by in (end, longest):
        kept = replace(CONSENT.retention, erase_by=erase_by)
        assert replace(CONSENT, retention=kept).retention == kept
    for erase_by in (end - day, longest + day):
        with pytest.raises(InvalidInputError, match="erase_by is"):
            replace(CONSENT, retention=replace(CONSENT.retention, erase_by=erase_by))


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "rosa"},
        {"supersedes": b"short"},
        {"providers": ()},
        {"grants": ()},
        {"grants": (), "optional": (grant(),)},
        {"optional": (grant(fields=tuple(f"f-{n}" for n in range(64))),) * 40},
        {"storage_countries": ()},
        {"storage_countries": ("FR", "FR")},
        {"storage_countries": ("France",)},
        {"onward_transfer": "to anybody"},
        {"home_node": "Spain"},
        {"jurisdiction": "es"},
    ],
)
def test_a_consent_with_a_part_that_says_nothing_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        replace(CONSENT, **changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"party": CONSENT.requester.party.node}, "requester"),
        ({"country": "Spain"}, "requester.country"),
        ({"legal_name": ""}, "requester.legal_name"),
        ({"contact": "two\nlines"}, "requester.contact"),
        ({"supervisory_authority": ""}, "requester.supervisory_authority"),
    ],
)
def test_whoever_asks_is_an_institution_that_can_be_found_again(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        replace(CONSENT.requester, **changes)
    assert refused.value.context["field"] == field


def test_the_parts_of_a_consent_say_something() -> None:
    basis, purpose, notice, means = (
        CONSENT.legal_basis,
        CONSENT.purpose,
        CONSENT.notice,
        CONSENT.withdrawal,
    )
    for part, changes in (
        (basis, {"citation": ""}),
        (purpose, {"code": "any purpose"}),
        (purpose, {"template_id": ""}),
        (purpose, {"text_key": "two words"}),
        (purpose, {"template": b"short"}),
        (notice, {"language": ""}),
        (notice, {"version": "two words"}),
        (notice, {"sha256": b"short"}),
        (means, {"url": ""}),
        (means, {"phone": "two\nlines"}),
        (means, {"office": ""}),
        (means, {"text_key": "two words"}),
    ):
        with pytest.raises(InvalidInputError):
            replace(part, **changes)
    proof = Representation(sha256=bytes(32), not_after=NOW, acts=("consent",))
    for wrong in (
        {"sha256": b"short"},
        {"not_after": NOW.replace(microsecond=5)},
        {"acts": ()},
        {"acts": ("consent", "consent")},
        {"acts": ("any act",)},
    ):
        with pytest.raises(InvalidInputError):
            replace(proof, **wrong)  # type: ignore[arg-type]


def test_uses_may_follow_each_other_at_once() -> None:
    assert Use(fetch=Fetch.ONCE, max_uses=1).min_interval == timedelta(0)
    with pytest.raises(InvalidInputError):
        Use(fetch=Fetch.ONCE, max_uses=1, min_interval=timedelta(seconds=-1))
    written = write_consent(CONSENT)
    for said, wrong in (
        (b'"max_uses": 3', b'"max_uses": 0'),
        (b'_interval": 0', b'_interval": -1'),
    ):
        assert said in written
        with pytest.raises(InvalidInputError, match="is not an integer from"):
            read_consent(written.replace(said, wrong))


def test_levels_have_their_order() -> None:
    assert [level.rank for level in IdentityLevel] == [0, 1, 2]
    assert [level.rank for level in ActLevel] == [0, 1, 2, 3]


# --- ids, codes, durations -----------------------------------------------------------------------


def test_the_check_code_is_that_of_the_published_vector() -> None:
    payload = '{"name":"Zoë"}'.encode()
    found = statement_id(CONSENT_TYPE, payload)
    assert found.hex() == "ee25b46e814eddf0770f1a9fa44648f141a675bc1c68d9923ffe069a7250f41e"
    assert check_code(found) == "5YS3I3UB"


def test_a_check_code_is_of_a_statement_id_and_nothing_shorter() -> None:
    with pytest.raises(InvalidInputError):
        check_code(b"short")


def test_no_two_acts_share_an_id() -> None:
    payload = write_consent(CONSENT)
    assert statement_id(CONSENT_TYPE, payload) != statement_id(WITHDRAWAL_TYPE, payload)


def test_a_uuid_carries_its_time_and_version() -> None:
    # RFC 9562 appendix A.6
    stamp = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    random = bytes.fromhex("0cc3" + "18c4dc0c0c07398f")
    assert uuid7(stamp, random) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_a_uuid_takes_all_bits_that_are_not_its_version_and_counts_whole_milliseconds() -> None:
    stamp = datetime(2022, 2, 22, 19, 22, 22, 999, tzinfo=UTC)
    assert uuid7(stamp, b"\xff" * 10) == "017f22e2-79b0-7fff-bfff-ffffffffffff"


def test_a_uuid_takes_ten_random_bytes() -> None:
    with pytest.raises(RuntimeError):
        uuid7(NOW, bytes(9))


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("P10Y", date(2026, 5, 1), date(2036, 5, 1)),
        ("P1Y", date(2024, 2, 29), date(2025, 2, 28)),
        ("P18M", date(2026, 8, 31), date(2028, 2, 29)),
        ("P90D", date(2026, 1, 1), date(2026, 4, 1)),
    ],
)
def test_durations_reach_the_day_of_the_calendar(text: str, day: date, expected: date) -> None:
    duration = parse_retention(text, field="retention")
    assert str(duration) == text
    assert duration.after(day) == expected


@pytest.mark.parametrize(
    "text", ["", "P", "P0D", "PT5H", "P1Y6M", "P100Y", "P36160D", "-P1D", "P1W"]
)
def test_a_duration_is_never_unlimited_and_has_one_unit(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_retention(text, field="retention")


@pytest.mark.parametrize("text", ["P1D", "P36159D", "P1M", "P1188M", "P1Y", "P99Y"])
def test_a_duration_is_of_one_day_to_99_years(text: str) -> None:
    assert str(parse_retention(text, field="retention")) == text


@pytest.mark.parametrize("text", ["P36160D", "P1189M", "P100Y"])
def test_a_duration_is_of_99_years_at_most(text: str) -> None:
    with pytest.raises(InvalidInputError, match="P1D to P99Y"):
        parse_retention(text, field="retention")
    for count in (0, -1):
        with pytest.raises(InvalidInputError):
            Retention(count=count, unit="D")


def test_a_duration_past_the_end_of_the_calendar_is_refused() -> None:
    for duration in (Retention(count=1, unit="Y"), Retention(count=1, unit="D")):
        with pytest.raises(InvalidInputError):
            duration.after(date.max)


def test_a_duration_has_a_known_unit() -> None:
    with pytest.raises(InvalidInputError):
        Retention(count=1, unit="W")


@pytest.mark.parametrize("text", ["2025-02-31", "2025-2-3", "20250131", "2025-W05-5", "٢٠٢٥-01-31"])
def test_a_civil_date_has_one_spelling(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_date(text, field="day")


def test_a_toml_date_time_is_no_date() -> None:
    with pytest.raises(InvalidInputError):
        Members({"day": NOW}).toml_day("day")
