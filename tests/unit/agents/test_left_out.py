"""
Every statement of a case in turn left out of the bundle of every party: nobody can hide one from
whoever reads that bundle, or is told by another's bundle.

The cases are of three countries, on real nodes in one process. What cannot be missed is named here,
with why.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import pytest

from agents.auditor.inquiring import inquire
from agents.auditor.inquiry import Inquiry
from agents.auditor.replay import case_ids, replay
from agents.auditor.sides import Side, side_of
from agents.auditor.steps import kind_under, of_kind_in
from agents.auditor.trust import TrustRoot
from agents.auditor.verification import Examined, examine_bundle
from agents.bundle_files import Scope, list_files, statement_ids
from portability.consent.document import Consent
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.consent.scope import Party
from portability.federation.identity import parse_identity
from portability.ledger.directory import DIRECTORY_TYPE, build_directory
from portability.ledger.envelope import sign_envelope
from portability.node.audit.bundle_parts import TrustFiles
from portability.node.audit.case_export import CaseExporter
from portability.recognition.case import CaseState
from portability.recognition.statements import HistoryOutcome, HistoryResponse
from portability.simulation.fate import Limits
from portability.simulation.nodes.run import NodeRun
from portability.simulation.permission import PERSON, directory
from portability.simulation.plan import signer_of

TRUST = TrustRoot(root_keys=(PERSON.public,), threshold=1, policy=None, words="the test's root key")
COUNTRIES = ("ES", "FR", "PL")
LEAD = COUNTRIES[0]
PATIENCE = 60

LAST: Final = "nothing that is said later names it: a bundle from just before it looks the same"
CAN_BE_MISSED: Final = {
    "acknowledgement": "it names whatever came in one delivery; without it nothing is denied",
    "closure": LAST,
    "summary": "it says what the decisions say, which are all here; nothing names it",
    "notice-answer": LAST,
    "reopening": "a party of an older version gets none; the bundle of the lead must have it",
    "disclosure-receipt": "of an answer that gave nothing: agencies get none of these",
    "history-response": "a refusal, which gave nothing; the next answer names the request anew",
    "consent": "one under which this party gave nothing, as its own receipt says",
    "consent-request": "that of such a consent",
}
"""What no bundle by itself shows to be left out, and why."""

BY_OTHERS: Final = ("closure", "summary", "notice-answer", "reopening", "history-response")
"""Of these the bundles of the others show that whoever leaves it out has it, or may have it."""

MANY: Final = ("acknowledgement", "entitlement")
"""Left out one by one in the first story alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A case in which more happens than must; ``first`` is a seed that shows it, as a hint."""

    happens: frozenset[str]
    said: frozenset[str]
    first: int


STORIES: Final = {
    "settled": Story(
        happens=frozenset(), said=frozenset({"determination", "summary", "closure"}), first=36
    ),
    "contested": Story(
        happens=frozenset({"objected"}), said=frozenset({"objection", "reopening"}), first=71
    ),
    "corrected": Story(
        happens=frozenset({"corrected", "found-a-record"}),
        said=frozenset({"correction", "notice-answer", "reopening"}),
        first=60,
    ),
    "withdrawn": Story(
        happens=frozenset({"withdrew"}),
        said=frozenset({"permission-end", "consent-withdrawal", "notice-answer"}),
        first=36,
    ),
}


class Exported(NodeRun):
    """Ends with the bundle of each party; its clock goes on by a second at each look."""

    def __init__(self, seed: int, limits: Limits) -> None:
        self.bundles: dict[str, dict[str, bytes]] = {}
        self.looked = 0
        super().__init__(seed, limits)

    def clock(self, code: str) -> datetime:
        self.looked += 1
        return super().clock(code) + timedelta(seconds=self.looked)

    def _check_end(self) -> None:
        super()._check_end()
        signed = sign_envelope(DIRECTORY_TYPE, build_directory(directory()), PERSON)
        for code, life in self.lives.items():
            prover = life.process.prover
            exporter = CaseExporter(
                database=life.process.database,
                prover=prover,
                trust=TrustFiles(
                    prover=prover,
                    directories=lambda: [signed],
                    node_key=signer_of(Party(jurisdiction=code)),
                ),
                jurisdiction=code,
            )
            caller = parse_identity(f"portability://{code}/auditor/court")
            export = exporter.export(self._public.case_id, caller, self.clock(code))
            self.bundles[code] = self._calmly(export)

    @property
    def case_id(self) -> str:
        return self._public.case_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What three parties exported of one case, and when."""

    case_id: str
    files: dict[str, dict[str, bytes]]
    at: datetime

    def examined(self, code: str, without: str = "") -> Examined:
        """A bundle as its verifier sees it, but for one statement (hex id)."""
        files = self.files[code]
        if without:
            files = {path: data for path, data in files.items() if without not in path}
        return examine_bundle(list_files(files, Scope.CASE), TRUST, self.at)

    def side(self, code: str, found: Examined | None = None) -> Side:
        return side_of(code, found or self.examined(code), self.case_id)

    def asked(self, code: str, found: Examined, *others: str) -> Inquiry:
        return inquire(self.case_id, [self.side(code, found), *map(self.side, others)])


@cache
def told(name: str) -> Case:
    """The first case of three countries that is closed, and in which all of that was said."""
    story = STORIES[name]
    for seed in range(story.first, story.first + PATIENCE):
        run = Exported(seed, Limits(kinds=story.happens, steps=80))
        if run.plan.claim.jurisdictions != COUNTRIES or run.to_the_end():
            continue
        at = max(run.clock(code) for code in COUNTRIES) + timedelta(days=1)
        case = Case(case_id=run.case_id, files=run.bundles, at=at)
        if all(look.view.state is CaseState.CLOSED for look in run.looks.values()):
            files = run.bundles[LEAD]
            kinds = {kind_under(one, files) for one in statement_ids(files)}
            if story.said <= kinds:
                return case
    raise AssertionError(f"no case is {name} in any of the schedules")


def is_noticed(case: Case, code: str, found: Examined) -> bool:
    """Whether verifying the bundle, replaying its case or asking what it disputes shows a fault."""
    if not found.report.verified:
        return True
    cases = case_ids(found.found)
    if not cases or not all(replay(found.found, one, {}).holds for one in cases):
        return True
    return not case.asked(code, found).clear


def unnoticed(case: Case, code: str, passing: Collection[str]) -> Iterator[tuple[str, str]]:
    """Kind and id of each statement that can be left out of a bundle, but for some kinds."""
    files = case.files[code]
    for one in sorted(statement_ids(files)):
        kind = kind_under(one, files)
        if kind not in passing and not is_noticed(case, code, case.examined(code, without=one)):
            yield kind, one


def gave_something(case: Case, code: str, one: str) -> bool:
    """Whether a party gave data in an answer or under a consent, or that a request led to."""
    found = case.examined(code).found.checked
    content = found[bytes.fromhex(one)].content
    if isinstance(content, HistoryResponse):
        return content.outcome is not HistoryOutcome.REFUSED
    if isinstance(content, DisclosureReceipt):
        return content.record_count > 0
    given = {
        receipt.permission
        for _, receipt in of_kind_in(found, DisclosureReceipt)
        if receipt.outcome is not Outcome.REFUSED
    }
    asked = {consent.request for each, consent in of_kind_in(found, Consent) if each.id in given}
    return bytes.fromhex(one) in given | asked


@pytest.mark.parametrize("name", STORIES)
def test_an_honest_case_holds_in_the_bundle_of_each_party_and_in_all_of_them(name: str) -> None:
    case = told(name)
    for code in COUNTRIES:
        found = case.examined(code)
        assert found.report.verified, (code, found.report.causes)
        assert not is_noticed(case, code, found)
    told_together = case.asked("ES", case.examined("ES"), "FR", "PL")
    assert told_together.clear, told_together.findings


@pytest.mark.parametrize("code", COUNTRIES)
@pytest.mark.parametrize("name", STORIES)
def test_no_party_can_leave_a_statement_out_of_its_bundle_unnoticed(name: str, code: str) -> None:
    case = told(name)
    others = [one for one in COUNTRIES if one != code]
    for kind, one in unnoticed(case, code, MANY if name != "settled" else ()):
        assert kind in CAN_BE_MISSED, f"the {kind} {one[:16]} can be left out of {code}'s bundle"
        assert (kind, code) != ("reopening", LEAD)
        if kind in {"disclosure-receipt", "history-response", "consent", "consent-request"}:
            assert not gave_something(case, code, one)
        if kind in BY_OTHERS:
            found = case.examined(code, without=one)
            letters = [each for each in case.asked(code, found, *others).letters if each.id == one]
            lacking = {party for each in letters for party in (*each.left_out, *each.too_early)}
            assert lacking == {code}, f"the bundles of {others} hide that {code} has the {kind}"


def test_what_a_peer_has_signed_for_the_lead_cannot_say_to_have_said_later() -> None:
    """A closure is the last statement; but each other party has signed for having got it."""
    case = told("settled")
    files = case.files["ES"]
    closures = [one for one in statement_ids(files) if kind_under(one, files) == "closure"]
    for one in closures:
        found = case.asked("ES", case.examined("ES", without=one), "FR", "PL")
        assert [each.against for each in found.findings] == ["ES"]
        assert "its own bundle leaves out the closure" in found.findings[0].words
