"""What a verification says in words: on the terminal, as JSON, and as a page."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agents.auditor import main
from agents.auditor.page import report_page, summary_page
from agents.auditor.questions import Holds, Question
from agents.auditor.report import Report
from agents.auditor.telling import tell_report
from agents.auditor.verification import verify_bundle
from agents.bundle_archive import write_bundle
from agents.bundle_files import SUMMARY, Scope, list_files
from agents.printing import Printer
from agents.refusal_words import WORDS
from portability.consent.causes import RefusalCause
from portability.ledger.bundle import MANIFEST
from tests.unit.agents import lying_case
from tests.unit.agents.rosa_case import NOW, ROOT, bundle_of, settled, trust

CASE = settled()
WHOLE = bundle_of(CASE.files())
REPORT = verify_bundle(WHOLE, trust(), NOW)


def without(path: str) -> dict[str, bytes]:
    return list_files({name: data for name, data in WHOLE.items() if name != path})


def words_of(report: Report, question: Question) -> tuple[Holds, str]:
    (answer,) = [one for one in report.answers if one.question is question]
    return answer.holds, answer.words


def statement(kind: str, report: Report = REPORT) -> dict[Question, str]:
    one = next(one for one in report.statements if one.kind == kind)
    return {answer.question: f"{answer.holds}: {answer.words}" for answer in one.answers}


def test_every_question_is_answered_once_for_the_whole_and_for_each_statement() -> None:
    for answers in (REPORT.answers, *(one.answers for one in REPORT.statements)):
        assert list(Question) == [answer.question for answer in answers]
        assert all(answer.words for answer in answers)


def test_the_whole_says_who_when_and_on_what_ground() -> None:
    assert {question: words_of(REPORT, question)[0] for question in Question} == dict.fromkeys(
        Question, Holds.YES
    )
    assert "FR/cnav (9)" in words_of(REPORT, Question.ISSUER)[1]
    assert "in the logs of ES, FR" in words_of(REPORT, Question.LOGGED)[1]
    assert "no witness vouches" in words_of(REPORT, Question.LOGGED)[1]
    assert "the person's consent" in words_of(REPORT, Question.PERMISSION)[1]
    assert "computed again from its 13 records" in words_of(REPORT, Question.RESULT)[1]
    assert "nothing is missing" in words_of(REPORT, Question.COMPLETE)[1]


def test_a_statement_answers_for_itself() -> None:
    record = statement("entitlement")
    assert "the signature over its exact bytes holds" in record[Question.ISSUER]
    assert "purpose institution" in record[Question.KEY]
    assert record[Question.PERMISSION] == "not-asked: it releases nothing"
    assert statement("disclosure-receipt")[Question.PERMISSION].startswith("yes: yes, by the")
    assert statement("reconciliation")[Question.RESULT].startswith("yes: yes, computed again")
    assert "logged at its home node alone" in statement("consent-status")[Question.LOGGED]
    assert "the person's own key" in statement("consent")[Question.KEY]


def test_what_fails_is_no_for_its_question_and_what_came_after_is_unknown() -> None:
    leaf = sorted(path for path in WHOLE if path.startswith("leaves/"))[0]
    report = verify_bundle(without(leaf), trust(), NOW)
    one = next(one for one in report.statements if one.id == leaf.removeprefix("leaves/"))
    answers = {answer.question: (answer.holds, answer.words) for answer in one.answers}
    assert answers[Question.LOGGED] == (Holds.NO, "its log leaf is missing")
    assert answers[Question.ISSUER][0] is Holds.UNKNOWN
    assert words_of(report, Question.LOGGED)[0] is Holds.NO
    assert report.verdict.startswith("NOT VERIFIED: ")


def test_without_trust_nothing_is_said_to_hold() -> None:
    nobody = replace(trust(), root_keys=())
    report = verify_bundle(WHOLE, nobody, NOW)
    assert not report.verified
    assert words_of(report, Question.KEY)[0] is Holds.NO
    holds = {answer.holds for one in report.statements for answer in one.answers}
    assert holds == {Holds.UNKNOWN}


def test_ten_years_later_the_report_is_the_same_to_the_letter() -> None:
    later = verify_bundle(WHOLE, trust(), NOW + timedelta(days=3653))
    assert later.to_json() == REPORT.to_json()
    assert summary_page(later) == summary_page(REPORT)


def test_the_document_keeps_its_member_names() -> None:
    document = REPORT.to_json()
    assert sorted(document) == [
        "answers", "claim", "determinations", "digest", "faults", "forks", "next_step", "notes",
        "payable_by_case", "payable_total", "scope", "statements", "trust", "verdict", "verified",
    ]  # fmt: skip
    (answer, *_) = document["answers"]  # type: ignore[misc]
    assert sorted(answer) == ["asked", "holds", "question", "words"]
    one = document["statements"][0]  # type: ignore[index]
    assert sorted(one) == [
        "accepted", "answers", "id", "index", "kind", "log", "replaced", "says", "signer",
        "verdict", "witnessed", "witnesses",
    ]  # fmt: skip
    assert [str(question) for question in Question] == [
        "issuer", "logged", "key", "permission", "result", "complete",
    ]  # fmt: skip


def test_the_terminal_gives_the_verdict_first_and_the_questions_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bundle"
    write_bundle(WHOLE, path)
    assert main.status(["verify", str(path), "--root-key", ROOT.public.hex()]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "VERIFIED: all 27 statements hold."
    asked = [line.strip("✓ ").strip() for line in lines if line.startswith("✓ ")]
    assert asked[: len(Question)] == [question.asked for question in Question]


def test_an_erased_statement_is_not_said_to_be_of_somebody_untrusted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = Path(__file__).parents[2] / "vectors" / "conformance" / "erased-record"
    root = (case / "arguments").read_text().split()[1]
    assert main.status(["verify", str(case / "bundle"), "--root-key", root]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "? erased" in said
    assert "who signed it went with it" in said
    assert "nobody who is trusted" not in said


CONFORMANCE = Path(__file__).parents[2] / "vectors" / "conformance"


def told(name: str, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What the terminal shows of a bundle of the conformance set."""
    case = CONFORMANCE / name
    root = (case / "arguments").read_text().split()[1]
    main.status(["verify", str(case / "bundle"), "--root-key", root, *more])
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("name", "how"), [("record-corrected", "corrected"), ("record-withdrawn-since", "withdrawn")]
)
def test_a_replaced_record_says_itself_that_it_counts_no_longer(
    name: str, how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(told(name, capsys, "--json"))
    (one,) = [one for one in document["statements"] if one["replaced"]]
    assert (one["verdict"], one["replaced"]["how"]) == ("verified", how)
    assert (one["replaced"]["issuer"], one["replaced"]["on"]) == ("FR/cnav", "2025-01-15")
    by = next(other for other in document["statements"] if other["id"] == one["replaced"]["by"])
    assert by["kind"] == "entitlement"
    said = told(name, capsys, "--page", str(tmp_path / "page.html"))
    assert said.count(f"✓ but {how}") == 1
    assert f"{how} by FR/cnav on 2025-01-15, by the record {by['id'][:16]}" in said
    page = (tmp_path / "page.html").read_text()
    assert page.count(f"Verified, but {how}") == 1
    assert page.count("Counts no longer:") == 1


def test_a_decision_that_was_replaced_is_told_and_not_added_to_what_is_paid(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = lying_case.told(lying_case.corrected, None)
    report = verify_bundle(case.bundle("ES"), trust(), NOW)
    assert report.verified
    first, second, *replaced = report.determinations
    assert {first.party, second.party} == {one.party for one in replaced} == {"ES/inss", "FR/cnav"}
    assert [one.replaced_by for one in (first, second)] == ["", ""]
    assert {one.replaced_by: one.party for one in replaced} == {
        last.hex(): str(party) for party, last in case.decided.items()
    }
    amounts = [Decimal(one.payable.removesuffix(" EUR")) for one in (first, second)]
    assert report.payable_total == {"EUR": str(sum(amounts))}
    tell_report(Printer(as_json=False), report)
    said = " ".join(capsys.readouterr().out.split())
    page = report_page(report, NOW).decode("utf-8")
    for one in replaced:
        assert one.notes == (f"replaced by the decision {one.replaced_by[:16]}",)
        assert said.count(one.notes[0]) == page.count(one.notes[0]) == 1


def test_a_failure_says_where_the_trouble_is_and_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = told("result-not-countersigned_fail", capsys)
    assert "by itself, but not the bundle as a whole, for the reason below" in whole
    assert "Next step: `portability-auditor replay` shows the first step" in whole
    assert "NOT VERIFIED: 1 of " in told("envelope-payload-changed_fail", capsys)
    assert "showed two histories" in told("checkpoint-split-view_fail", capsys)
    assert "put them to its operator" in told("checkpoint-split-view_fail", capsys)
    refused = told("consent-expired_fail", capsys)
    assert "expired (the permission had ended)" in refused
    assert "supervisory authority" in refused


def test_without_a_pinned_key_nothing_is_said_of_who_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_bundle(WHOLE, tmp_path / "bundle")
    assert main.status(["verify", "bundle"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "NOT VERIFIED: no statement could be looked at" in said
    assert "? not looked at" in said
    assert "✗ not verified" not in said
    assert "get the root keys from the federation by another way" in said


def test_one_statement_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    claim = "One case of mutual recognition with 1 signed statements: 1 closure."
    one = replace(REPORT, claim=claim, statements=REPORT.statements[:1], faults=(), forks=())
    assert one.verdict == "VERIFIED: the one statement holds."
    assert "1 signed statement: 1 closure" in one.holdings
    tell_report(Printer(as_json=False), one)
    assert "1 signed statements" not in " ".join(capsys.readouterr().out.split())
    assert one.to_json()["claim"] == claim, "as it is signed for by its digest"


def test_every_cause_of_a_refusal_has_words() -> None:
    assert set(WORDS) == set(RefusalCause)


# --- the page ------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """What a page is made of; markup that does not nest is an error."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(page.decode("utf-8"))
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("page", [summary_page(REPORT), report_page(REPORT, NOW)])
def test_a_page_fetches_nothing_runs_nothing_and_has_a_sound_structure(page: bytes) -> None:
    outline = Outline(page)
    assert {"script", "link", "img", "iframe", "form", "object"}.isdisjoint(outline.tags)
    assert not [name for name, _ in outline.attributes if name.startswith("on") or name == "src"]
    assert "href" not in dict(outline.attributes)
    assert {"main", "header", "footer", "h1"} <= set(outline.tags)
    assert outline.tags.count("h1") == 1
    assert ("lang", "en") in outline.attributes
    policy = next(value for _, value in outline.attributes if value and "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert b"unsafe" not in page
    assert b"http://" not in page
    assert b"https://" not in page


def test_a_summary_says_that_it_proves_nothing_and_a_report_when_it_was_made() -> None:
    assert b"It proves nothing" in summary_page(REPORT)
    assert REPORT.trust.encode() not in summary_page(REPORT), "where somebody keeps their keys"
    assert b"the test&#39;s root key" in report_page(REPORT, NOW)
    page = report_page(REPORT, datetime(2035, 1, 2, 3, 4, tzinfo=UTC))
    assert b"It proves nothing" not in page
    assert b"2035-01-02 03:04 UTC" in page


def test_what_others_wrote_is_shown_as_text_and_steers_nothing() -> None:
    nasty = '<script>alert(1)</script>\u202e\x1b[31m" onload="x'
    one = replace(REPORT.statements[0], says=nasty, kind=nasty, signer=nasty, id=nasty)
    report = replace(REPORT, statements=(one,), claim=nasty, trust=nasty, notes=(nasty,))
    page = summary_page(report).decode("utf-8")
    assert "<script" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert 'onload="x' not in page
    assert "&lt;script&gt;" in page


def test_a_page_of_a_bundle_that_does_not_hold_names_each_cause() -> None:
    leaf = sorted(path for path in WHOLE if path.startswith("leaves/"))[0]
    report = verify_bundle(without(leaf), trust(), NOW)
    page = report_page(report, NOW).decode("utf-8")
    assert "NOT VERIFIED" in page
    assert "its log leaf is missing" in page
    assert re.search(r"<title>Not verified", page)


def test_the_page_in_a_bundle_is_listed_and_never_believed() -> None:
    honest = list_files({**WHOLE, SUMMARY: summary_page(REPORT)})
    assert verify_bundle(honest, trust(), NOW).verified
    changed = {**honest, SUMMARY: honest[SUMMARY] + b" "}
    assert not verify_bundle(changed, trust(), NOW).verified
    lying = list_files({**WHOLE, SUMMARY: b"<html>All is well.</html>"})
    assert verify_bundle(lying, trust(), NOW).to_json() == REPORT.to_json()


def test_the_verifier_writes_a_page_of_its_own(tmp_path: Path) -> None:
    path, page = tmp_path / "bundle.zip", tmp_path / "report.html"
    write_bundle({**WHOLE, SUMMARY: b"<html>A lie.</html>"}, path)
    arguments = ["verify", str(path), "--root-key", ROOT.public.hex(), "--page", str(page)]
    assert main.status(arguments) == 0
    assert "all 27 statements hold" in page.read_text()
    assert "A lie" not in page.read_text()


# --- persons -------------------------------------------------------------------------------------


def test_a_bundle_of_a_person_says_so_and_verifies_like_any_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rosa.zip"
    write_bundle(WHOLE, path, Scope.PERSON)
    assert main.status(["verify", "--json", str(path), "--root-key", ROOT.public.hex()]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["scope"] == "person"
    assert document["claim"].startswith("What one node holds of one person: 27 signed statements")
    complete = next(one for one in document["answers"] if one["question"] == "complete")
    assert "whether the node holds more of the person no bundle can show" in complete["words"]


def test_a_person_of_whom_only_records_are_held_needs_no_case() -> None:
    ids = [one.id for one in REPORT.statements if one.kind == "entitlement"]
    kept = {
        path: data
        for path, data in WHOLE.items()
        if path != MANIFEST
        and (path.partition("/")[0] in {"directory", "policy"} or any(i in path for i in ids))
    }
    assert verify_bundle(list_files(kept, Scope.PERSON), trust(), NOW).verified
    as_case = verify_bundle(list_files(kept), trust(), NOW)
    assert [fault.cause for fault in as_case.faults] == [
        "the bundle holds no request, so there is no case"
    ]
