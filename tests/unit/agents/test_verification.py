"""The auditor: a whole case verifies; whatever does not hold is named at its step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.auditor.report import Report, Step, Verdict
from agents.auditor.trust import TrustRoot
from agents.auditor.verification import verify_bundle
from portability.consent.causes import RefusalCause
from portability.consent.receipt import Outcome
from portability.core.money import parse_money
from portability.ledger.bundle import MANIFEST
from portability.ledger.directory import DIRECTORY_TYPE, build_directory
from portability.ledger.envelope import (
    envelope_from_json,
    envelope_to_json,
    payload_type,
    sign_envelope,
)
from portability.ledger.note import VerifierKey, witness_key
from portability.ledger.policy import Log, Policy, Witness
from portability.recognition.statements import (
    HistoryOutcome,
    HistoryResponse,
    NoticeAnswer,
    NoticeEffect,
    PermissionEnd,
    PermissionEnding,
)
from portability.wire.receipt import receipt_from_payload, receipt_to_payload
from portability.wire.statement import statement_from_payload, statement_to_payload, type_of
from tests.unit.agents.rosa_case import (
    CNAV,
    ES,
    FR,
    HOUR,
    INSS,
    KEYS,
    NOW,
    ROOT,
    RosasCase,
    add_answer,
    add_consent,
    add_records,
    add_request,
    add_result,
    bundle_of,
    receipt,
    settled,
    signer,
    trust,
    withdraw,
)

WHOLE = bundle_of(settled().files())


def verify(files: dict[str, bytes], root: TrustRoot | None = None) -> Report:
    return verify_bundle(files, root or trust(), NOW)


def relisted(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same files under a list that is true of them, as a forger would write it."""
    return bundle_of({path: data for path, data in files.items() if path != MANIFEST})


def causes(report: Report) -> set[tuple[Step, str]]:
    return {(fault.step, fault.cause) for fault in report.causes}


def steps(report: Report) -> set[Step]:
    return {fault.step for fault in report.causes}


def test_the_whole_case_verifies_and_says_what_is_paid() -> None:
    report = verify(WHOLE)
    assert report.causes == ()
    assert report.verified
    assert report.payable_total == {"EUR": "1400.00"}
    assert {one.party: one.payable for one in report.determinations} == {
        "ES/inss": "400.00 EUR",
        "FR/cnav": "1000.00 EUR",
    }
    assert report.trust == "the test's root key"
    assert "by these statements the case is closed" in report.notes
    assert all(one.verdict is Verdict.VERIFIED for one in report.statements)


@given(data=st.data())
@settings(max_examples=60)  # the demo flips one in each file of a bundle, too
def test_one_flipped_bit_anywhere_is_told_in_a_sentence(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(WHOLE)))
    content = WHOLE[path]
    bit = data.draw(st.integers(min_value=0, max_value=8 * len(content) - 1))
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    report = verify({**WHOLE, path: bytes(changed)})
    assert not report.verified
    assert all(fault.cause.strip() for fault in report.causes)


@pytest.mark.parametrize("path", sorted(WHOLE))
def test_every_file_is_needed_and_every_byte_of_it_counts(path: str) -> None:
    without = {name: data for name, data in WHOLE.items() if name != path}
    assert not verify(without).verified
    assert not verify({**WHOLE, path: WHOLE[path] + b"\n"}).verified


@given(data=st.data())
@settings(max_examples=60)
def test_a_forger_who_rewrites_the_list_is_found_out_all_the_same(data: st.DataObject) -> None:
    signed = [
        path
        for path in sorted(WHOLE)
        if path.partition("/")[0] in ("statements", "leaves", "proofs", "directory", "agreements")
    ]
    path = data.draw(st.sampled_from(signed))
    before = WHOLE[path]
    bit = data.draw(st.integers(min_value=0, max_value=8 * len(before) - 1))
    changed = bytearray(before)
    changed[bit // 8] ^= 1 << bit % 8
    report = verify(relisted({**WHOLE, path: bytes(changed)}))
    assert not report.verified or same_meaning(path, before, bytes(changed))


def same_meaning(path: str, before: bytes, after: bytes) -> bool:
    """White space of an envelope's file means nothing: what was signed is what counts."""
    if not path.endswith(".json"):
        return False
    return envelope_from_json(before) == envelope_from_json(after)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("surprise", "surprise is not a file that this version knows how to verify"),
        ("evidence/photo.jpg", "evidence/photo.jpg is not a file that this version knows"),
    ],
)
def test_a_listed_file_that_nobody_can_verify_is_named(path: str, sentence: str) -> None:
    report = verify(relisted({**WHOLE, path: b"x"}))
    assert any(sentence in cause for _, cause in causes(report))


SOME = next(path for path in sorted(WHOLE) if path.startswith("statements/")).split("/")[1]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (f"statements/{SOME}.txt", "is not a file that this version knows how to verify"),
        (f"proofs/{SOME.replace('.json', '.txt')}", "is not a file that this version knows"),
        (f"leaves/{SOME}", "is not a file that this version knows how to verify"),
        ("disclosures/read-me.json", "is not a file that this version knows how to verify"),
        (f"erasures/{SOME}", "the bundle holds one statement twice"),
        (f"evidence/{SOME}", "the bundle holds one statement twice"),
        (f"disclosures/{'0' * 64}.json", "a statement that is not in the bundle"),
    ],
)
def test_no_file_that_no_step_looks_at_passes_among_the_others(path: str, sentence: str) -> None:
    found = causes(verify(relisted({**WHOLE, path: b"I was never signed."})))
    assert any(step is Step.FILES and sentence in cause for step, cause in found)


def test_a_claim_that_is_not_that_of_the_content_is_refused() -> None:
    files = {path: data for path, data in WHOLE.items() if path != MANIFEST}
    report = verify(bundle_of(files, claim="This settles everything."))
    assert causes(report) == {
        (Step.FILES, "bundle.toml claims something else than what the bundle holds")
    }


def test_a_policy_that_does_not_parse_is_a_fault_of_its_own_step() -> None:
    assert steps(verify(relisted({**WHOLE, "policy": b"log nonsense\n"}))) == {Step.POLICY}


def test_the_bundles_own_policy_is_never_trusted() -> None:
    stranger = signer("another log")
    own = Policy(logs=(Log(key=replace(log_of("FR"), public=stranger.public)),))
    report = verify(WHOLE, replace(trust(), policy=own))
    assert steps(report) >= {Step.LOG_SIGNATURE}
    assert not report.verified


def test_a_quorum_that_was_not_reached_is_told() -> None:
    witness = Witness(name=b"w", key=witness_key("w.example", signer("witness").public))
    logs = tuple(Log(key=log_of(code)) for code in ("FR", "ES"))
    policy = Policy(logs=logs, witnesses=(witness,), quorum=witness)
    report = verify(WHOLE, replace(trust(), policy=policy))
    assert {step for step, cause in causes(report) if "quorum is missed" in cause} == {Step.QUORUM}


def test_another_root_key_opens_nothing() -> None:
    report = verify(WHOLE, replace(trust(), root_keys=(signer("stranger root").public,)))
    assert steps(report) == {Step.DIRECTORY}
    assert not report.verified


def test_a_directory_that_skips_a_version_is_refused() -> None:
    case = settled()
    later = replace(case.directory, version=3)
    envelope = sign_envelope(DIRECTORY_TYPE, build_directory(later), ROOT)
    files = {**case.files(), "directory/3.json": envelope_to_json(envelope)}
    report = verify(bundle_of(files))
    assert any("does not follow version 1" in cause for _, cause in causes(report))


def log_of(code: str) -> VerifierKey:
    return settled().directory.log_vkey(code, NOW)


def swap(case: RosasCase, kind: str, folder: str, suffix: str) -> dict[str, bytes]:
    """The bundle in which one statement of a kind has the proof or leaf of another statement."""
    files = case.files()
    one = case.of_kind(kind)[0].hex()
    other = case.of_kind("entitlement")[0].hex()
    files[f"{folder}/{one}{suffix}"] = files[f"{folder}/{other}{suffix}"]
    return bundle_of(files)


def test_the_leaf_of_another_statement_is_refused_at_inclusion_or_leaf() -> None:
    report = verify(swap(settled(), "consent", "leaves", ""))
    assert steps(report) & {Step.INCLUSION, Step.LEAF}


def test_proof_and_leaf_of_another_statement_are_refused_at_the_leaf() -> None:
    case = settled()
    files = case.files()
    first, second = (i.hex() for i in case.of_kind("entitlement")[:2])
    for path in ("leaves/{}", "proofs/{}.tlog-proof"):
        files[path.format(first)] = files[path.format(second)]
    assert (Step.LEAF, "the log leaf is that of another statement") in causes(
        verify(bundle_of(files))
    )


def test_a_statement_under_the_name_of_another_is_refused() -> None:
    case = settled()
    files = case.files()
    first, second = (i.hex() for i in case.of_kind("entitlement")[:2])
    files[f"statements/{first}.json"] = files[f"statements/{second}.json"]
    assert (Step.LEAF, "its file is named after another statement") in causes(
        verify(bundle_of(files))
    )


def test_a_statement_without_its_payload_is_not_passed_over() -> None:
    case = settled()
    files = case.files()
    del files[f"statements/{case.of_kind('entitlement')[0].hex()}.json"]
    assert any(
        "no erasure of it is proven" in cause for _, cause in causes(verify(bundle_of(files)))
    )


@pytest.mark.parametrize(
    ("key", "cause"),
    [
        ("stranger", "the key that signed it is not in the directory"),
        ("FR node", "it is signed by a key for the purpose node, not institution"),
        ("inss", "it speaks for FR/cnav, but ES/inss has signed it"),
    ],
)
def test_a_record_signed_by_a_key_that_may_not_is_refused(key: str, cause: str) -> None:
    case = settled()
    payload = case.placed[case.of_kind("entitlement")[0]].envelope.payload
    forged = RosasCase()
    forged.log(payload_type("entitlement", "protobuf"), payload, key, "FR")
    assert (Step.SIGNATURE, cause) in causes(verify(bundle_of(forged.files())))


def test_a_signature_that_does_not_fit_is_refused_even_if_the_log_took_it_in() -> None:
    case = settled()
    found = case.of_kind("determination")[0]
    placed = case.placed[found]
    bad = replace(placed.envelope.signatures[0], sig=bytes(64))
    placed.envelope = replace(placed.envelope, signatures=(bad,))
    assert steps(verify(bundle_of(case.files()))) >= {Step.SIGNATURE}


def test_a_key_that_was_not_valid_when_the_log_took_it_in_is_refused() -> None:
    case = settled()
    ended = tuple(
        replace(entry, valid_to=NOW - timedelta(hours=2))
        if entry.public == KEYS["cnav"].public
        else entry
        for entry in case.directory.entries
    )
    case.directory = replace(case.directory, entries=ended)
    assert (Step.SIGNATURE, "the key that signed it was not valid at that time") in causes(
        verify(bundle_of(case.files()))
    )


def test_a_consent_without_the_record_of_its_key_is_refused() -> None:
    case = settled()
    del case.placed[case.of_kind("subject-key")[0]]
    found = causes(verify(bundle_of(case.files())))
    assert (
        Step.SIGNATURE,
        "the record of the person's key is missing or was not verified",
    ) in found
    assert (Step.PERMISSION, "the consent that it rests on is not in the bundle") in found


def test_disclosures_of_a_record_that_holds_no_digests_are_refused() -> None:
    case = settled()
    files = case.files()
    files[f"disclosures/{case.of_kind('entitlement')[0].hex()}.json"] = b"[]"
    assert steps(verify(bundle_of(files))) >= {Step.DISCLOSURES}


def story(change: Callable[[RosasCase, bytes], None] = lambda _case, _consent: None) -> RosasCase:
    """The case with something happening between consent and request."""
    case = RosasCase()
    french = add_records(case, "fr", CNAV)
    spanish = add_records(case, "es", INSS)
    consent = add_consent(case)
    change(case, consent)
    request = add_request(case, consent)
    response = add_answer(case, request, consent, french)
    add_result(case, response, french, spanish)
    return case


def test_a_release_after_the_withdrawal_is_found() -> None:
    def change(case: RosasCase, consent: bytes) -> None:
        withdraw(case, consent, hour=HOUR - 1)

    report = verify(bundle_of(story(change).files()))
    assert causes(report) == {(Step.PERMISSION, "the consent had been withdrawn before")}


@pytest.mark.parametrize(
    ("answered", "causes_found"),
    [
        (-1, {(Step.PERMISSION, "FR/node had answered before that the permission had ended")}),
        (0, set()),
        (1, set()),
    ],
)
def test_a_release_after_its_own_answer_to_the_withdrawal_is_found_within_the_hour(
    answered: int, causes_found: set[tuple[Step, str]]
) -> None:
    """In the same second it may have crossed the notice on its way."""
    case, request, consent, french = asked()
    end = case.say(ended(case, request, consent, withdraw(case, consent, hour=HOUR)), "ES node")
    header = case.header(FR, end)
    created = header.created + timedelta(seconds=answered)
    said = NoticeAnswer(header=replace(header, created=created), effect=NoticeEffect.NOTED)
    case.say(said, "FR node")
    add_answer(case, request, consent, french)
    found = causes(verify(bundle_of(case.files())))
    assert {one for one in found if one[0] is Step.PERMISSION} == causes_found


@pytest.mark.parametrize("is_before", [True, False])
def test_a_release_behind_the_end_of_the_permission_in_its_own_log_is_found(
    *, is_before: bool
) -> None:
    case, request, consent, french = asked()
    act = withdraw(case, consent, hour=HOUR)
    end = ended(case, request, consent, act)

    def hear() -> None:
        """As the provider's node logs it when it comes."""
        case.log(type_of(end), statement_to_payload(end), "ES node", "FR")

    if is_before:
        hear()
    add_answer(case, request, consent, french)
    if not is_before:
        hear()
    found = causes(verify(bundle_of(case.files())))
    cause = (Step.PERMISSION, "the end of the permission stands before it in its own log")
    assert (cause in found) is is_before


def test_a_word_of_the_lead_that_nobody_signed_ends_no_permission() -> None:
    """Spain is the home of the consent; another lead would have to show what the person signed."""
    case, request, consent, french = asked()
    end = replace(
        ended(case, request, consent, b""),
        header=case.header(FR, request),
        how=PermissionEnding.EXPIRED,
    )
    case.log(type_of(end), statement_to_payload(end), "FR node", "FR")
    add_answer(case, request, consent, french)
    found = causes(verify(bundle_of(case.files())))
    assert not {one for one in found if "own log" in one[1]}


def asked() -> tuple[RosasCase, bytes, bytes, list[bytes]]:
    """The case with its request, consent and French records, and no answer."""
    case = RosasCase()
    french = add_records(case, "fr", CNAV)
    add_records(case, "es", INSS)
    consent = add_consent(case)
    return case, add_request(case, consent), consent, french


def ended(case: RosasCase, request: bytes, consent: bytes, act: bytes) -> PermissionEnd:
    return PermissionEnd(
        header=case.header(ES, request),
        permission=consent,
        how=PermissionEnding.WITHDRAWN,
        at=case.header(ES).created,
        act=act,
    )


def test_a_withdrawal_after_the_release_changes_nothing_about_it() -> None:
    def change(case: RosasCase, consent: bytes) -> None:
        withdraw(case, consent, hour=HOUR + 1)

    assert verify(bundle_of(story(change).files())).verified


def change_receipt(case: RosasCase, **changes: object) -> None:
    """Have the provider's node sign another receipt in place of the first."""
    found = case.of_kind("disclosure-receipt")[0]
    placed = case.placed.pop(found)
    said = receipt_from_payload(placed.envelope.payload)
    changed = receipt_to_payload(replace(said, **changes))  # type: ignore[arg-type]
    case.log(placed.envelope.payload_type, changed, "FR node", "FR")


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        (
            {"requested_at": NOW, "released_at": NOW + timedelta(days=90)},
            "the permission did not allow this release: expired (the permission had ended)",
        ),
        (
            {"released_at": NOW - timedelta(hours=5)},
            "the permission did not allow this release: not-yet-valid (it was not in force yet)",
        ),
        ({"requester": CNAV}, None),
        (
            {"provider": INSS},
            "it speaks for ES/node, but FR/node has signed it",
        ),
        ({"permission": b""}, "it names another permission than the request"),
        ({"fields": ("salary",)}, "the field salary was not allowed to leave"),
        ({"record_count": 1}, "the receipt counts other records than the answer names"),
        ({"payload_digest": bytes(32)}, "the receipt is for other data than this answer released"),
        ({"request": bytes(32)}, "the request that it answers is not in the bundle"),
        ({"salt": bytes(32)}, "it is of another case than its request"),
        ({"previous": bytes(32)}, None),
    ],
)
def test_a_receipt_that_does_not_fit_is_named(
    changes: dict[str, object], cause: str | None
) -> None:
    case = settled()
    change_receipt(case, **changes)
    found = {cause for _, cause in causes(verify(bundle_of(case.files())))}
    if cause is not None:
        assert cause in found


def test_an_answer_without_a_receipt_is_found() -> None:
    case = settled()
    del case.placed[case.of_kind("disclosure-receipt")[0]]
    assert (Step.RECEIPTS, "no receipt was left for this answer") in causes(
        verify(bundle_of(case.files()))
    )


def add_refusal(case: RosasCase, *, with_receipt: bool) -> None:
    """A second request under the same consent, which was refused."""
    consent = case.of_kind("consent")[0]
    before = case.of_kind("disclosure-receipt")[0]
    request = add_request(case, consent)
    answer = HistoryResponse(
        header=case.header(FR, request),
        outcome=HistoryOutcome.REFUSED,
        records=(),
        not_before=None,
        log_origin="",
        tree_size=0,
        granted_fields=(),
        payload_digest=b"",
    )
    case.say(answer, "FR node")
    if not with_receipt:
        return
    left = receipt(
        case,
        request,
        permission=consent,
        provider=CNAV,
        requester=INSS,
        digest=bytes(32),
        records=0,
        previous=before,
    )
    refused = replace(
        left,
        outcome=Outcome.REFUSED,
        cause=RefusalCause.EXPIRED,
        released_at=None,
        payload_digest=b"",
    )
    kind = payload_type("disclosure-receipt", "protobuf")
    case.log(kind, receipt_to_payload(refused), "FR node", "FR")


def test_a_bundle_for_an_institution_tells_no_cause_and_one_for_an_auditor_every_one() -> None:
    case = settled()
    add_refusal(case, with_receipt=False)
    assert causes(verify(bundle_of(case.files()))) == set()
    add_refusal(case, with_receipt=True)
    found = causes(verify(bundle_of(case.files())))
    assert found == {(Step.RECEIPTS, "no receipt was left for this answer")}


def test_a_missing_receipt_in_a_chain_is_found() -> None:
    case = settled()
    consent = case.of_kind("consent")[0]
    request = case.of_kind("history-request")[0]
    second = receipt(
        case,
        request,
        permission=consent,
        provider=CNAV,
        requester=INSS,
        digest=bytes(32),
        records=0,
        previous=bytes(32),
    )
    refused = replace(
        second,
        outcome=Outcome.REFUSED,
        cause="expired",
        released_at=None,
        payload_digest=b"",
    )
    kind = payload_type("disclosure-receipt", "protobuf")
    case.log(kind, receipt_to_payload(refused), "FR node", "FR")
    found = causes(verify(bundle_of(case.files())))
    assert any("does not name the receipt before it" in cause for _, cause in found)


def change_statement(case: RosasCase, kind: str, key: str, **changes: object) -> None:
    """Have the sender sign another statement in place of the first of its kind."""
    found = case.of_kind(kind)[0]
    placed = case.placed.pop(found)
    said = statement_from_payload(placed.envelope.payload_type, placed.envelope.payload)
    changed = statement_to_payload(replace(said, **changes))  # type: ignore[arg-type]
    case.log(placed.envelope.payload_type, changed, key, placed.log.jurisdiction)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"own": 241}, "it counts 241 of 360 months, computed again they are 240 of 360"),
        ({"total": 361}, "it counts 240 of 361 months, computed again they are 240 of 360"),
        (
            {"pro_rata": parse_money("1000.01 EUR"), "payable": parse_money("1000.01 EUR")},
            "the pro-rata amount is 1000.01 EUR, which is not 240/360 of 1500.00 EUR ({})".format(
                "883/2004 Art 52(1)(b)"
            ),
        ),
        ({"payable": parse_money("1500.00 EUR")}, "what it pays is not its pro-rata amount"),
        (
            {"payable": parse_money("800.00 EUR"), "paid_as": "independent"},
            "it pays the lower of two amounts; the higher is due (883/2004 Art 52(3))",
        ),
        ({"paid_as": "none"}, "it pays an amount and says that nothing is due"),
    ],
)
def test_a_determination_that_does_not_follow_is_refused(
    changes: dict[str, object], cause: str
) -> None:
    case = settled()
    change_statement(case, "determination", "cnav", **changes)
    found = verify(bundle_of(case.files()))
    assert (Step.RESULT, cause) in causes(found)
    assert "FR/cnav" not in [one.party for one in found.determinations]


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"result": b"{}"}, "the result that it shows is not the one of its digest"),
        (
            {"agreement_version": "1"},
            "the reconciliation is under another agreement or branch than the case",
        ),
    ],
)
def test_a_reconciliation_that_cannot_be_computed_again_is_refused(
    changes: dict[str, object], cause: str
) -> None:
    case = settled()
    change_statement(case, "reconciliation", "ES node", **changes)
    assert cause in {found for _, found in causes(verify(bundle_of(case.files())))}


def test_another_digest_than_the_one_computed_again_is_shown() -> None:
    case = settled()
    change_statement(case, "reconciliation", "ES node", digest=bytes(32))
    assert any(
        "has another digest" in cause for _, cause in causes(verify(bundle_of(case.files())))
    )


def test_a_result_that_nobody_countersigned_is_no_agreement() -> None:
    case = settled()
    del case.placed[case.of_kind("countersignature")[0]]
    report = verify(bundle_of(case.files()))
    assert (Step.RESULT, "FR has not countersigned the result") in causes(report)


def test_a_record_that_a_result_uses_must_be_in_the_bundle() -> None:
    case = settled()
    del case.placed[case.of_kind("entitlement")[0]]
    assert any(
        "is missing or was not verified" in cause
        for _, cause in causes(verify(bundle_of(case.files())))
    )


def test_a_log_that_showed_two_histories_is_reported_first_with_both_heads() -> None:
    case = settled()
    files = case.files()
    forked = settled()
    log = forked.logs["FR"]
    log.leaves[0], log.leaves[1] = log.leaves[1], log.leaves[0]
    other = forked.files()
    moved = case.of_kind("entitlement")[5].hex()
    files[f"proofs/{moved}.tlog-proof"] = other[f"proofs/{moved}.tlog-proof"]
    report = verify(bundle_of(files))
    assert len(report.forks) == 1
    assert report.forks[0].first.startswith("fr.node.example/log\n")
    assert report.forks[0].first != report.forks[0].second
    assert not report.verified


def test_the_same_bundle_verifies_years_later() -> None:
    later = datetime(2055, 1, 1, tzinfo=UTC)
    assert verify_bundle(WHOLE, trust(), later).verified
