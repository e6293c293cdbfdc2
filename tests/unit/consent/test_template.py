"""Purpose templates, the over-asking check, and drafting what a person may sign."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portability.consent.agreement import CASE_PARTY_DISCLOSURE, Mandate, scope_on
from portability.consent.document import MAX_USES, Fetch, LegalBasisKind, NoticeMode
from portability.consent.drafting import Choice, draft_consent
from portability.consent.over_asking import check_request
from portability.consent.scope import Action, Party
from portability.consent.statements import ConsentRequest
from portability.consent.template import (
    MAX_TEMPLATE_BYTES,
    MAX_VALIDITY,
    notice_digest,
    parse_template,
)
from portability.core.agreement import Pack
from portability.core.periods import Branch
from portability.errors import InvalidInputError, NoAgreementError
from tests.unit.consent.world import (
    AGREEMENT,
    DIRECTORY,
    KEY,
    MEANS,
    NOW,
    PACK,
    REQUEST,
    TEMPLATE,
    TEMPLATE_BYTES,
    TEMPLATE_ID,
    grant,
)


def test_the_shipped_template_asks_for_periods_of_an_old_age_claim() -> None:
    assert (TEMPLATE.id, TEMPLATE.purpose, TEMPLATE.fetch) == (
        "claim-old-age",
        "claim-old-age",
        Fetch.ONCE,
    )
    assert TEMPLATE.legal_basis.kind is LegalBasisKind.TREATY_AUTHORISATION
    assert [str(party) for party in TEMPLATE.providers] == ["FR/cnav", "ES/inss"]
    assert TEMPLATE.caps.validity == timedelta(days=90)
    assert set(TEMPLATE.words) == {"en", "es", "fr", "ar", "uk", "tl"}


def test_the_notice_is_in_the_language_asked_for_or_in_the_templates_own() -> None:
    language, text = TEMPLATE.notice("es")
    assert language == "es"
    assert text.decode().startswith("Usar mis periodos")
    language, text = TEMPLATE.notice("tlh")
    assert language == "en"
    assert text.decode().startswith("Use my insurance periods")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"purpose-template/1"', b'"purpose-template/2"'),
        (b"version          = 1", b"version          = 0"),
        (b"version          = 1", b"version          = 1.5"),
        (b"version          = 1", b"version          = true"),
        (b'"claim-old-age"', b'"claim old age"'),
        (b'"en"\n', b'"de"\n'),
        (b'"ONCE"', b'"EVER"'),
        (b"[words.en]", b'[words."e n"]'),
        (b"[words.en]", b'words.en = "x"\n[words.nn]'),
        (b'"treaty_authorisation"', b'"interest"'),
        (b'actions   = ["VIEW", "STORE"]', b"actions   = []"),
        (b'branches  = ["old-age"]', b'branches  = ["*"]'),
        (b'institution = "cnav"', b'institution = "*"'),
        (b'institution = "inss"', b'institution = "cnav"\nnote = 1'),
        (b"1940-01-01", b"1940-01-01T00:00:00Z"),
        (b"1940-01-01", b'"1940-01-01"'),
        (b'"P10Y"', b'"P100Y"'),
        (b"validity_days        = 90", b"validity_days        = 0"),
        (b"status_age_seconds   = 600", b"status_age_seconds   = 86400"),
        (b'["FR", "ES"]', b'["*"]'),
        (b'"substantial"', b'"sure"'),
        (b'act                  = "A2"', b'act                  = "A2"\nfee = 1'),
        (b'agreement        = "eu-883-2004"', b""),
        (b"[caps]", b"[limits]"),
        (b'title       = "Use', b'headline    = "Use'),
    ],
)
def test_a_template_with_anything_unclear_is_refused(old: bytes, new: bytes) -> None:
    assert old in TEMPLATE_BYTES
    with pytest.raises(InvalidInputError):
        parse_template(TEMPLATE_BYTES.replace(old, new, 1))


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"a = ", b"x" * (MAX_TEMPLATE_BYTES + 1), b"schema = 1"]
)
def test_bytes_that_are_no_template_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError):
        parse_template(data)


# --- over-asking ---------------------------------------------------------------------------------


def test_a_request_within_template_and_agreement_reaches_the_person() -> None:
    check_request(REQUEST, TEMPLATE, AGREEMENT)
    check_request(REQUEST, TEMPLATE)


@pytest.mark.parametrize(
    ("changes", "field", "item"),
    [
        ({"purpose": "audit"}, "purpose", "purpose"),
        ({"providers": (Party(jurisdiction="FR", institution="agirc"),)}, "providers", "FR/agirc"),
        ({"grants": (grant(branches=(Branch.FAMILY,)),)}, "grants", "branch family"),
        ({"grants": (grant(datatypes=("tax",)),)}, "grants", "datatype tax"),
        ({"grants": (grant(actions=(Action.VERIFY_ONLY,)),)}, "grants", "action VERIFY_ONLY"),
        ({"grants": (grant(fields=("salary",)),)}, "grants", "field salary"),
        ({"grants": (grant(from_date=date(1939, 12, 31)),)}, "grants", "period"),
        ({"not_after": REQUEST.not_before + timedelta(days=91)}, "not_after", "90 days"),
        (
            {
                "not_before": REQUEST.created_at + timedelta(days=90, seconds=1),
                "not_after": REQUEST.created_at + timedelta(days=91),
            },
            "not_before",
            "90 days after it is asked",
        ),
        ({"max_uses": 11}, "max_uses", "10 uses"),
        ({"erase_by": date(2036, 5, 2)}, "erase_by", "P10Y"),
    ],
)
def test_what_is_too_much_is_named_to_whoever_asked(
    changes: dict[str, object], field: str, item: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        check_request(replace(REQUEST, **changes), TEMPLATE, AGREEMENT)
    assert refusal.value.context["field"] == field
    assert item in refusal.value.message


def test_nobody_asks_for_a_branch_for_which_the_directory_does_not_name_them() -> None:
    check_request(REQUEST, TEMPLATE, branches=(Branch.OLD_AGE, Branch.SICKNESS))
    for others in ((), (Branch.SURVIVORS,)):
        with pytest.raises(InvalidInputError, match="the branch old-age, which is not the req"):
            check_request(REQUEST, TEMPLATE, AGREEMENT, branches=others)


def test_a_consent_may_begin_as_late_as_it_may_last() -> None:
    begin = REQUEST.created_at + timedelta(days=90)
    end = begin + timedelta(seconds=1)
    check_request(replace(REQUEST, not_before=begin, not_after=end), TEMPLATE)


def test_at_its_caps_a_request_is_just_small_enough() -> None:
    end = REQUEST.not_before + timedelta(days=90)
    full = replace(
        REQUEST,
        not_after=end,
        max_uses=10,
        erase_by=date(end.year + 10, end.month, end.day),
        grants=(grant(from_date=date(1940, 1, 1)),),
    )
    check_request(full, TEMPLATE, AGREEMENT)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "es-ma"}, "template"),
        ({"parties": ("ES", "PT")}, "providers"),
        ({"grants": (grant(fields=("start_date",)),)}, "grants"),
    ],
)
def test_the_agreement_bounds_a_request_too(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        check_request(REQUEST, TEMPLATE, replace(AGREEMENT, **changes))
    assert refusal.value.context["field"] == field


@pytest.mark.parametrize(
    "changes",
    [
        {"salt": b"short"},
        {"requester": Party(jurisdiction="ES")},
        {"providers": ()},
        {"providers": (Party(jurisdiction="FR"),)},
        {"person_reference": "rosa"},
        {"purpose": "*"},
        {"template": b""},
        {"grants": ()},
        {"not_after": REQUEST.not_before},
        {"created_at": NOW.replace(microsecond=1)},
        {"max_uses": 0},
        {"erase_by": date(2026, 4, 1)},
    ],
)
def test_a_request_that_contradicts_itself_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        replace(REQUEST, **changes)


def test_a_request_may_ask_for_the_least_and_the_most() -> None:
    second = timedelta(seconds=1)
    end = REQUEST.created_at + second
    least = replace(
        REQUEST, not_before=end - 2 * second, not_after=end, max_uses=1, erase_by=end.date()
    )
    assert replace(least, max_uses=MAX_USES).max_uses == MAX_USES
    for changes in (
        {"not_after": REQUEST.created_at},
        {"not_before": end},
        {"max_uses": MAX_USES + 1},
        {"erase_by": end.date() - timedelta(days=1)},
    ):
        with pytest.raises(InvalidInputError):
            replace(least, **changes)


CAPS = {
    b"version          = 1\n": (b"version          = %d\n", 1, 1_000_000),
    b"validity_days        = 90": (b"validity_days        = %d", 1, MAX_VALIDITY.days),
    b"max_uses             = 10": (b"max_uses             = %d", 1, MAX_USES),
    b"min_interval_seconds = 0": (b"min_interval_seconds = %d", 0, MAX_VALIDITY.days * 86_400),
    b"status_age_seconds   = 600": (b"status_age_seconds   = %d", 1, 3600),
}


@pytest.mark.parametrize("old", CAPS)
def test_caps_have_a_least_and_a_most(old: bytes) -> None:
    assert old in TEMPLATE_BYTES
    new, least, most = CAPS[old]
    for value in (least, most):
        parse_template(TEMPLATE_BYTES.replace(old, new % value, 1))
    for value in (least - 1, most + 1):
        with pytest.raises(InvalidInputError):
            parse_template(TEMPLATE_BYTES.replace(old, new % value, 1))


def test_caps_are_in_days_and_seconds() -> None:
    said = TEMPLATE_BYTES.replace(b"min_interval_seconds = 0", b"min_interval_seconds = 86401")
    caps = parse_template(said).caps
    assert caps.validity == timedelta(days=90)
    assert caps.min_interval == timedelta(days=1, seconds=1)
    assert caps.status_age == timedelta(minutes=10)


@pytest.mark.parametrize(
    "heading",
    [b"schema", b"[legal_basis]", b"[words.es]", b"[[may_ask]]", b"[[provider]]", b"[caps]"],
)
def test_nothing_may_be_written_in_a_template_that_nobody_reads(heading: bytes) -> None:
    more = b'surprise = "x"\n' + heading if heading == b"schema" else heading + b'\nsurprise = "x"'
    assert heading in TEMPLATE_BYTES
    with pytest.raises(InvalidInputError, match="has a member that is not known here"):
        parse_template(TEMPLATE_BYTES.replace(heading, more, 1))


@pytest.mark.parametrize(
    "changes",
    [{"may_ask": ()}, {"providers": ()}, {"providers": (Party(jurisdiction="FR"),)}],
)
def test_a_template_asks_somebody_for_something(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        replace(TEMPLATE, **changes)  # type: ignore[arg-type]


def test_languages_have_plain_names() -> None:
    assert b"[words.es]" in TEMPLATE_BYTES
    with pytest.raises(InvalidInputError, match=r"^words is not keyed by language tags"):
        parse_template(TEMPLATE_BYTES.replace(b"[words.es]", b'[words."e s"]', 1))


def test_a_template_may_have_just_so_many_bytes() -> None:
    full = TEMPLATE_BYTES + b"#" * (MAX_TEMPLATE_BYTES - len(TEMPLATE_BYTES))
    assert parse_template(full) == TEMPLATE
    with pytest.raises(InvalidInputError, match="more than"):
        parse_template(full + b"#")


# --- agreement -----------------------------------------------------------------------------------


def test_the_agreement_covers_every_branch_that_it_coordinates_and_no_other() -> None:
    branches = AGREEMENT.grants[0].branches
    assert Branch.OLD_AGE in branches
    assert Branch.PRE_RETIREMENT not in branches
    assert AGREEMENT.version == "2012-06-28"
    assert {"ES", "FR"} <= set(AGREEMENT.parties)


def test_a_mandate_cites_the_law_that_the_pack_names() -> None:
    mandate = AGREEMENT.mandate(CASE_PARTY_DISCLOSURE)
    assert isinstance(mandate, Mandate)
    assert "883/2004 Art 76" in mandate.citation
    assert AGREEMENT.mandate("curiosity") is None
    for wrong in ({"clause": "any clause"}, {"citation": ""}, {"grants": ()}):
        with pytest.raises(InvalidInputError):
            replace(mandate, **wrong)


def test_before_an_agreement_there_is_no_ground_for_exchange() -> None:
    with pytest.raises(NoAgreementError):
        scope_on(PACK, date(2009, 1, 1))


def test_a_pack_without_a_legal_basis_opens_nothing() -> None:
    silent = Pack(
        id=PACK.id,
        title=PACK.title,
        kind=PACK.kind,
        valid_from=PACK.valid_from,
        valid_to=PACK.valid_to,
        parameters={
            **PACK.parameters,
            "legal_basis": tuple(replace(one, value=()) for one in PACK.parameters["legal_basis"]),
        },
    )
    with pytest.raises(NoAgreementError):
        scope_on(silent, NOW.date())


# --- drafting ------------------------------------------------------------------------------------


def draft(choice: Choice, request: ConsentRequest = REQUEST) -> object:
    return draft_consent(
        request,
        TEMPLATE,
        choice,
        request_id=bytes([10]) * 32,
        requester=DIRECTORY.institution("ES", "inss"),
        key=KEY,
        home_node="ES",
        withdrawal=MEANS,
        consent_id="0195a7b0-7c00-7000-8000-000000000001",
        nonce=bytes([11]) * 32,
        now=NOW,
    )


def test_a_person_who_chooses_nothing_else_allows_what_was_asked_for() -> None:
    drafted = draft_consent(
        REQUEST,
        TEMPLATE,
        Choice(mode=NoticeMode.READ_ALOUD),
        request_id=bytes([10]) * 32,
        requester=DIRECTORY.institution("ES", "inss"),
        key=KEY,
        home_node="ES",
        withdrawal=MEANS,
        consent_id="0195a7b0-7c00-7000-8000-000000000001",
        nonce=bytes([11]) * 32,
        now=NOW,
        supersedes=bytes([12]) * 32,
    )
    consent = drafted.consent
    assert consent.grants == REQUEST.grants
    assert consent.use.max_uses == 3
    assert consent.notice.sha256 == notice_digest(drafted.notice)
    assert consent.notice.mode is NoticeMode.READ_ALOUD
    assert consent.purpose.template == TEMPLATE_ID
    assert consent.requester.legal_name == "Institution inss"
    assert consent.supersedes == bytes([12]) * 32


def test_a_person_may_narrow_what_is_asked_for() -> None:
    less = grant(fields=("start_date", "end_date"), from_date=date(1990, 1, 1))
    drafted = draft(Choice(grants=(less,), max_uses=1))
    assert drafted.consent.grants == (less,)
    assert drafted.consent.use.max_uses == 1


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (Choice(grants=(grant(fields=("scheme",)),)), "grants"),
        (Choice(grants=(grant(), grant(branches=(Branch.FAMILY,)))), "grants"),
        (Choice(max_uses=4), "max_uses"),
    ],
)
def test_a_person_cannot_be_made_to_allow_more_than_was_asked_for(
    choice: Choice, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        draft(choice)
    assert refusal.value.context["field"] == field


def test_what_was_asked_for_in_full_may_be_chosen_in_full() -> None:
    whole = Choice(
        grants=REQUEST.grants,
        providers=REQUEST.providers,
        max_uses=REQUEST.max_uses,
        not_after=REQUEST.not_after,
    )
    assert draft(whole) == draft(Choice())


def test_data_are_kept_for_the_shorter_of_what_was_asked_and_what_the_template_allows() -> None:
    for asked, kept in (
        (date(2030, 1, 1), date(2030, 1, 1)),
        (date(2090, 1, 1), TEMPLATE.caps.retention.after(REQUEST.not_after.date())),
    ):
        drafted = draft(Choice(), replace(REQUEST, erase_by=asked))
        assert drafted.consent.retention.erase_by == kept  # type: ignore[attr-defined]
