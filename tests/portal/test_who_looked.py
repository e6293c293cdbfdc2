"""Receipts as a page shows them: refusals, missing signatures, and who may look for a time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from agents.migrant.own_receipts import Opening, SeenReceipt
from agents.migrant.portal.app import create_app
from agents.migrant.portal.pages import Page
from agents.migrant.portal.routes import PAGES
from agents.migrant.portal.settings import Settings
from agents.migrant.portal.who_looked import Access, build_accesses, build_openings
from agents.migrant.portal.words import LABELS
from agents.migrant.words import describe_disclosure, describe_receipt
from agents.surroundings import Surroundings
from portability.consent.causes import RefusalCause
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.consent.scope import Party
from portability.core.discrepancy import DiscrepancyKind
from portability.core.periods import PeriodType
from portability.core.record_kinds import RecordKind
from portability.recognition.complaint import ComplaintAct, ComplaintTopic
from portability.recognition.holding import STEPS
from portability.recognition.record_objection import RecordGrounds
from portability.recognition.statements import Grounds, HistoryOutcome
from tests.portal.browser import Browser
from tests.portal.conftest import ORIGIN
from tests.unit.agents.rosa_case import RosasCase, receipt

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
INSS, CNAV = ("ES", "inss"), ("FR", "cnav")
NAMES = {INSS: "INSS", CNAV: "CNAV", ("ES", "ombudsperson"): "Ombudsperson"}


def access(number: int, **changes: object) -> Access:
    values: dict[str, object] = {
        "id": f"{number:064x}",
        "asked": NOW,
        "released": NOW,
        "requester": INSS,
        "provider": CNAV,
        "reason": "claim-old-age",
        "outcome": "released",
        "cause": "",
        "ground": "consent",
        "citation": "883/2004 Art 76(2)",
        "permission": "ab" * 32,
        "datatypes": ("contribution-period",),
        "fields": ("start_date",),
        "from_date": date(1980, 1, 1),
        "to_date": date(2025, 1, 1),
        "count": 3,
        "erase_by": date(2030, 1, 1),
        "confirmed": "confirmed",
    }
    return Access(**{**values, **changes})  # type: ignore[arg-type]


def shown(settings: Settings, outside: Surroundings, *accesses: Access) -> str:
    openings = build_openings(
        [
            Opening(
                holder=Party(jurisdiction="ES", institution="ombudsperson"),
                ground="complaint",
                citation="Ley 3/1981",
                since=NOW - timedelta(days=40),
                until=NOW - timedelta(days=10),
                uses=2,
            )
        ],
        NOW,
    )
    page = Page(
        path="/shown",
        show=lambda visit: visit.page(
            "who_looked.html.j2",
            accesses=accesses,
            openings=openings,
            count=len(accesses),
            missing=sum(one.confirmed == "missing" for one in accesses),
            names=NAMES,
        ),
        signed_in=False,
    )
    with Browser(app=create_app(settings, outside, pages=[*PAGES, page]), origin=ORIGIN) as browser:
        answer = browser.get("/shown")
        assert answer.status == 200
        main = answer.page.only("main")
        red = [one.text for one in main.all("strong", class_="state bad")]
        return main.text + " | red: " + ", ".join(red)


def test_a_missing_signature_is_red_and_counted(settings: Settings, outside: Surroundings) -> None:
    text = shown(settings, outside, access(1), access(2, confirmed="missing"))
    assert "1 receiver has not signed for what it got." in text
    assert "red: Missing. The receiver has not signed for it in time." in text


def test_a_refusal_says_why_and_is_red(settings: Settings, outside: Surroundings) -> None:
    refused = access(1, outcome="refused", cause="withdrawn", released=None, erase_by=None)
    text = shown(settings, outside, refused)
    assert "was refused – you had stopped your permission" in text
    assert text.endswith("red: was refused")


def test_a_refusal_is_told_in_words_on_a_terminal() -> None:
    content = replace(
        given(0),
        outcome=Outcome.REFUSED,
        cause=RefusalCause.WITHDRAWN,
        released_at=None,
        payload_digest=b"",
        erase_by=None,
    )
    assert describe_receipt(content).endswith("by FR/cnav: the person had withdrawn it")


def test_what_could_not_be_given_whole_is_told(settings: Settings, outside: Surroundings) -> None:
    told = "Some of your periods were not given, because they reach beyond what was allowed."
    assert told in shown(settings, outside, access(1, held_back=True))
    assert told not in shown(settings, outside, access(1))
    receipt = Page(
        path="/receipt",
        show=lambda visit: visit.page(
            "receipt.html.j2", access=access(1, held_back=True), code="", names=NAMES
        ),
        signed_in=False,
    )
    pages = [*PAGES, receipt]
    with Browser(app=create_app(settings, outside, pages=pages), origin=ORIGIN) as browser:
        assert told in browser.get("/receipt").page.only("main").text


def test_who_got_no_record_is_not_said_to_have_got_data() -> None:
    """A country that holds nothing, or may show nothing of what it corrects."""
    for count, outcome, words in (
        (0, Outcome.RELEASED, "got nothing"),
        (3, Outcome.PARTIAL, "part"),
    ):
        content = replace(given(count), outcome=outcome)
        seen = SeenReceipt(id=bytes(32), content=content, envelope=b"", confirmation="waiting")
        (found,) = build_accesses([seen], frozenset())
        assert words in LABELS["outcome"][found.outcome]
        assert (found.released is None) is (count == 0)
        assert ("given nothing" in describe_receipt(content)) is (count == 0)


def test_what_was_released_and_has_not_left_is_told_as_that(
    settings: Settings, outside: Surroundings
) -> None:
    content = replace(given(3), erase_by=date(2030, 1, 1), held_back=True)
    seen = SeenReceipt(id=bytes(32), content=content, envelope=b"", confirmation="stayed")
    (found,) = build_accesses([seen], frozenset())
    assert (found.count, found.released, found.erase_by) == (0, None, None)
    text = shown(settings, outside, found)
    assert "got nothing" in text
    assert "Nothing was given: the permission ended before your data had left." in text
    for absent in ("got your data", "Signed for", "May be kept until", "reach beyond"):
        assert absent not in text
    words = describe_disclosure(content, has_stayed=seen.has_stayed)
    assert words.endswith("; nothing of it has left, since the permission ended before")
    assert describe_disclosure(content, has_stayed=False) == describe_receipt(content)


def given(count: int) -> DisclosureReceipt:
    return receipt(
        RosasCase(),
        bytes(32),
        permission=b"",
        provider=Party(jurisdiction="FR", institution="cnav"),
        requester=Party(jurisdiction="ES", institution="inss"),
        digest=bytes(32),
        records=count,
    )


def test_every_code_that_can_come_has_words() -> None:
    codes = {
        "cause": RefusalCause,
        "outcome": Outcome,
        "datatype": RecordKind,
        "difference": DiscrepancyKind,
        "objection": Grounds,
        "record-objection": RecordGrounds,
        "topic": ComplaintTopic,
        "complaint-act": ComplaintAct,
        "history-outcome": HistoryOutcome,
    }
    for kind, values in codes.items():
        assert {str(one) for one in values} - set(LABELS[kind]) == set(), kind
    assert {one.label for one in PeriodType} == set(LABELS["period"])
    assert set(STEPS.values()) - set(LABELS["step"]) == set()


def test_whoever_may_look_for_a_time_is_named_with_the_law_and_the_end(
    settings: Settings, outside: Surroundings
) -> None:
    text = shown(settings, outside)
    for part in ("Ombudsperson (Spain) may look at everything", "This has ended.", "Ley 3/1981"):
        assert part in text
    assert "because you complained" in text
