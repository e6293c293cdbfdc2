"""The gate: each check alone, their order, and the conformance cases on consents."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portability.consent.agreement import CASE_PARTY_DISCLOSURE
from portability.consent.causes import RefusalCause
from portability.consent.consent_json import write_consent
from portability.consent.document import (
    ActLevel,
    Assurance,
    Fetch,
    IdentityLevel,
    Method,
    Purpose,
    Use,
)
from portability.consent.gate import CLOCK_DIFFERENCE, Granted, Refused
from portability.consent.payload_types import CONSENT_TYPE, SUBJECT_KEY_TYPE
from portability.consent.permission import LegalMandate, Logged, Uses
from portability.consent.scope import Action, Party
from portability.consent.statements import ConsentState
from portability.core.periods import Branch
from portability.errors import InvalidInputError
from portability.ledger.envelope import sign_envelope
from tests.unit.consent.world import (
    AT_CNAV,
    AT_INSS,
    CNAV,
    CONSENT,
    DIRECTORY,
    ES_NODE,
    FIELDS,
    FR_NODE,
    INSS,
    KEY,
    MALLORY,
    NOW,
    OTHER_REFERENCE,
    REFERENCE,
    ROSA_IN_FRANCE,
    SCENE,
    SOMEBODY_ELSE,
    SUBJECT,
    TEMPLATE_BYTES,
    Scene,
    grant,
    new_consent,
)

MANY = tuple(f"type-{number}" for number in range(64))


def cause_of(scene: Scene) -> RefusalCause:
    decision = scene.decide()
    assert isinstance(decision, Refused)
    return decision.cause


def granted(scene: Scene) -> Granted:
    decision = scene.decide()
    assert isinstance(decision, Granted), decision
    return decision


def asked(scene: Scene = SCENE, **changes: object) -> Scene:
    return scene.with_request(asked=grant(**{"actions": (Action.STORE,), **changes}))


def test_everything_that_was_asked_for_leaves_if_all_of_it_is_allowed() -> None:
    decision = granted(SCENE)
    assert not decision.partial
    assert decision.scope == (grant(actions=(Action.STORE,)),)
    assert decision.fields == FIELDS
    assert decision.permission_id == SCENE.consent_id
    assert decision.status_version == 2
    assert decision.reason_text_key == "purpose.claim-old-age"
    assert decision.erase_by == date(2030, 1, 1)


def test_a_record_leaves_only_if_all_its_fields_and_days_are_allowed() -> None:
    decision = granted(SCENE)
    wanted = {
        "action": Action.STORE,
        "datatype": "contribution-period",
        "fields": FIELDS,
        "start": date(1985, 1, 1),
        "end": date(1990, 1, 1),
    }
    assert decision.allows(**wanted)
    assert not decision.allows(**{**wanted, "start": date(1979, 12, 31)})
    assert not decision.allows(**{**wanted, "fields": (*FIELDS, "scheme")})
    assert not decision.allows(**{**wanted, "action": Action.VIEW})
    assert not decision.allows(**{**wanted, "datatype": "life-certificate"})


def test_less_than_asked_for_is_a_partial_release() -> None:
    wider = asked(fields=(*FIELDS, "scheme"), from_date=date(1970, 1, 1))
    decision = granted(wider)
    assert decision.partial
    assert decision.scope == (grant(actions=(Action.STORE,)),)


def test_two_grants_that_touch_cover_a_record_that_spans_both() -> None:
    consent = new_consent(
        grants=(
            grant(to_date=date(1999, 12, 31)),
            grant(from_date=date(2000, 1, 1)),
        )
    )
    decision = granted(replace(SCENE, consent=consent))
    assert not decision.partial
    assert decision.allows(
        action=Action.STORE,
        datatype="contribution-period",
        fields=FIELDS,
        start=date(1999, 1, 1),
        end=date(2000, 12, 31),
    )


# --- the conformance cases consent-*_fail of formats.md §9 ---------------------------------------


def test_consent_edited_after_signing_fails() -> None:
    edited = write_consent(replace(CONSENT, use=replace(CONSENT.use, max_uses=2)))
    scene = replace(SCENE, consent_bytes=edited, signed_bytes=write_consent(CONSENT))
    assert cause_of(scene) is RefusalCause.SIGNATURE_INVALID


def test_consent_whitespace_changed_fails() -> None:
    signed = write_consent(CONSENT)
    scene = replace(SCENE, consent_bytes=signed + b"\n", signed_bytes=signed)
    assert cause_of(scene) is RefusalCause.SIGNATURE_INVALID


def test_consent_other_requester_fails() -> None:
    scene = SCENE.with_request(
        requester=AT_CNAV, key_id=CNAV.key_id, peer="FR", person_reference=REFERENCE
    )
    assert cause_of(scene) is RefusalCause.OTHER_REQUESTER


def test_consent_field_outside_fails() -> None:
    assert cause_of(asked(fields=("scheme",))) is RefusalCause.FIELD_OUTSIDE


def test_consent_period_outside_fails() -> None:
    scene = asked(from_date=date(1950, 1, 1), to_date=date(1979, 12, 31))
    assert cause_of(scene) is RefusalCause.PERIOD_OUTSIDE


def test_consent_expired_fails() -> None:
    end = CONSENT.not_after
    at_the_end = replace(SCENE, now=end, as_of=end)
    assert cause_of(at_the_end) is RefusalCause.EXPIRED
    just_before = end - timedelta(seconds=1)
    granted(replace(SCENE, now=just_before, as_of=just_before))


def test_consent_withdrawn_fails() -> None:
    scene = replace(SCENE, state=ConsentState.WITHDRAWN)
    assert cause_of(scene) is RefusalCause.WITHDRAWN


def test_consent_exhausted_fails() -> None:
    assert cause_of(replace(SCENE, uses=Uses(count=3, last=NOW))) is RefusalCause.EXHAUSTED
    granted(replace(SCENE, uses=Uses(count=2, last=NOW)))


def test_consent_status_stale_fails() -> None:
    cap = timedelta(minutes=10)
    granted(replace(SCENE, as_of=NOW - cap))
    stale = replace(SCENE, as_of=NOW - cap - timedelta(seconds=1))
    assert cause_of(stale) is RefusalCause.STATUS_STALE


def test_consent_level_too_low_fails() -> None:
    low = Assurance(identity=IdentityLevel.LOW, act=ActLevel.A2)
    scene = replace(
        SCENE,
        consent=replace(CONSENT, assurance=low),
        key=replace(KEY, identity_level=IdentityLevel.LOW),
    )
    assert cause_of(scene) is RefusalCause.LEVEL_TOO_LOW


# --- caller --------------------------------------------------------------------------------------


def test_a_request_signed_with_a_key_that_is_not_the_institutions_is_refused() -> None:
    for key in (MALLORY, ES_NODE, CNAV):
        scene = SCENE.with_request(key_id=key.key_id)
        assert cause_of(scene) is RefusalCause.CALLER_UNTRUSTED


def test_a_request_brought_by_another_node_than_the_requesters_is_refused() -> None:
    scene = SCENE.with_request(peer="FR")
    assert cause_of(scene) is RefusalCause.CALLER_UNTRUSTED


def test_a_key_that_has_expired_since_is_refused_now() -> None:
    entries = tuple(
        replace(one, valid_to=NOW) if one.institution == "inss" else one
        for one in DIRECTORY.entries
    )
    scene = replace(SCENE, directory=replace(DIRECTORY, entries=entries))
    assert cause_of(scene) is RefusalCause.CALLER_UNTRUSTED


# --- signature -----------------------------------------------------------------------------------


def test_without_a_permission_nothing_leaves() -> None:
    decision = SCENE.decide_on(None)
    assert decision == Refused(
        cause=RefusalCause.NO_PERMISSION, permission_id=b"", status_version=0
    )


def test_a_consent_signed_by_somebody_else_is_refused() -> None:
    assert cause_of(replace(SCENE, signer=MALLORY)) is RefusalCause.SIGNATURE_INVALID


def test_a_key_record_that_the_home_node_did_not_sign_is_refused() -> None:
    for signer in (MALLORY, INSS, FR_NODE):
        scene = replace(SCENE, key_record_signer=signer)
        assert cause_of(scene) is RefusalCause.KEY_RECORD_INVALID


def test_a_key_record_of_another_home_is_refused() -> None:
    scene = replace(SCENE, key=replace(KEY, enrolled_by=Party(jurisdiction="FR")))
    assert cause_of(scene) is RefusalCause.KEY_RECORD_INVALID


def test_a_key_counts_only_while_its_record_is_valid() -> None:
    made = CONSENT.created_at
    for key in (
        replace(KEY, valid_from=made + timedelta(seconds=1)),
        replace(KEY, revoked_at=made),
    ):
        assert cause_of(replace(SCENE, key=key)) is RefusalCause.KEY_RECORD_INVALID
    granted(replace(SCENE, key=replace(KEY, revoked_at=made + timedelta(seconds=1))))


def test_a_passkey_cannot_be_verified_yet_and_is_refused() -> None:
    key = replace(
        KEY,
        method=Method.PASSKEY,
        public_key=b"",
        cose_key=b"cose",
        relying_party_id="localhost",
        origins=("https://localhost",),
    )
    assert cause_of(replace(SCENE, key=key)) is RefusalCause.SIGNATURE_INVALID


def test_bytes_that_are_no_consent_are_refused_however_well_signed() -> None:
    scene = replace(SCENE, consent_bytes=b'{"schema": "consent/1"}')
    assert cause_of(scene) is RefusalCause.SIGNATURE_INVALID


def test_a_withdrawal_does_not_pass_as_a_consent() -> None:
    permission = SCENE.permission()
    envelope = replace(
        permission.consent.envelope,
        payload_type=CONSENT_TYPE.replace("consent", "consent-withdrawal"),
    )
    decision = SCENE.decide_on(
        replace(permission, consent=Logged(envelope=envelope, accepted_at=NOW))
    )
    assert isinstance(decision, Refused)
    assert decision.cause is RefusalCause.SIGNATURE_INVALID


def test_a_consent_that_names_another_home_than_its_log_is_refused() -> None:
    consent = replace(CONSENT, home_node="FR")
    assert cause_of(replace(SCENE, consent=consent)) is RefusalCause.SIGNATURE_INVALID


def test_key_record_bytes_that_are_none_are_refused_however_well_signed() -> None:
    permission = SCENE.permission()
    bad = Logged(envelope=sign_envelope(SUBJECT_KEY_TYPE, b"\xff", ES_NODE), accepted_at=NOW)
    decision = SCENE.decide_on(replace(permission, key_record=bad))
    assert isinstance(decision, Refused)
    assert decision.cause is RefusalCause.KEY_RECORD_INVALID


def test_a_template_that_the_requester_did_not_sign_is_refused() -> None:
    for signer in (MALLORY, CNAV, ES_NODE):
        scene = replace(SCENE, template_signer=signer)
        assert cause_of(scene) is RefusalCause.TEMPLATE_INVALID


def test_a_later_version_of_the_template_changes_no_consent_given() -> None:
    later = TEMPLATE_BYTES.replace(b"version          = 1", b"version          = 2")
    assert later != TEMPLATE_BYTES
    assert cause_of(replace(SCENE, template=later)) is RefusalCause.TEMPLATE_INVALID


def test_a_consent_that_pins_the_template_under_another_purpose_is_refused() -> None:
    purpose = replace(CONSENT.purpose, code="claim-survivors")
    scene = replace(SCENE, consent=replace(CONSENT, purpose=purpose))
    assert cause_of(scene) is RefusalCause.TEMPLATE_INVALID


@pytest.mark.parametrize(
    "changes",
    [
        {"assurance": Assurance(identity=IdentityLevel.HIGH, act=ActLevel.A2)},
        {"assurance": Assurance(identity=IdentityLevel.SUBSTANTIAL, act=ActLevel.A3)},
        {"assurance": Assurance(identity=IdentityLevel.SUBSTANTIAL, act=ActLevel.A1)},
        {"method": Method.PASSKEY},
        {"use": Use(fetch=Fetch.PERIODIC, max_uses=3)},
        {"not_before": NOW - timedelta(days=31)},
    ],
    ids=["identity", "act-too-high", "unconfirmed", "method", "periodic", "over-90-days"],
)
def test_levels_that_the_key_does_not_bear_out_are_refused(changes: dict[str, object]) -> None:
    scene = replace(SCENE, consent=replace(CONSENT, **changes))
    assert cause_of(scene) is RefusalCause.LEVEL_TOO_LOW


# --- person, provider, service -------------------------------------------------------------------


def test_a_reference_that_is_not_known_here_is_refused() -> None:
    scene = replace(SCENE, references={})
    assert cause_of(scene) is RefusalCause.PERSON_UNKNOWN


def test_a_consent_of_one_person_opens_nothing_about_another() -> None:
    scene = SCENE.with_request(person_reference=OTHER_REFERENCE)
    assert cause_of(scene) is RefusalCause.OTHER_PERSON


def test_a_home_node_that_means_somebody_unknown_here_is_refused() -> None:
    scene = replace(SCENE, status_reference="d4" * 32)
    assert cause_of(scene) is RefusalCause.OTHER_PERSON


def test_at_the_home_node_the_consents_own_reference_says_who_is_meant() -> None:
    at_home = replace(
        SCENE,
        consent=new_consent(providers=(Party(jurisdiction="ES", institution="inss"),)),
        references={("ES", SUBJECT): ROSA_IN_FRANCE},
        status_recipient=Party(jurisdiction="ES"),
        status_reference=SUBJECT,
    ).with_request(provider=AT_INSS, person_reference=SUBJECT)
    granted(at_home)
    other = replace(
        at_home,
        references={("ES", SUBJECT): SOMEBODY_ELSE, ("ES", REFERENCE): ROSA_IN_FRANCE},
    ).with_request(person_reference=REFERENCE)
    assert cause_of(other) is RefusalCause.OTHER_PERSON
    # one's own clock is granted no difference
    ahead = replace(at_home, as_of=NOW + timedelta(seconds=1))
    assert cause_of(ahead) is RefusalCause.STATUS_STALE


def test_an_institution_that_the_consent_does_not_name_gives_nothing() -> None:
    consent = replace(CONSENT, providers=(Party(jurisdiction="FR", institution="agirc"),))
    assert cause_of(replace(SCENE, consent=consent)) is RefusalCause.OTHER_PROVIDER


def test_a_consent_serves_its_purpose_and_no_other() -> None:
    scene = SCENE.with_request(purpose="audit")
    assert cause_of(scene) is RefusalCause.OTHER_PURPOSE


# --- data ----------------------------------------------------------------------------------------


def test_another_agreement_or_version_is_refused() -> None:
    for changes in ({"agreement": "es-ma"}, {"agreement_version": "2010-05-01"}):
        scene = SCENE.with_request(**changes)
        assert cause_of(scene) is RefusalCause.AGREEMENT_OUTSIDE


def test_a_jurisdiction_that_is_no_party_is_refused() -> None:
    scene = replace(SCENE, agreement=replace(SCENE.agreement, parties=("ES", "PT")))
    assert cause_of(scene) is RefusalCause.AGREEMENT_OUTSIDE


@pytest.mark.parametrize(
    "changes",
    [
        {"statement": b"short"},
        {"person_reference": "rosa"},
        {"purpose": "any purpose"},
        {"asked": grant(branches=(Branch.OLD_AGE, Branch.SURVIVORS))},
        {"asked": grant(fields=tuple(f"f-{n}" for n in range(64)), datatypes=MANY)},
    ],
)
def test_a_request_that_says_nothing_clear_does_not_reach_the_gate(
    changes: dict[str, object],
) -> None:
    with pytest.raises(InvalidInputError):
        SCENE.with_request(**changes).request()


def test_an_agreement_of_just_these_two_countries_holds_between_them() -> None:
    scene = replace(SCENE, agreement=replace(SCENE.agreement, parties=("FR", "ES")))
    assert isinstance(scene.decide(), Granted)


def test_of_several_grants_outside_the_first_is_named() -> None:
    no_field, no_action = grant(fields=("start_date",)), grant(actions=(Action.VIEW,))
    agreed = (grant(actions=(Action.STORE,), fields=("end_date",)),)
    scene = replace(SCENE, agreement=replace(SCENE.agreement, grants=agreed)).with_request(
        asked=grant()
    )
    for grants, cause in (
        ((no_field, no_action), RefusalCause.FIELD_OUTSIDE),
        ((no_action, no_field), RefusalCause.ACTION_OUTSIDE),
    ):
        assert cause_of(replace(scene, consent=replace(CONSENT, grants=grants))) is cause


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"branches": (Branch.SURVIVORS,)}, RefusalCause.BRANCH_OUTSIDE),
        ({"datatypes": ("life-certificate",)}, RefusalCause.DATATYPE_OUTSIDE),
        ({"actions": (Action.VERIFY_ONLY,)}, RefusalCause.ACTION_OUTSIDE),
        ({"fields": ("refunded",)}, RefusalCause.FIELD_OUTSIDE),
        ({"from_date": date(2026, 1, 1), "to_date": date(2026, 2, 1)}, RefusalCause.PERIOD_OUTSIDE),
    ],
)
def test_what_lies_outside_is_named_by_its_first_respect(
    changes: dict[str, object], cause: RefusalCause
) -> None:
    assert cause_of(asked(**changes)) is cause


def test_what_the_agreement_does_not_cover_stays_here() -> None:
    narrow = replace(SCENE.agreement, grants=(grant(fields=("scheme",)),))
    assert cause_of(replace(SCENE, agreement=narrow)) is RefusalCause.FIELD_OUTSIDE


def test_a_branch_that_the_institution_does_not_run_stays_here() -> None:
    institutions = tuple(
        replace(one, branches=(Branch.SURVIVORS,)) for one in DIRECTORY.institutions
    )
    scene = replace(SCENE, directory=replace(DIRECTORY, institutions=institutions))
    assert cause_of(scene) is RefusalCause.BRANCH_OUTSIDE


def test_an_institution_that_the_directory_does_not_name_has_no_rights() -> None:
    directory = replace(DIRECTORY, institutions=DIRECTORY.institutions[1:])
    assert cause_of(replace(SCENE, directory=directory)) is RefusalCause.BRANCH_OUTSIDE


# --- time, frequency, status ---------------------------------------------------------------------


def test_before_its_start_a_consent_permits_nothing() -> None:
    start = CONSENT.not_before
    early = replace(SCENE, now=start - timedelta(seconds=1), as_of=start)
    assert cause_of(early) is RefusalCause.NOT_YET_VALID


def test_the_start_belongs_to_the_time_in_force() -> None:
    key = replace(KEY, valid_from=NOW - timedelta(days=60))
    start = CONSENT.not_before
    granted(replace(SCENE, key=key, now=start, as_of=start))


def test_two_uses_keep_their_distance() -> None:
    use = replace(CONSENT.use, min_interval=timedelta(hours=1))
    consent = replace(CONSENT, use=use)
    soon = replace(SCENE, consent=consent, uses=Uses(count=1, last=NOW - timedelta(minutes=59)))
    assert cause_of(soon) is RefusalCause.TOO_SOON
    granted(replace(soon, uses=Uses(count=1, last=NOW - timedelta(hours=1))))


def test_without_word_from_the_home_node_nothing_leaves() -> None:
    assert cause_of(replace(SCENE, has_status=False)) is RefusalCause.STATUS_MISSING


@pytest.mark.parametrize(
    "changes",
    [
        {"status_signer": MALLORY},
        {"status_signer": FR_NODE},
        {"status_consent": bytes([99]) * 32},
        {"status_recipient": Party(jurisdiction="PT")},
        {"status_recipient": AT_CNAV},
    ],
    ids=["stranger", "provider-itself", "other-consent", "other-recipient", "institution"],
)
def test_a_status_that_is_not_the_home_nodes_word_to_us_is_refused(
    changes: dict[str, object],
) -> None:
    assert cause_of(replace(SCENE, **changes)) is RefusalCause.STATUS_INVALID


def test_a_peers_clock_may_be_a_minute_ahead_and_no_more() -> None:
    granted(replace(SCENE, as_of=NOW + CLOCK_DIFFERENCE))
    ahead = replace(SCENE, as_of=NOW + CLOCK_DIFFERENCE + timedelta(seconds=1))
    assert cause_of(ahead) is RefusalCause.STATUS_STALE


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        (ConsentState.PAUSED, RefusalCause.PAUSED),
        (ConsentState.SUPERSEDED, RefusalCause.SUPERSEDED),
        (ConsentState.EXPIRED, RefusalCause.EXPIRED),
        (ConsentState.EXHAUSTED, RefusalCause.EXHAUSTED),
        (ConsentState.REQUESTED, RefusalCause.NOT_IN_FORCE),
        (ConsentState.REFUSED, RefusalCause.NOT_IN_FORCE),
        (ConsentState.LAPSED, RefusalCause.NOT_IN_FORCE),
        (ConsentState.TERMINATED, RefusalCause.NOT_IN_FORCE),
        (ConsentState.INVALIDATED, RefusalCause.NOT_IN_FORCE),
    ],
)
def test_granted_alone_permits(state: ConsentState, cause: RefusalCause) -> None:
    assert cause_of(replace(SCENE, state=state)) is cause


# --- legal mandates ------------------------------------------------------------------------------

TOLD = LegalMandate(clause=CASE_PARTY_DISCLOSURE, notified_at=NOW)
TO_FRANCE = SCENE.with_request(
    peer="FR",
    requester=AT_CNAV,
    key_id=FR_NODE.key_id,
    provider=AT_INSS,
)
AT_SPAIN = replace(TO_FRANCE, references={("FR", REFERENCE): "persons/" + "0d" * 16})


def test_parties_of_a_case_show_each_other_their_records_under_a_clause() -> None:
    decision = AT_SPAIN.decide_on(TOLD)
    assert isinstance(decision, Granted)
    assert (decision.permission_id, decision.status_version, decision.erase_by) == (b"", 0, None)
    assert decision.reason_text_key == "claim-old-age"


def test_a_mandate_needs_its_clause_and_the_notice_to_the_person() -> None:
    for mandate, cause in (
        (replace(TOLD, clause="curiosity"), RefusalCause.MANDATE_UNKNOWN),
        (replace(TOLD, notified_at=None), RefusalCause.NOTICE_MISSING),
    ):
        decision = AT_SPAIN.decide_on(mandate)
        assert isinstance(decision, Refused)
        assert decision.cause is cause


def test_under_a_mandate_caller_person_and_data_are_checked_all_the_same() -> None:
    for scene, cause in (
        (AT_SPAIN.with_request(key_id=MALLORY.key_id), RefusalCause.CALLER_UNTRUSTED),
        (replace(AT_SPAIN, references={}), RefusalCause.PERSON_UNKNOWN),
        (
            AT_SPAIN.with_request(asked=grant(branches=(Branch.FAMILY,))),
            RefusalCause.BRANCH_OUTSIDE,
        ),
    ):
        decision = scene.decide_on(TOLD)
        assert isinstance(decision, Refused)
        assert decision.cause is cause


def test_a_node_key_signs_for_no_institution_where_a_consent_is_relied_on() -> None:
    scene = SCENE.with_request(key_id=ES_NODE.key_id)
    assert cause_of(scene) is RefusalCause.CALLER_UNTRUSTED


# --- order ---------------------------------------------------------------------------------------

BROKEN_AT = [
    (RefusalCause.CALLER_UNTRUSTED, lambda scene: scene.with_request(key_id=MALLORY.key_id)),
    (RefusalCause.SIGNATURE_INVALID, lambda scene: replace(scene, signer=MALLORY)),
    (RefusalCause.PERSON_UNKNOWN, lambda scene: replace(scene, references={})),
    (RefusalCause.AGREEMENT_OUTSIDE, lambda scene: scene.with_request(agreement="es-ma")),
    (
        RefusalCause.EXPIRED,
        lambda scene: replace(
            scene,
            consent=replace(
                scene.consent,
                created_at=NOW - timedelta(days=3),
                not_before=NOW - timedelta(days=3),
                not_after=NOW,
            ),
        ),
    ),
    (RefusalCause.EXHAUSTED, lambda scene: replace(scene, uses=Uses(count=9, last=NOW))),
    (RefusalCause.WITHDRAWN, lambda scene: replace(scene, state=ConsentState.WITHDRAWN)),
]


@pytest.mark.parametrize("first", range(len(BROKEN_AT)))
def test_the_first_failure_in_the_order_of_the_checks_is_the_recorded_cause(first: int) -> None:
    scene = SCENE
    for _, damage in BROKEN_AT[first:]:
        scene = damage(scene)
    assert cause_of(scene) is BROKEN_AT[first][0]


def test_the_values_of_causes_never_change() -> None:
    assert [str(cause) for cause in RefusalCause] == [
        "caller-untrusted",
        "other-requester",
        "no-permission",
        "key-record-invalid",
        "signature-invalid",
        "template-invalid",
        "level-too-low",
        "mandate-unknown",
        "notice-missing",
        "person-unknown",
        "other-person",
        "other-provider",
        "other-purpose",
        "agreement-outside",
        "branch-outside",
        "datatype-outside",
        "action-outside",
        "field-outside",
        "period-outside",
        "not-yet-valid",
        "expired",
        "exhausted",
        "too-soon",
        "status-missing",
        "status-invalid",
        "status-stale",
        "withdrawn",
        "paused",
        "superseded",
        "not-in-force",
    ]


def test_a_request_is_about_one_branch() -> None:
    with pytest.raises(InvalidInputError):
        SCENE.with_request(asked=grant(branches=(Branch.OLD_AGE, Branch.SURVIVORS))).request()


def test_a_purpose_that_pins_another_template_is_refused() -> None:
    purpose = Purpose(
        code="claim-old-age", template_id="claim-old-age", template=bytes(32), text_key="x"
    )
    scene = replace(SCENE, consent=replace(CONSENT, purpose=purpose))
    assert cause_of(scene) is RefusalCause.TEMPLATE_INVALID
