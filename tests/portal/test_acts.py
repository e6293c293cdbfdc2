"""Enrolling, signing in, answering, stopping: each page with a real node behind it."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from agents.migrant.acts import list_consents
from agents.migrant.consent_text import check_consent_text, consent_text
from agents.migrant.person import Admitted
from agents.migrant.portal.languages import shipped_languages
from agents.migrant.portal.receipt_code import receipt_picture
from portability.errors import InvalidInputError, ProofError
from portability.v1 import envelope_pb2
from tests.portal.browser import Browser
from tests.portal.html import Element
from tests.portal.test_texts import PLAIN, Accented, texts_of
from tests.portal.world import World, open_world, sign

SVG = "{http://www.w3.org/2000/svg}"
COUNTRIES = re.compile("|".join(map(re.escape, shipped_languages()[0].locale.territories.values())))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("portal")) as opened:
        yield opened


@pytest.fixture
def visitor(world: World) -> Iterator[Browser]:
    with Browser(app=world.app(), origin=world.origin) as opened:
        yield opened


def test_a_person_enrols_allows_less_and_stops_it(world: World, visitor: Browser) -> None:
    person, key = world.enter(visitor)
    asked = world.ask(person)
    visitor.get("/requests")
    visitor.get(f"/requests/{asked.hex()}")
    assert "883/2004 Art 76" in visitor.shown.page.only("main").text
    visitor.get(f"/requests/{asked.hex()}/less")
    visitor.submit({"fields": ["scheme", "refunded"], "max_uses": "2", "from_date": "1990-01-01"})
    facts = visitor.shown.page.only("main").text
    assert "insurance scheme" not in facts
    assert "1 January 1990" in facts
    assert "2 times" in facts
    code = visitor.shown.page.only(id="check-code").text
    sign(visitor, key)
    assert visitor.shown.path.endswith("/receipt"), visitor.shown.page.text
    assert code in visitor.shown.page.only("main").text
    assert visitor.shown.page.only(f"{SVG}svg", class_="qr").all(f"{SVG}path")
    permission = visitor.shown.path.removesuffix("/receipt")
    visitor.get(permission)
    visitor.submit(action=f"{permission}/stop")
    sign(visitor, key)
    assert visitor.shown.path == permission
    assert "You stopped it" in visitor.shown.page.only("main").text
    listed = visitor.get("/permissions").page.only("main").text
    assert "You stopped it" in listed
    assert "Ends " not in listed, "it has ended"


def test_what_was_signed_can_be_checked_from_paper_without_a_network(
    world: World, visitor: Browser
) -> None:
    person, key = world.enter(visitor)
    visitor.get(f"/requests/{world.ask(person).hex()}")
    visitor.submit(action=f"{visitor.shown.path}/allow")
    sign(visitor, key)
    session = next(iter(visitor.app.state.sessions._persons.values()))
    (consent,) = list_consents(
        Admitted(home=world.home, token=session.who.token, person=session.who.person)
    )
    text = consent_text(consent.proven)
    assert "<path" in receipt_picture(text, "code")  # a code has room for it
    directory = world.home.directory
    printed = check_consent_text(f"{text[:900].lower()}\n{text[900:]}", directory)
    assert (printed.id, printed.document) == (consent.id, consent.document)
    assert printed.jurisdiction == "ES"
    more = envelope_pb2.ProvenStatement.FromString(consent.proven)
    more.envelope.payload = more.envelope.payload.replace(b'"max_uses": 5', b'"max_uses": 9')
    with pytest.raises(ProofError):
        check_consent_text(consent_text(more.SerializeToString()), directory)
    for broken in (
        text[:-8],
        text + "AAAA",
        text.replace("CONSENT", "RECEIPT"),
        "https://x.example",
    ):
        with pytest.raises(InvalidInputError):
            check_consent_text(broken, directory)


def test_a_code_made_here_stops_everything_also_for_whoever_is_not_signed_in(
    world: World, visitor: Browser
) -> None:
    person, key = world.enter(visitor)
    asked = f"/requests/{world.ask(person).hex()}"
    visitor.get(asked)
    visitor.submit(action=f"{asked}/allow")
    sign(visitor, key)
    permission = visitor.shown.path.removesuffix("/receipt")
    visitor.get("/permissions/code")
    code = visitor.submit(action="/permissions/code").page.only(id="stop-code").text
    assert code not in visitor.get("/permissions/code").page.text, "it is not shown again"
    visitor.submit(action="/sign-out")
    visitor.get("/stop")
    assert "We stopped 1 permission." in visitor.submit({"code": code.lower()}).page.text
    world.sign_in(visitor, key)
    assert "You stopped it" in visitor.get(permission).page.only("main").text


def test_a_permission_comes_in_the_terms_of_other_software(world: World, visitor: Browser) -> None:
    person, key = world.enter(visitor)
    asked = f"/requests/{world.ask(person).hex()}"
    visitor.get(asked)
    visitor.submit(action=f"{asked}/allow")
    sign(visitor, key)
    permission = visitor.shown.path.removesuffix("/receipt")
    for form, media, says in (
        ("dpv", "application/ld+json", b"dpv"),
        ("fhir", "application/fhir+json", b'"resourceType": "Consent"'),
        ("govstack", "application/json", b'"object_reference"'),
    ):
        answer = visitor.get(f"{permission}/as/{form}").response
        assert answer.headers["content-type"].startswith(media)
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert answer.headers["cache-control"] == "no-store"
        assert says in answer.content
    assert visitor.get(f"{permission}/as/pdf").status == 404


def test_a_text_that_no_code_has_room_for_gets_no_picture() -> None:
    assert receipt_picture("A" * 5_000, "code") == ""


@pytest.mark.parametrize("act", ["stop", "pause", "resume"])
def test_a_second_window_that_is_too_late_is_shown_how_it_stands(
    world: World, visitor: Browser, act: str
) -> None:
    person, key = world.enter(visitor)
    asked = f"/requests/{world.ask(person).hex()}"
    visitor.get(asked)
    visitor.submit(action=f"{asked}/allow")
    sign(visitor, key)
    permission = visitor.shown.path.removesuffix("/receipt")
    visitor.get(permission)
    visitor.submit(action=f"{permission}/stop")
    sign(visitor, key)
    told = visitor.get(f"{permission}/pause")
    assert (told.path, told.status) == (permission, 200)
    told = visitor.post(f"{permission}/{act}", dict(visitor.form("/sign-out").fields()))
    assert (told.path, told.status) == (permission, 200)
    assert "not possible any more" in told.page.only("main").text
    assert "You stopped it" in told.page.only("main").text


@pytest.mark.parametrize("answer", ["allow", "less", "refuse"])
def test_a_request_that_was_allowed_is_not_answered_again(
    world: World, visitor: Browser, answer: str
) -> None:
    person, key = world.enter(visitor)
    asked = f"/requests/{world.ask(person).hex()}"
    visitor.get(asked)
    visitor.submit(action=f"{asked}/allow")
    sign(visitor, key)
    visitor.get(asked)
    told = visitor.post(f"{asked}/{answer}", dict(visitor.form("/sign-out").fields()))
    assert (told.path, told.status) == (asked, 200)
    assert "not possible any more" in told.page.only("main").text
    assert visitor.get(f"{asked}/less").path == asked


def test_only_what_gets_a_receipt_is_said_to_have_one(world: World, visitor: Browser) -> None:
    person, key = world.enter(visitor)
    asked = f"/requests/{world.ask(person).hex()}"
    visitor.get(asked)
    assert "on your receipt too" not in visitor.submit(action=f"{asked}/refuse").page.text
    visitor.get(asked)
    assert "on your receipt too" in visitor.submit(action=f"{asked}/allow").page.text
    sign(visitor, key)
    permission = visitor.shown.path.removesuffix("/receipt")
    visitor.get(permission)
    assert "on your receipt too" not in visitor.submit(action=f"{permission}/stop").page.text


def test_nothing_is_ticked_and_every_answer_takes_the_same_effort(
    world: World, visitor: Browser
) -> None:
    person, _ = world.enter(visitor)
    asked = world.ask(person).hex()
    main = visitor.get(f"/requests/{asked}").page.only("main")
    answers = [one for one in main.all("button") if one.text in {"Allow this", "Say no"}]
    assert len(answers) == 2
    assert len({one.get("class") for one in answers}) == 1
    less = visitor.get(f"/requests/{asked}/less").page.only("main")
    boxes = less.all("input", type="checkbox")
    assert boxes
    assert not [one for one in boxes if one.has("checked")]


def test_what_does_not_fit_is_told_at_the_top_and_beside_the_field(
    world: World, visitor: Browser
) -> None:
    person, _ = world.enter(visitor)
    asked = world.ask(person).hex()
    visitor.get(f"/requests/{asked}/less")
    shown = visitor.submit(
        {
            "providers": ["FR/cnav", "ES/inss"],
            "max_uses": "6",
            "from_date": "2010-13-01",
            "until": "2001-01-01",
            "actions": ["VIEW"],
        }
    )
    assert shown.status == 422
    summary = shown.page.only(id="errors")
    for field in ("providers", "max_uses", "from_date", "until"):
        text = shown.page.only(id=f"{field}-error").text.removeprefix("Error: ")
        link = next(one for one in summary.all("a") if one.get("href") == f"#{field}")
        assert link.text == text
        assert shown.page.all(id=field)
    assert shown.page.only(id="actions").has("checked")
    assert shown.page.only(id="max_uses").get("value") == "6"


def test_leaving_everything_out_is_not_an_answer(world: World, visitor: Browser) -> None:
    person, _ = world.enter(visitor)
    asked = world.ask(person).hex()
    shown = visitor.get(f"/requests/{asked}/less")
    fields = [one.get("value") for one in shown.page.all("input", name="fields")]
    assert "That leaves nothing" in visitor.submit({"fields": fields}).page.text


def test_fewer_providers_and_an_earlier_end_are_in_the_document(
    world: World, visitor: Browser
) -> None:
    person, key = world.enter(visitor)
    visitor.get(f"/requests/{world.ask(person).hex()}/less")
    until = world.outside.now().date()
    visitor.submit({"providers": ["ES/inss"], "until": until.isoformat()})
    document = visitor.shown.page.only(id="document").text
    assert '"institution": "cnav"' in document
    assert document.count('"institution": "inss"') == 1  # who asks
    sign(visitor, key)
    assert visitor.shown.path.endswith("/receipt")


def test_where_nobody_is_asked_there_is_no_button(world: World, visitor: Browser) -> None:
    """A legal obligation is told; refusing would change nothing, so nothing can be refused."""
    person, _ = world.enter(visitor)
    asked = world.tell(person).hex()
    main = visitor.get(f"/requests/{asked}").page.only("main")
    assert "happens by law whether you agree or not" in main.text
    assert "You need not answer." in main.text
    assert "Waits for your answer" not in main.text
    assert not main.all("button")
    assert not main.all("form")


def test_a_node_that_is_gone_is_told_in_words(browser: Browser) -> None:
    """The portal of this fixture has nobody behind it."""
    shown = browser.get("/sign-in")
    assert shown.status == 503
    assert "Try again in a few minutes" in shown.page.text


def test_nobody_is_told_that_an_act_without_an_answer_changed_nothing(browser: Browser) -> None:
    """The node may have taken it in before it was gone."""
    browser.get("/stop")
    shown = browser.submit({"code": "DRGA-NBU7-7Z3Y-ULVO"})
    assert shown.status == 503
    assert "Nothing was changed" not in shown.page.text
    assert "We do not know whether your last step was taken." in shown.page.text


def test_no_text_of_these_pages_is_outside_of_the_catalogue(world: World) -> None:
    english = shipped_languages()[0]
    accented = replace(english, translations=Accented())
    with Browser(app=world.app((accented,)), origin=world.origin) as visitor:
        person = world.person()
        paths = ["/sign-in", "/enrol", "/help", "/"]
        left = {path: plain_texts(visitor.get(path).page) for path in paths}
        key = world.enrol(visitor, person)
        world.sign_in(visitor, key)
        asked = f"/requests/{world.ask(person).hex()}"
        for path in (
            "/requests", asked, f"{asked}/less", "/permissions", "/keys", "/keys/add", "/stop",
            "/confirm", "/permissions/code",
        ):  # fmt: skip
            left[path] = plain_texts(visitor.get(path).page)
        visitor.get(asked)
        visitor.submit(action=f"{asked}/allow")
        left["/sign"] = plain_texts(visitor.shown.page)
        sign(visitor, key)
        left["/receipt"] = plain_texts(visitor.shown.page)
        left["/permission"] = plain_texts(
            visitor.get(visitor.shown.path.removesuffix("/receipt")).page
        )
    assert {path: texts for path, texts in left.items() if texts} == {}


def plain_texts(page: Element) -> list[str]:
    """Texts in the letters of the source, other than the name that a language has for itself."""
    found = [" ".join(text.split()) for text in texts_of(page.only("body").node)]
    return [text for text in found if PLAIN.search(COUNTRIES.sub("", text))]
