"""The reading pages over a real history: what a person sees of records, receipts and claims."""

import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest

from agents.migrant.commands_claims import tell_claims
from agents.migrant.own_claims import SeenClaim, fetch_cases, read_claims
from agents.migrant.own_receipts import list_receipts
from agents.migrant.own_record_objections import hand_in_record_objection
from agents.migrant.portal import claims_pages
from agents.migrant.portal.claims import ClaimView, build_claims
from agents.migrant.portal.claims_pages import load_claims
from agents.migrant.portal.languages import shipped_languages
from agents.migrant.portal.settings import Settings
from agents.migrant.portal.visit import Visit
from agents.migrant.receipt_text import check_receipt_text, receipt_text
from agents.printing import Printer
from portability.consent.signature import SoftwareSigner
from portability.errors import InvalidInputError, SignatureError
from portability.ledger.envelope import sign_envelope, statement_id
from portability.ledger.keys import Signer
from portability.node.cases.giving_up import close_given_up
from portability.node.cases.loading import load_case
from portability.node.cases.writing import Heard, Sending
from portability.node.log.write import Write
from portability.recognition.claim_withdrawal import (
    CLAIM_WITHDRAWAL_TYPE,
    claim_withdrawal,
    write_claim_withdrawal,
)
from portability.recognition.objection_document import OBJECTION_TYPE
from portability.recognition.record_objection import RECORD_OBJECTION_TYPE
from portability.recognition.statements import Determination
from portability.v1 import objections_service_pb2
from portability.wire.envelope import envelope_to_pb
from tests.conftest import FixedClock
from tests.integration.recognition.world import FEDERATION, Node
from tests.portal.browser import Browser
from tests.portal.conftest import HELP_DESK, ORIGIN
from tests.portal.reading import SIGN_IN, Story, claim_again, open_portal, open_story
from tests.unit.consent.world import MALLORY, ROSA

SVG = "{http://www.w3.org/2000/svg}"
PATHS = (
    "/history",
    "/who-looked",
    "/claims",
    "/complaints",
    "/complaints/new",
    "/complaints/follow",
    "/my-data",
)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    randomness = random.Random(20260302).randbytes  # noqa: S311  # seeded on purpose
    with open_story(tmp_path_factory.mktemp("story"), FixedClock(), randomness) as told:
        yield told


@pytest.fixture
def rosa(story: Story) -> Iterator[Browser]:
    settings = Settings(
        origin=ORIGIN, home=lambda: story.home, languages=shipped_languages(), help_desk=HELP_DESK
    )
    with Browser(app=open_portal(story, settings), origin=ORIGIN) as opened:
        opened.get(SIGN_IN)
        yield opened


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_sees_nothing_of_it(rosa: Browser, path: str) -> None:
    if path == "/complaints/follow":
        return
    rosa.cookies.clear()
    shown = rosa.get(path)
    assert "Institution" not in shown.page.only("main").text


def test_the_history_has_both_countries_their_gap_and_their_overlap(rosa: Browser) -> None:
    main = rosa.get("/history").page.only("main")
    picture = main.only(f"{SVG}svg")
    assert [len(picture.all(f"{SVG}rect", class_=kind)) for kind in ("bar", "gap", "overlap")] == [
        3,
        1,
        1,
    ]
    rows = [[cell.text for cell in row.all("td")] for row in main.only("tbody").all("tr")]
    assert [row[3] for row in rows] == [
        "Institution cnav (France)",
        "Institution inss (Spain)",
        "Institution cnav (France)",
    ]
    assert "(365 days)" in main.text
    assert "Two records speak of the same days." in main.text


def test_this_is_wrong_goes_signed_to_the_institution_and_shows_its_progress(
    rosa: Browser, story: Story
) -> None:
    """Abroad too: the institution there has to answer, and not one at home for it."""
    table = rosa.get("/history").page.only("tbody")
    rosa.get(table.all("a")[0].get("href"))
    wrong = rosa.shown.page.only("a", class_="button").get("href")
    rosa.get(wrong)
    nothing = rosa.submit({"text": ""})
    assert nothing.status == 422
    links = [one.get("href") for one in nothing.page.only("div", id="errors").all("a")]
    assert links == ["#grounds", "#text"]
    rosa.submit({"grounds": "dates", "text": "I worked there from March, not from January."})
    assert rosa.shown.heading == "Sign what is wrong"
    assert "I worked there from March" in rosa.shown.page.only("blockquote").text
    document = (rosa.shown.page.only("div", id="document").node.text or "").encode()
    assert wrong.split("/")[2].encode() in document
    seen = hand_in_record_objection(
        story.me,
        SoftwareSigner(signer=ROSA).sign(RECORD_OBJECTION_TYPE, document),
    )
    story.loop.run(story.federation.settle())
    story.federation.clock.advance(minutes=2)  # what was read is kept for one
    main = rosa.get(f"/complaints/{seen.id}").page.only("main").text
    for part in (
        "Institution cnav (France)",
        "The other country has signed for it.",
        "30 days are left",
        "You signed it.",
    ):
        assert part in main
    assert "I worked there from March" in rosa.shown.page.only("blockquote").text


def test_whoever_would_rather_write_says_it_once(rosa: Browser) -> None:
    table = rosa.get("/history").page.only("tbody")
    rosa.get(f"{table.all('a')[1].get('href')}/wrong")
    links = [one.get("href") for one in rosa.shown.page.only("main").all("a")]
    (write,) = [one for one in links if one.startswith("/complaints/new")]
    assert "against=ES/inss" in write
    rosa.get(write)
    assert rosa.form().fields()["topic"] == ["record"]
    nothing = rosa.submit({"text": ""})
    assert nothing.status == 422
    assert nothing.page.only("div", id="errors").all("a")[0].get("href") == "#text"
    rosa.submit({"text": "I worked there from March, not from January."})
    assert "We have sent it." in rosa.shown.page.only("main").text
    assert "30 days are left" in rosa.shown.page.only("main").text


def test_a_form_sent_twice_files_one_complaint(rosa: Browser) -> None:
    before = len(rosa.get("/complaints").page.all("article"))
    rosa.get("/complaints/new?topic=delay&against=FR/cnav")
    fields = {**rosa.form().fields(), "text": "Two years already."}
    sent = {name: value if isinstance(value, str) else value[0] for name, value in fields.items()}
    first = rosa.post("/complaints/new", sent).path
    assert rosa.post("/complaints/new", sent).path == first
    assert len(rosa.get("/complaints").page.all("article")) == before + 1
    number = first.rpartition("/")[2]
    rosa.cookies.clear()  # somebody without a key, with the paper in hand
    rosa.get("/complaints/follow")
    followed = rosa.submit({"number": number[:16] + " " + number[16:].upper()})
    assert "You complained or asked" in followed.page.only("main").text
    assert "Two years" not in followed.response.text
    rosa.submit({"number": "0" * 32})
    assert rosa.shown.status == 422


def test_who_looked_says_when_who_what_why_and_until_when(rosa: Browser) -> None:
    cards = rosa.get("/who-looked").page.only("main").all("article")
    assert len(cards) == 2
    given = next(one.text for one in cards if "You allowed it." in one.text)
    for part in (
        "got your data",
        "Institution cnav (France)",
        "old-age pension",
        "2030",
        "Stop this",
    ):
        assert part in given
    by_law = next(one.text for one in cards if "A law allows it." in one.text)
    assert "Stop this" not in by_law


def test_a_printed_receipt_can_be_checked_without_a_network(rosa: Browser, story: Story) -> None:
    link = rosa.get("/who-looked").page.all("ul", class_="links")[0].all("a")[0].get("href")
    page = rosa.get(link).page
    assert page.only(f"{SVG}svg", class_="qr").all(f"{SVG}path")
    receipt = bytes.fromhex(link.rpartition("/")[2])
    me = story.me
    (seen,) = [one for one in list_receipts(me) if one.id == receipt]
    text = receipt_text(seen.envelope)
    said = check_receipt_text(text, FEDERATION)
    assert str(said.requester) in {"ES/inss", "FR/cnav"}
    middle = len(text) // 2  # of the payload; the hint of a key at the end is not signed
    other = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]
    with pytest.raises((SignatureError, InvalidInputError)):
        check_receipt_text(other, FEDERATION)
    with pytest.raises(InvalidInputError):
        check_receipt_text("https://example.org", FEDERATION)


def test_a_claim_shows_its_steps_its_clock_and_how_the_amount_comes_about(
    rosa: Browser, story: Story
) -> None:
    rosa.get("/claims")
    page = rosa.get(f"/claims/{story.case}").page.only("main")
    text = page.text
    for part in ("Every country has decided.", "€385.71", "€1,017.86", "108 of 336"):
        assert part in text
    assert "If you do not agree with a decision, say so below it." in text
    assert "It takes too long" not in text, "it is over"
    decisions = [one.text for one in page.all("article")]
    compared = ["By its own time and law" in one for one in decisions]
    assert sorted(compared) == [False, True]
    assert ["You get the higher of the two." in one for one in decisions] == compared
    assert "months: 108" in text, "right for any number, in every language"
    steps = [one.text for one in page.only("ol", class_="steps").all("li")]
    assert "asked for your history" in steps[0]
    assert steps[-1].endswith("Spain closed the claim")
    assert rosa.get(f"/claims/{'0' * 32}").status == 404


def test_a_decision_that_was_replaced_comes_after_those_that_count(story: Story) -> None:
    claim = seen(story, story.case)
    first = next(one for one in claim.statements if isinstance(one.content, Determination))
    anew = replace(first, id=bytes(32), content=replace(first.content, supersedes=first.id))
    (view,) = build_claims([replace(claim, statements=(*claim.statements, anew))])
    assert [one.replaced for one in view.decisions] == [False, False, True]
    assert view.decisions[-1].id == first.id.hex()


def test_a_decision_on_what_was_corrected_since_says_that_another_one_comes(
    rosa: Browser, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settled,) = build_claims([seen(story, story.case)])
    inss, cnav = (one.by for one in settled.decisions)
    reopened = replace(settled, state="agreed", awaiting=(inss,))
    monkeypatch.setattr(claims_pages, "load_claims", lambda _: (reopened,))
    articles = rosa.get(f"/claims/{story.case}").page.only("main").all("article")
    said = "Something that it rests on has changed. The institution has to decide again."
    assert [said in one.text for one in articles] == [True, False], (inss, cnav)


def test_a_claim_without_a_step_says_so(
    rosa: Browser, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_done(visit: Visit) -> tuple[ClaimView, ...]:
        return tuple(replace(one, steps=()) for one in load_claims(visit))

    monkeypatch.setattr(claims_pages, "load_claims", nothing_done)
    main = rosa.get(f"/claims/{story.case}").page.only("main")
    assert "No institution has taken a step yet." in main.text
    assert not main.all("ol", class_="steps"), "no empty list under a heading"


def test_a_decision_is_contested_under_the_persons_own_signature(
    rosa: Browser, story: Story
) -> None:
    page = rosa.get(f"/claims/{story.case}").page.only("main")
    link = next(one.get("href") for one in page.all("a") if "/objection/" in one.get("href"))
    rosa.get(link)
    assert rosa.submit({}).status == 422
    rosa.submit({"grounds": "missing-periods"})
    assert rosa.shown.heading == "Sign your objection"
    document = rosa.shown.page.only("div", id="document").node.text or ""
    assert link.rpartition("/")[2] in document
    signed = SoftwareSigner(signer=ROSA).sign(OBJECTION_TYPE, document.encode())
    story.loop.run(
        story.federation.spain.objections.RecordObjection(
            objections_service_pb2.RecordObjectionRequest(envelope=envelope_to_pb(signed)),
            story.federation.spain.portal,
        )
    )
    story.loop.run(story.federation.settle())
    story.federation.clock.advance(minutes=2)  # what was read is kept for one
    text = rosa.get(f"/claims/{story.case}").page.only("main").text
    assert "You object to it. The institution has to decide again." in text
    again = rosa.get(link)
    assert (again.path, again.status) == (f"/claims/{story.case}", 200), "it is contested already"
    assert rosa.get(link.replace(story.case, "0" * 32)).status == 404


def test_everything_can_be_taken_away_in_one_file(rosa: Browser) -> None:
    rosa.get("/my-data")
    answer = rosa.submit(action="/my-data/archive").response
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.zip"'
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert sum(name.startswith("my-data/statements/") for name in names) > 10


def test_asking_to_be_erased_needs_a_reason_and_a_tick(rosa: Browser) -> None:
    rosa.get("/my-data")
    refused = rosa.submit({"ground": "objection"}, action="/my-data/erase")
    assert refused.status == 422
    assert refused.page.only("div", id="errors").all("a")[0].get("href") == "#sure"
    rosa.submit({"ground": "objection", "sure": "yes"}, action="/my-data/erase")
    main = rosa.shown.page.only("main")
    assert "Asked for. An institution has to decide." in main.text
    assert "If you hear nothing for a month" in main.text
    number = main.only(id="erasure-number").text
    assert re.fullmatch(r"[0-9a-f]{4}( [0-9a-f]{4}){7}", number), "in groups, to be read out"
    rosa.cookies.clear()  # as somebody who is not signed in
    rosa.get("/my-data/follow")
    rosa.submit({"number": "0" * 32})
    assert "We know no request with this number." in rosa.shown.page.only("main").text
    rosa.submit({"number": number})
    told = rosa.shown.page.only("main").text
    assert "Asked for. An institution has to decide." in told, "without signing in, too"


def test_a_claim_is_given_up_under_the_persons_own_signature_and_nobody_has_decided(
    rosa: Browser, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    settled = rosa.get(f"/claims/{story.case}").page.only("main")
    assert not [one for one in settled.all("a") if one.get("href").endswith("/give-up")]
    assert rosa.get(f"/claims/{story.case}/give-up").path == f"/claims/{story.case}"
    assert rosa.get(f"/claims/{'0' * 32}/give-up").status == 404
    case = story.loop.run(claim_again(story.federation, story.rosa))
    story.federation.clock.advance(minutes=2)  # what was read is kept for one
    page = rosa.get(f"/claims/{case}").page.only("main")
    (link,) = [one.get("href") for one in page.all("a") if one.get("href").endswith("/give-up")]
    assert "allow the request that waits under Requests. Is none there? Call us." in page.text
    assert "/requests" in [one.get("href") for one in page.all("a")]
    assert "You cannot take this back." in rosa.get(link).page.only("main").text
    rosa.submit({}, action=link)
    assert rosa.shown.heading == "Sign that you give up this claim"
    document = rosa.shown.page.only("div", id="document").node.text or ""
    assert case in document
    signed = SoftwareSigner(signer=ROSA).sign(CLAIM_WITHDRAWAL_TYPE, document.encode())
    story.loop.run(
        story.federation.spain.objections.RecordClaimWithdrawal(
            objections_service_pb2.RecordClaimWithdrawalRequest(envelope=envelope_to_pb(signed)),
            story.federation.spain.portal,
        )
    )
    story.loop.run(story.federation.settle())
    story.federation.clock.advance(minutes=2)
    main = rosa.get(f"/claims/{case}").page.only("main")
    assert "You gave this claim up. No country decides on it any more." in main.text
    claim = seen(story, case)
    state, words = told(claim, capsys)
    assert (state, "complain" in words) == ("given up", False)
    other = replace(claim, name=f"cases/{story.case}")
    assert other.is_given_up_unsigned, "what the person signed is of another claim"
    for untrue in ("Every country has decided.", "Nobody has decided yet.", "I give up this claim"):
        assert untrue not in main.text
    steps = [one.text for one in main.only("ol", class_="steps").all("li")]
    assert any(one.endswith("Spain passed on that you give the claim up") for one in steps)
    assert "It takes too long" not in main.text
    again = rosa.get(link)
    assert (again.path, again.status) == (f"/claims/{case}", 200), "as whoever goes back sees it"
    assert "not possible any more" in again.page.only("main").text


def seen(story: Story, case: str) -> SeenClaim:
    """A claim as the command line reads it."""
    me = story.me
    return next(one for one in read_claims(me, fetch_cases(me)) if one.id == case)


def told(claim: SeenClaim, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """The state of a claim as the command line tells it to programs, and the words for people."""
    capsys.readouterr()  # what nodes logged so far
    tell_claims(Printer(as_json=True), [claim])
    (row,) = json.loads(capsys.readouterr().out)
    tell_claims(Printer(as_json=False), [claim])
    return row["state"], capsys.readouterr().out


async def close_unasked(node: Node, case: str, key: Signer | None = None) -> None:
    """
    Spain's node, which leads, says that the person gave the claim up, and nobody did.

    With a key it writes the person's document itself, and signs it with that.
    """

    async def work(write: Write) -> None:
        loaded = await load_case(
            write.connection, write.vault, own="ES", case_id=case, pending=write.statements
        )
        assert loaded is not None
        if key is not None:
            header = node.cases.writer.header(loaded.case_id, write.now, [])
            forged = claim_withdrawal(header, loaded.claim)
            document = write_claim_withdrawal(forged)
            envelope = sign_envelope(CLAIM_WITHDRAWAL_TYPE, document, key)
            heard = Heard(
                envelope=envelope,
                statement_id=statement_id(CLAIM_WITHDRAWAL_TYPE, document),
                key_id=ROSA.key_id,
                statement=forged,
                peer="",
            )
            loaded, _ = await node.cases.writer.take(write, loaded, heard, Sending(exhibits={}))
        await close_given_up(write, loaded, node.cases.writer, ())

    await node.sequencer.run(work)


@pytest.mark.parametrize("key", [None, MALLORY], ids=["no document", "one that she never signed"])
def test_nobody_is_told_to_have_given_up_what_only_its_lead_says_that_they_did(
    rosa: Browser, story: Story, capsys: pytest.CaptureFixture[str], key: Signer | None
) -> None:
    case = story.loop.run(claim_again(story.federation, story.rosa))
    story.loop.run(close_unasked(story.federation.spain, case, key))
    story.loop.run(story.federation.settle())
    story.federation.clock.advance(minutes=2)  # what was read is kept for one
    said = "A country closed this claim and says that you gave it up."
    assert said in rosa.get("/claims").page.only("main").text
    main = rosa.get(f"/claims/{case}").page.only("main")
    assert f"{said} Nothing here shows that you signed that. If you did not, complain." in main.text
    for untrue in ("You gave this claim up.", "Every country has decided.", "Nobody has decided"):
        assert untrue not in main.text
    links = {one.text: one.get("href") for one in main.all("a")}
    assert "I give up this claim" not in links
    assert rosa.get(links["I did not give up this claim"]).status == 200
    assert rosa.shown.heading == "Complain or ask"
    state, words = told(seen(story, case), capsys)
    assert state == "given up, unproven"
    assert f"cases/{case}: it was closed as given up, and nothing here shows that you" in words
