"""What parties dispute, from one bundle and from two: honest ones, and ones that hide or lie."""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from agents.auditor import main
from agents.auditor.inquiring import inquire
from agents.auditor.inquiry import Disputed, Inquiry, Release
from agents.auditor.questions import Holds
from agents.auditor.rulings import rule
from agents.auditor.sides import side_of
from agents.auditor.verification import examine_bundle
from agents.bundle_archive import write_bundle
from portability.consent.scope import Party
from portability.ledger.envelope import envelope_from_json
from portability.recognition.statements import (
    Countersignature,
    Dispute,
    Header,
    HistoryResponse,
    Reconciliation,
)
from portability.wire.statement import statement_from_payload
from tests.unit.agents import rosa_case
from tests.unit.agents.rosa_case import (
    CASE_ID,
    CNAV,
    ES,
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
    settled,
    trust,
)
from tests.unit.agents.two_sides import exported

CONFORMANCE = Path(__file__).parents[2] / "vectors" / "conformance"
CASE = settled()


def asked(*bundles: Mapping[str, bytes]) -> Inquiry:
    sides = [
        side_of(f"bundle {number}", examine_bundle(files, trust(), NOW), CASE_ID)
        for number, files in enumerate(bundles, start=1)
    ]
    return inquire(CASE_ID, sides)


def answers(found: Inquiry) -> dict[Disputed, Holds]:
    return {one.question: one.holds for one in found.rulings}


def against(found: Inquiry) -> list[tuple[str, str]]:
    return [(one.against, one.words) for one in found.findings]


def only(case: RosasCase, kind: str) -> bytes:
    (found,) = case.of_kind(kind)
    return found


def until_result() -> tuple[RosasCase, bytes, list[bytes]]:
    """Records of both are in, and the lead has signed its result; its id and the French records."""
    case = RosasCase()
    french, spanish = add_records(case, "fr", CNAV), add_records(case, "es", INSS)
    request = add_request(case, add_consent(case))
    response = add_answer(case, request, case.of_kind("consent")[0], french)
    result = add_result(case, response, french, spanish)
    for kind in ("countersignature", "determination", "closure"):
        for i in case.of_kind(kind):
            del case.placed[i]
    return case, result, french


def content_of(case: RosasCase, i: bytes) -> object:
    envelope = case.placed[i].envelope
    return statement_from_payload(envelope.payload_type, envelope.payload)


def disputed(case: RosasCase, result: bytes, digest: bytes, difference: str) -> bytes:
    said = Dispute(header=case.header(FR, result), digest=digest, first_difference=difference)
    return case.say(said, "FR node")


@pytest.mark.parametrize("codes", [("ES",), ("FR",), ("ES", "FR")])
def test_an_honest_case_answers_all_five_questions_with_yes(codes: tuple[str, ...]) -> None:
    found = asked(*(exported(CASE, code) for code in codes))
    assert found.clear
    assert answers(found) == dict.fromkeys(Disputed, Holds.YES)
    assert tuple(side.exporter for side in found.sides) == codes
    routes = {(one.kind, one.source, one.to) for one in found.letters}
    assert ("history-request", "ES", "FR") in routes
    assert ("history-response", "FR", "ES") in routes
    assert ("determination", "FR", "ES") in routes


def test_two_bundles_prove_each_arrival_by_the_receivers_own_log_as_well() -> None:
    one = asked(exported(CASE, "ES")).letters[0]
    both = asked(exported(CASE, "ES"), exported(CASE, "FR")).letters[0]
    assert [proof.words.split(" on ")[0] for proof in one.received.proofs] == [
        "FR/node signed for it"
    ]
    assert len(both.received.proofs) == 2
    assert "of FR's own log" in both.received.proofs[1].words


def test_a_log_that_shows_each_party_a_history_of_its_own_is_found_by_the_bundles_of_both() -> None:
    shown = {"FR": settled(), "ES": settled()}
    leaves = shown["ES"].logs["FR"].leaves
    leaves[0], leaves[1] = leaves[1], leaves[0]
    for one in shown["ES"].placed.values():
        if one.log.leaves is leaves and one.index < 2:
            one.index = 1 - one.index
    french, spanish = (exported(shown[code], code) for code in ("FR", "ES"))
    for alone in (french, spanish):
        assert asked(alone).clear
    words = "this log has signed two histories"
    assert against(asked(french, spanish)) == [("fr.node.example/log", words)]


@pytest.mark.parametrize(
    ("kind", "named_by"),
    [
        ("history-response", "reconciliation"),
        ("reconciliation", "determination"),
        ("consent-request", "consent"),
    ],
)
def test_what_a_bundle_leaves_out_stands_against_who_made_it_and_no_one_else(
    kind: str, named_by: str
) -> None:
    hidden = only(CASE, kind)
    both = [exported(CASE, "ES", without=[hidden]), exported(CASE, "FR", without=[hidden])]
    for found in (asked(both[0]), asked(*both), asked(*reversed(both))):
        assert not found.clear
        said = [words for party, words in against(found) if party == "ES"]
        assert any(f"leaves out {hidden.hex()[:16]}, which the {named_by} " in one for one in said)
        assert {party for party, _ in against(found)} <= {"ES", "FR"}, "and no institution"
        assert Holds.NO not in answers(found).values(), "of what rests on it nothing can be said"
    (alone,) = {party for party, _ in against(asked(both[0]))}
    assert alone == "ES"


def test_a_bundle_that_lacks_what_the_lead_must_have_is_not_made_good_by_one_more() -> None:
    answer = only(CASE, "history-response")
    gone = [answer, *CASE.of_kind("disclosure-receipt")]
    french, spanish = (exported(CASE, code, without=gone) for code in ("FR", "ES"))
    for found in (asked(spanish), asked(spanish, french), asked(french, spanish)):
        named = f"leaves out {answer.hex()[:16]}, which the reconciliation "
        assert any(party == "ES" and named in words for party, words in against(found))


def test_what_nobody_has_signed_for_is_not_said_to_have_been_received() -> None:
    request = only(CASE, "history-request")
    alone = asked(exported(CASE, "ES", unsigned_for=[request]))
    holds = answers(alone)
    assert (holds[Disputed.SENT], holds[Disputed.RECEIVED]) == (Holds.UNKNOWN, Holds.UNKNOWN)
    (letter,) = [one for one in alone.letters if one.id == request.hex()]
    assert "ask FR for its own bundle" in letter.received.words
    assert alone.clear, "a lack of proof stands against nobody"
    both = asked(exported(CASE, "ES", unsigned_for=[request]), exported(CASE, "FR"))
    assert answers(both)[Disputed.RECEIVED] is Holds.YES


def test_who_hides_what_it_has_signed_for_is_found_by_its_signature() -> None:
    result = only(CASE, "reconciliation")
    found = asked(exported(CASE, "ES"), exported(CASE, "FR", without=[result]))
    assert answers(found)[Disputed.RECEIVED] is Holds.YES
    hidden = [words for party, words in against(found) if party == "FR"]
    assert any("leaves out the reconciliation" in words for words in hidden)
    assert any("FR/node signed for it on" in words for words in hidden)
    assert not [party for party, _ in against(found) if party.startswith("ES")]


def test_who_hides_what_it_has_said_itself_is_found_by_the_other_bundle() -> None:
    request = only(CASE, "history-request")
    found = asked(exported(CASE, "FR"), exported(CASE, "ES", without=[request]))
    hidden = [words for party, words in against(found) if party == "ES"]
    assert any("leaves out the history-request" in words for words in hidden)
    assert any("ES/inss has signed it" in words for words in hidden)


def test_a_bundle_that_may_be_older_stands_against_nobody() -> None:
    closure = only(CASE, "closure")
    found = asked(exported(CASE, "ES"), exported(CASE, "FR", without=[closure]))
    assert found.clear
    (letter,) = [one for one in found.letters if one.kind == "closure"]
    assert (letter.left_out, letter.too_early) == ((), ("FR",))


def test_two_answers_in_one_place_are_not_the_same_content() -> None:
    case = settled()
    first = only(case, "history-response")
    said = content_of(case, first)
    assert isinstance(said, HistoryResponse)
    other = replace(
        said, header=case.header(FR, *said.header.predecessors), records=said.records[1:]
    )
    second = case.say(other, "FR node")
    found = asked(exported(case, "ES", without=[second]), exported(case, "FR", without=[first]))
    assert answers(found)[Disputed.CONTENT] is Holds.NO
    lies = [words for party, words in against(found) if party == "FR/node"]
    assert any(
        "has signed something else in its place as well" in words
        and (first.hex()[:16] in words or second.hex()[:16] in words)
        for words in lies
    )


def test_a_dispute_that_the_records_do_not_bear_out_stands_against_who_disputes() -> None:
    case, result, _ = until_result()
    disputed(case, result, sha256(b"another").digest(), "the results differ at totals.FR")
    found = asked(exported(case, "ES"))
    assert answers(found)[Disputed.COMPUTED] is Holds.NO
    (finding,) = found.findings
    assert finding.against == "FR/node"
    assert "the records give the result that it disputes" in finding.words


def test_a_lead_that_computed_wrong_is_named_with_record_rule_and_article() -> None:
    case, result, _ = until_result()
    right = content_of(case, result)
    assert isinstance(right, Reconciliation)
    document = json.loads(right.result)
    document["totals"]["FR"]["amount"] += 12
    text = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    del case.placed[result]
    wrong = replace(
        right,
        header=case.header(ES, *right.header.predecessors),
        result=text,
        digest=sha256(text).digest(),
    )
    name = case.say(wrong, "ES node")
    disputed(case, name, right.digest, "the results differ at totals.FR.amount")
    found = asked(exported(case, "ES"))
    lead = next(one for one in found.computed if one.kind == "reconciliation")
    assert lead.difference is not None
    assert (lead.difference.place, lead.difference.rule) == ("totals.FR.amount", "conversion_mode")
    assert lead.difference.article == "987/2009 Art 13(3)"
    assert (lead.difference.here, lead.difference.there) == ("240", "252")
    other = next(one for one in found.computed if one.kind == "dispute")
    assert other.holds is Holds.YES
    assert "the records give what this party computed" in other.words
    answer = found.rulings[list(Disputed).index(Disputed.COMPUTED)].words
    assert answer.startswith("ES/node, in the reconciliation ")
    assert "by the rule conversion_mode (987/2009 Art 13(3))" in answer
    assert answer.endswith("; FR/node has disputed it, and the records bear that out")
    assert {party for party, _ in against(found)} == {"ES/node"}


def test_a_record_that_the_lead_leaves_out_is_found_in_the_others_own_answer() -> None:
    case, result, french = until_result()
    right = content_of(case, result)
    assert isinstance(right, Reconciliation)
    del case.placed[result]
    short = replace(
        right,
        header=case.header(ES, *right.header.predecessors),
        inputs=tuple(i for i in right.inputs if i != french[0]),
    )
    name = case.say(short, "ES node")
    disputed(case, name, bytes(32), f"record {french[0].hex()} is an input only here")
    found = asked(exported(case, "ES"))
    other = next(one for one in found.computed if one.kind == "dispute")
    assert other.holds is Holds.YES
    assert "had disclosed that record" in other.words
    assert {party for party, _ in against(found)} == {"ES/node"}
    never = until_result()
    disputed(never[0], never[1], bytes(32), f"record {'ab' * 32} is an input only here")
    lied = asked(exported(never[0], "ES"))
    assert {party for party, _ in against(lied)} == {"FR/node"}


# --- the command ---------------------------------------------------------------------------------

ROOT_KEY = ["--root-key", ROOT.public.hex()]


def test_the_command_takes_one_bundle_or_one_of_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spanish, french = tmp_path / "es", tmp_path / "fr.zip"
    write_bundle(exported(CASE, "ES"), spanish)
    write_bundle(exported(CASE, "FR"), french)
    assert main.status(["dispute", str(spanish), str(french), *ROOT_KEY]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Nothing here stands against anybody." in said
    assert "The bundle of ES" in said
    assert "The bundle of FR" in said
    assert said.index("Was it sent?") < said.index("Was it received?")
    assert main.status(["dispute", str(spanish), *ROOT_KEY, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert sorted(document) == [
        "between_others", "bundles", "case", "clear", "computed", "findings", "questions",
        "releases", "statements",
    ]  # fmt: skip
    assert [one["question"] for one in document["questions"]] == [
        "sent", "received", "same-content", "permission", "computed",
    ]  # fmt: skip


def test_a_release_without_permission_stands_against_the_node_that_released(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = CONFORMANCE / "consent-expired_fail"
    root = (case / "arguments").read_text().split()[1]
    assert main.status(["dispute", str(case / "bundle"), "--root-key", root]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "✗ Was there a permission then?" in said
    assert "against FR/node: ES/inss asked FR/cnav on" in said
    assert "expired (the permission had ended)" in said


def test_a_bundle_that_was_changed_says_so_and_the_rest_still_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = exported(CASE, "FR")
    path = f"statements/{only(CASE, 'closure').hex()}.json"
    assert envelope_from_json(files[path])
    write_bundle(exported(CASE, "ES"), tmp_path / "es")
    write_bundle(files, tmp_path / "fr")
    (tmp_path / "fr" / path).write_bytes(files[path].replace(b"payload", b"Payload", 1))
    assert main.status(["dispute", str(tmp_path / "es"), str(tmp_path / "fr"), *ROOT_KEY]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "its bundle" in said
    assert "is not sound" in said
    assert "✓ Was it received?" in said


class OfAnotherCase(RosasCase):
    """Says everything under another case id."""

    def header(self, sender: Party, *predecessors: bytes) -> Header:
        return replace(super().header(sender, *predecessors), case_id="9" * 32)


def test_bundles_of_two_cases_are_not_put_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = OfAnotherCase()
    add_request(other, add_consent(other))
    write_bundle(exported(CASE, "ES"), tmp_path / "es")
    write_bundle(exported(other, "FR"), tmp_path / "other")
    assert main.status(["dispute", str(tmp_path / "es"), str(tmp_path / "other"), *ROOT_KEY]) == 2
    assert "is about another case than the first bundle" in capsys.readouterr().err


def test_who_does_not_lead_is_asked_about_all_it_was_told_though_others_answers_are_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Germany answered the lead alone, so the result names what France has by its id only."""
    parties = (INSS, CNAV, Party(jurisdiction="DE", institution="drv"))
    wider = replace(rosa_case.claim(), parties=parties)
    monkeypatch.setattr(rosa_case, "claim", lambda: wider)
    case, result, _ = until_result()
    said = content_of(case, result)
    assert isinstance(said, Reconciliation)
    del case.placed[result]
    german_answer = sha256(b"what Germany answered").digest()
    header = replace(said.header, predecessors=(*said.header.predecessors, german_answer))
    named = case.say(replace(said, header=header), "ES node")
    signed = Countersignature(header=case.header(FR, named), digest=said.digest)
    case.say(signed, "FR node")
    found = asked(exported(case, "FR"))
    routes = {(one.kind, one.source, one.to) for one in found.letters}
    assert ("reconciliation", "ES", "FR") in routes
    assert ("countersignature", "FR", "ES") in routes
    assert ("countersignature", "FR", "DE") in routes
    assert ("reconciliation", "ES", "DE") not in routes
    assert found.between_others == 1, "what Spain sent to Germany, neither of which is asked here"
    assert found.to_json()["between_others"] == 1


def test_a_receipt_of_another_case_is_no_release_of_this_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = CONFORMANCE / "receipt-after-refusal"
    root = (case / "arguments").read_text().split()[1]
    assert main.status(["dispute", str(case / "bundle"), "--root-key", root, "--json"]) == 0
    (only_one,) = json.loads(capsys.readouterr().out)["releases"]
    assert not only_one["refused"]


def test_a_request_that_was_refused_is_no_release_that_somebody_had_permitted() -> None:
    def release(name: str, words: str, *, is_refused: bool) -> Release:
        return Release(id=name, says=name, holds=Holds.YES, words=words, is_refused=is_refused)

    refused = release("1", "nothing left: refused, withdrawn", is_refused=True)
    released = release("2", "yes, by the person's consent", is_refused=False)
    permission = list(Disputed).index(Disputed.PERMISSION)
    (none, some) = (rule((), one, ())[permission] for one in ([refused], [refused, released]))
    assert none.words == "nothing was released: 1 request refused, withdrawn"
    assert some.words == (
        "yes, for each release: by the person's consent; nothing left on 1 request (refused, "
        "withdrawn)"
    )
    assert none.holds is some.holds is Holds.YES
