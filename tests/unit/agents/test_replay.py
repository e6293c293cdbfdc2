"""A case told again step by step: the whole of it, and the first step that does not follow."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agents.auditor import main
from agents.auditor.held import Held
from agents.auditor.replay import Follows, Replay, case_ids, replay
from agents.auditor.verification import examine_bundle
from agents.bundle_archive import write_bundle
from agents.durations import lasted_words
from portability.errors import InvalidInputError
from portability.recognition.statements import Countersignature, Dispute
from portability.wire.record import RECORD_TYPE, record_from_payload, record_to_payload
from tests.unit.agents.rosa_case import (
    CASE_ID,
    CNAV,
    FR,
    INSS,
    NOW,
    ROOT,
    RosasCase,
    add_answer,
    add_consent,
    add_records,
    add_request,
    add_result,
    bundle_of,
    settled,
    trust,
)
from tests.unit.agents.two_sides import exported

CONFORMANCE = Path(__file__).parents[2] / "vectors" / "conformance"
WHOLE = bundle_of(settled().files())


def replayed(files: Mapping[str, bytes]) -> Replay:
    examined = examine_bundle(files, trust(), NOW)
    (case_id,) = case_ids(examined.found)
    return replay(examined.found, case_id, {})


def told(name: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """Exit status and output of the command on a folder of the conformance set."""
    case = CONFORMANCE / name
    root = (case / "arguments").read_text().split()[1]
    status = main.status(["replay", str(case / "bundle"), "--root-key", root, *more])
    said = capsys.readouterr()
    assert said.err == ""
    return status, said.out


def test_every_step_of_a_settled_case_follows_in_the_order_of_events() -> None:
    found = replayed(WHOLE)
    assert found.holds
    assert (found.state, found.seen_by, found.first) == ("closed", "ES", None)
    kinds = [one.kind for one in found.steps]
    assert kinds.index("consent") < kinds.index("history-request")
    assert kinds.index("history-request") < kinds.index("history-response")
    assert kinds.index("reconciliation") < kinds.index("countersignature")
    assert kinds[-1] == "closure"
    assert {one.follows for one in found.steps} == {Follows.YES}
    states = [one.state for one in found.steps if one.state]
    assert [states[0], states[-1]] == ["collecting", "closed"]
    assert "agreed" in states


def test_each_step_names_its_basis_by_number_and_so_the_case_is_one_graph() -> None:
    steps = {one.number: one for one in replayed(WHOLE).steps}
    request = next(one for one in steps.values() if one.kind == "history-request")
    assert [basis.role for basis in request.basis] == ["under the permission"]
    result = next(one for one in steps.values() if one.kind == "reconciliation")
    assert [(basis.role, basis.words) for basis in result.basis][-1] == ("with", "13 records")
    for one in steps.values():
        for basis in one.basis:
            assert basis.step < one.number
            assert not basis.step or steps[basis.step].id == basis.id
    roots = [one.kind for one in steps.values() if not any(basis.step for basis in one.basis)]
    assert roots == ["consent-request"], "everything else builds on something"


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("result-other-digest_fail", "reconciliation", "has another digest"),
        ("result-lower-paid_fail", "determination", "the higher is due (883/2004 Art 52(3))"),
        ("result-periods-miscounted_fail", "determination", "it counts 121 of 180 months"),
        ("consent-expired_fail", "disclosure-receipt", "expired (the permission had ended)"),
        ("consent-missing_fail", "history-request", "which is not in the bundle"),
        ("receipt-missing_fail", "history-response", "no receipt was left for this answer"),
        ("receipt-other-data_fail", "history-response", "other data than this answer released"),
    ],
)
def test_a_lie_is_named_at_the_step_where_it_was_told(
    name: str, kind: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out = told(name, capsys)
    assert status == 1
    last = out.splitlines()[-1]
    assert "The first step that does not follow is step" in last
    assert f"the {kind} " in last
    assert why in last
    status, out = told(name, capsys, "--json")
    document = json.loads(out)
    first = document["first_that_does_not_follow"]
    assert (status, document["follows"], first["kind"]) == (1, False, kind)
    assert why in first["why"]
    before = [one["follows"] for one in document["steps"] if one["number"] < first["number"]]
    assert set(before) <= {"yes"}


def test_what_builds_on_a_lie_is_not_blamed_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = told("result-other-digest_fail", capsys, "--json")
    document = json.loads(out)
    assert [one["kind"] for one in document["steps"] if one["follows"] == "no"] == [
        "reconciliation"
    ]
    number = document["first_that_does_not_follow"]["number"]
    after = [one for one in document["steps"] if one["number"] > number]
    assert after
    assert {one["follows"] for one in after} == {"unknown"}
    assert all("which does not follow" in one["why"] for one in after)


def test_a_result_that_takes_a_part_of_a_history_for_all_of_it_does_not_follow() -> None:
    case = RosasCase()
    french = add_records(case, "fr", CNAV)
    spanish = add_records(case, "es", INSS)
    consent = add_consent(case)
    answer = add_answer(case, add_request(case, consent), consent, french, held_back=True)
    result = add_result(case, answer, french, spanish)
    found = replayed(bundle_of(case.files()))
    assert found.first is not None
    assert (found.first.kind, found.first.id) == ("reconciliation", result.hex())
    assert "whose histories are held back in part" in found.first.why


def test_a_predecessor_that_is_missing_is_named_with_the_step_that_names_it() -> None:
    case = settled()
    (response,) = case.of_kind("history-response")
    del case.placed[response]
    found = replayed(bundle_of(case.files()))
    assert found.first is not None
    assert response.hex()[:16] in found.first.why
    assert "which is not in the bundle" in found.first.why


def test_trouble_of_the_whole_is_told_after_the_steps(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = told("result-not-countersigned_fail", capsys)
    assert status == 1
    assert out.splitlines()[-1] == (
        "Each step follows, but not the whole: FR has not countersigned the result."
    )
    status, out = told("envelope-payload-changed_fail", capsys)
    assert status == 1
    assert "is no evidence: the envelope is signed by 0 of the trusted keys" in out


def test_a_dispute_follows_and_what_computing_again_says_of_it_is_told() -> None:
    case = RosasCase()
    french, spanish = add_records(case, "fr", CNAV), add_records(case, "es", INSS)
    consent = add_consent(case)
    response = add_answer(case, add_request(case, consent), consent, french)
    result = add_result(case, response, french, spanish)
    for kind in ("countersignature", "determination", "closure"):
        for i in case.of_kind(kind):
            del case.placed[i]
    dispute = Dispute(
        header=case.header(FR, result), digest=bytes(32), first_difference="totals.FR"
    )
    case.say(dispute, "FR node")
    found = replayed(bundle_of(case.files()))
    (step,) = [one for one in found.steps if one.kind == "dispute"]
    assert step.follows is Follows.YES
    assert "the inputs give the result that it disputes" in step.why
    assert found.state == "disputed"


def test_a_countersignature_of_another_digest_does_not_follow() -> None:
    case = settled()
    (signed,) = case.of_kind("countersignature")
    del case.placed[signed]
    (result,) = case.of_kind("reconciliation")
    case.say(Countersignature(header=case.header(FR, result), digest=bytes(32)), "FR node")
    found = replayed(bundle_of(case.files()))
    assert found.first is not None
    assert found.first.kind == "countersignature"
    assert "another digest than the reconciliation" in found.first.why


def test_a_bundle_without_trust_or_case_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_bundle(WHOLE, tmp_path / "bundle")
    assert main.status(["replay", "bundle"]) == 1
    assert "no statement could be looked at" in capsys.readouterr().out
    root = ["--root-key", ROOT.public.hex()]
    assert main.status(["replay", "bundle", *root, "--case", "cases/" + "9" * 32]) == 2
    assert f"the bundle holds cases/{CASE_ID}; name one of them" in capsys.readouterr().err
    assert main.status(["replay", "bundle", *root, "--case", CASE_ID]) == 0
    assert "Every step follows from what it names" in capsys.readouterr().out
    examined = examine_bundle(WHOLE, trust(), NOW)
    with pytest.raises(InvalidInputError, match="no statement of that case"):
        replay(examined.found, "9" * 32, {})


def test_one_altered_bundle_of_several_does_not_follow_though_the_other_makes_up_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = settled()
    spanish, french = exported(case, "ES"), exported(case, "FR")
    assert "policy" in spanish
    (result,) = case.of_kind("reconciliation")
    root = ["--root-key", ROOT.public.hex()]
    write_bundle(french, tmp_path / "french")
    for number, path in enumerate(("policy", "bundle.toml", f"statements/{result.hex()}.json")):
        altered = tmp_path / f"spanish-{number}"
        write_bundle(spanish, altered)
        (altered / path).write_bytes(spanish[path] + b" ")
        for order in ((altered, tmp_path / "french"), (tmp_path / "french", altered)):
            assert main.status(["replay", *map(str, order), *root, "--json"]) == 1
            told = json.loads(capsys.readouterr().out)
            assert not told["follows"]
            causes = [one["cause"] for one in told["faults"]]
            assert any(f"{altered} is not sound: " in one for one in causes), causes
    write_bundle(spanish, tmp_path / "spanish")
    both = ["replay", str(tmp_path / "spanish"), str(tmp_path / "french"), *root]
    assert main.status(both) == 0
    assert "Every step follows from what it names" in capsys.readouterr().out


def test_a_log_with_two_histories_is_told_though_every_step_follows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forked = settled()
    leaves = forked.logs["FR"].leaves
    leaves[0], leaves[1] = leaves[1], leaves[0]
    case = settled()
    moved = f"proofs/{case.of_kind('entitlement')[5].hex()}.tlog-proof"
    files = case.files()
    found = replayed(bundle_of(files | {moved: forked.files()[moved]}))
    assert found.first is None
    assert not found.holds
    assert [one.origin for one in found.forks] == ["fr.node.example/log"]
    (told,) = found.to_json()["forks"]  # type: ignore[misc]  # a list, as the document says
    assert told["first"] != told["second"]

    write_bundle(bundle_of(files | {moved: forked.files()[moved]}), tmp_path / "bundle")
    assert main.status(["replay", str(tmp_path / "bundle"), "--root-key", ROOT.public.hex()]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "Each step follows, but fr.node.example/log showed two histories."


def test_two_leaves_in_one_place_of_a_log_are_two_histories_whatever_its_size_was() -> None:
    case, forked = settled(), settled()
    log = forked.logs["FR"]
    log.leaves[0], log.leaves[1] = log.leaves[1], log.leaves[0]
    log.leaves.append(log.leaves[-1])
    moved = next(i for i, one in forked.placed.items() if one.log is log and one.index == 1)
    forked.placed[moved].index = 0
    path = f"proofs/{moved.hex()}.tlog-proof"
    found = replayed(bundle_of(case.files() | {path: forked.files()[path]}))
    assert [one.origin for one in found.forks] == ["fr.node.example/log"]


def test_a_record_that_replaces_a_foreign_one_is_told_though_it_is_no_step() -> None:
    case = settled()
    (theirs, *_) = case.of_kind("entitlement")
    content = record_from_payload(case.placed[theirs].envelope.payload)
    assert (content.jurisdiction, content.institution) == ("FR", "cnav")
    false = replace(
        content, salt=case.salt(), jurisdiction="ES", institution="inss", supersedes=theirs
    )
    case.log(RECORD_TYPE, record_to_payload(false), "inss", "ES")
    found = replayed(bundle_of(case.files()))
    assert not found.holds
    assert any("which only FR/cnav may" in fault.cause for _, _, fault in found.unreadable)


def test_who_held_the_file_is_told_by_signed_times_and_up_to_the_last_of_them() -> None:
    case = RosasCase()
    french, spanish = add_records(case, "fr", CNAV), add_records(case, "es", INSS)
    consent = add_consent(case)
    request = add_request(case, consent)
    asked = exported(case, "ES")
    held = {(one.jurisdiction, one.step): one for one in replayed(asked).held}
    assert held["FR", "history"].running, "France was asked, and nothing shows an answer"
    assert later_answer(asked, request)["ES", "delivery"] >= timedelta(days=3)
    response = add_answer(case, request, consent, french)
    add_result(case, response, french, spanish)
    whole = exported(case, "ES")
    held = {(one.jurisdiction, one.step): one for one in replayed(whole).held}
    assert {one for one, _ in held} == {"ES", "FR"}
    assert ("FR", "history") in held
    assert ("FR", "countersignature") in held
    assert not any(one.running for one in held.values())
    later = later_answer(whole, request)
    assert later["FR", "history"] == timedelta(0)
    assert later["ES", "delivery"] < timedelta(days=1), "France had answered by then"

    held = later_held(whole, request, log="FR")
    assert held["ES", "delivery"].lasted < timedelta(days=1), "France's own log tells otherwise"
    (disputed,) = held["ES", "delivery"].disputed
    assert (disputed.jurisdiction, disputed.statement_id) == ("FR", request)
    assert held["ES", "delivery"].words.count("FR signed that it received") == 1
    assert held["FR", "history"].disputed == ()


def later_answer(files: Mapping[str, bytes], request: bytes) -> dict[tuple[str, str], timedelta]:
    return {place: one.lasted for place, one in later_held(files, request).items()}


def later_held(
    files: Mapping[str, bytes], request: bytes, log: str = ""
) -> dict[tuple[str, str], Held]:
    """
    As if France had signed for the request three days later, in the told times alone; with ``log``
    in whose log the request was taken in at once.
    """
    examined = examine_bundle(files, trust(), NOW)
    if log:
        logged = examined.found.checked[request]
        examined.found.checked[request] = replace(logged, logged=replace(logged.logged, log=log))
    for i, word in examined.found.acknowledgements.items():
        if request in word.content.header.predecessors:
            examined.found.acknowledgements[i] = replace(word, as_of=word.as_of + timedelta(days=3))
    (case_id,) = case_ids(examined.found)
    told = replay(examined.found, case_id, {}).held
    return {(one.jurisdiction, one.step): one for one in told}


@pytest.mark.parametrize(
    ("lasted", "words"),
    [
        (timedelta(seconds=43), "43 s"),
        (timedelta(minutes=12, seconds=59), "12 min"),
        (timedelta(hours=5, minutes=12), "5.2 h"),
        (timedelta(days=12, hours=7), "12.3 days"),
    ],
)
def test_a_time_is_said_in_the_unit_that_fits_it(lasted: timedelta, words: str) -> None:
    assert lasted_words(lasted) == words
