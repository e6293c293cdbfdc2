"""What somebody hostile would try against the portal, and what comes of it."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agents.migrant.passkeys import begin_sign_in
from agents.migrant.portal.sessions import IDLE, Session, Sessions, SignedInAs
from agents.migrant.portal.signing import Act
from portability.ledger.encoding import encode_base64url
from tests.portal.authenticator import Authenticator
from tests.portal.browser import Browser
from tests.portal.world import World, new_holder, open_world, sign

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("portal")) as opened:
        yield opened


@pytest.fixture
def visitor(world: World) -> Iterator[Browser]:
    with Browser(app=world.app(), origin=world.origin) as opened:
        yield opened


@pytest.fixture
def other(world: World, visitor: Browser) -> Iterator[Browser]:
    """Another browser at the same portal."""
    with Browser(app=visitor.app, origin=world.origin) as opened:
        yield opened


def start_consent(world: World, browser: Browser, person: str) -> bytes:
    """Somebody is asked and comes to the page on which it is signed; the id of the document."""
    asked = world.ask(person)
    browser.get(f"/requests/{asked.hex()}")
    browser.submit(action=f"/requests/{asked.hex()}/allow")
    return bytes.fromhex(browser.shown.path.rpartition("/")[2])


def document_of(browser: Browser) -> bytes:
    shown = browser.shown
    document = browser.get(browser.form().get("data-document")).response.content
    browser.last = shown
    return document


def allows_nothing(browser: Browser) -> bool:
    return "You allow nothing at present." in browser.get("/permissions").page.text


# --- sessions ------------------------------------------------------------------------------------


def test_a_session_that_somebody_planted_is_not_the_one_after_signing_in(
    world: World, visitor: Browser, other: Browser
) -> None:
    person = world.person()
    key = world.enrol(visitor, person)
    planted = visitor.cookies["session"]
    world.sign_in(visitor, key)
    assert visitor.cookies["session"] != planted
    other.cookies.set("session", planted, domain="localhost")
    assert not other.get("/").page.all("form", action="/sign-out")


def test_a_name_of_a_session_that_is_not_ours_is_never_taken_over(
    world: World, visitor: Browser
) -> None:
    visitor.cookies.set("session", "chosen-by-somebody", domain="localhost")
    visitor.get("/enrol")
    names = [one.value for one in visitor.cookies.jar if one.name == "session"]
    assert names
    assert names[-1] != "chosen-by-somebody"


def test_after_signing_out_nothing_is_left_to_go_back_to(world: World, visitor: Browser) -> None:
    world.enter(visitor)
    kept = visitor.cookies["session"]
    assert visitor.get("/permissions").response.headers["cache-control"] == "no-store"
    visitor.submit(action="/sign-out")
    visitor.cookies.set("session", kept, domain="localhost")
    assert visitor.get("/permissions").path == "/sign-in"


def test_who_signs_in_after_another_person_finds_nothing_of_theirs() -> None:
    sessions = Sessions(now=lambda: NOW, randomness=secrets.token_bytes)
    stranger, name = sessions.start()
    stranger.values["wanted"] = "/history"
    who = [SignedInAs(person=one, token=one, expire_time=NOW + IDLE) for one in ("a", "b")]
    first, name = sessions.sign_in(name, who[0])
    assert first.values == {"wanted": "/history"}
    first.values["stop-code"] = "AAAA-BBBB-CCCC-DDDD"
    second, _ = sessions.sign_in(name, who[1])
    assert second.values == {}


def test_exit_this_page_signs_out_and_leaves_at_once(world: World, visitor: Browser) -> None:
    world.enter(visitor)
    shown = visitor.get("/exit")
    assert shown.status == 303
    assert shown.response.headers["location"] == "https://www.wikipedia.org/"
    assert visitor.get("/permissions").path == "/sign-in"


# --- forged forms --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost"},
        {"referer": "http://localhost.evil.example/", "origin": ""},
    ],
    ids=["another-site", "no-origin", "another-port", "a-name-that-begins-alike"],
)
def test_a_form_of_another_site_changes_nothing(
    world: World, visitor: Browser, headers: dict[str, str]
) -> None:
    world.enter(visitor)
    token = visitor.form("/sign-out").fields()["form_token"]
    shown = visitor.post("/sign-out", {"form_token": token}, headers=headers)
    assert shown.status == 403
    assert visitor.get("/permissions").path == "/permissions"


def test_a_form_without_the_token_of_this_very_session_changes_nothing(
    world: World, visitor: Browser, other: Browser
) -> None:
    world.enter(visitor)
    other.get("/enrol")
    foreign = other.form("/enrol").fields()["form_token"]
    for fields in ({}, {"form_token": ""}, {"form_token": foreign}):
        assert visitor.post("/sign-out", fields).status == 403
    assert visitor.get("/permissions").path == "/permissions"


@pytest.mark.parametrize("body", [b"a" * 70_000, b"\xff=1", b"a=%ff", b"&".join([b"a=1"] * 500)])
def test_a_form_that_no_page_sends_is_refused(visitor: Browser, body: bytes) -> None:
    headers = {"origin": visitor.origin, "content-type": "application/x-www-form-urlencoded"}
    assert visitor.send("POST", "/enrol", follow=True, headers=headers, body=body).status == 403


# --- frames, headers, cookies --------------------------------------------------------------------


def test_no_page_can_be_framed_or_run_what_is_not_ours(world: World, visitor: Browser) -> None:
    world.enter(visitor)
    for path in ("/", "/requests", "/keys/add", "/sign-in", "/nothing"):
        headers = visitor.get(path).response.headers
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "publickey-credentials-get=(self)" in headers["permissions-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert ("script-src 'self'" in policy) == (path == "/keys/add")
        assert "unsafe" not in policy
        assert "server" not in headers


def test_cookies_are_for_this_portal_alone(browser: Browser) -> None:
    """Over TLS, with a name that only this host can set; never readable by script."""
    response = browser.get("/enrol").response
    assert "strict-transport-security" in response.headers
    [cookie] = response.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-session=")
    for flag in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    chosen = browser.get("/?language=ar", follow=False).response.headers["set-cookie"]
    assert chosen.startswith("__Host-language=ar;")
    assert "Secure" in chosen


def test_a_request_for_another_host_gets_no_page(visitor: Browser) -> None:
    shown = visitor.get("/", host="evil.example")
    assert shown.status == 421
    assert visitor.origin in shown.response.text


# --- redirects and templates ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example?language=ar",
        "/%2F%2Fevil.example?language=ar",
        "/\\evil.example?language=ar",
        "/?language=//evil.example",
        "/sign-in?next=https://evil.example",
    ],
)
def test_no_address_leads_away_from_the_portal(visitor: Browser, path: str) -> None:
    response = visitor.get(visitor.origin + path, follow=False).response
    assert response.headers.get("location", "/") == "/" or response.status_code == 404


def test_after_signing_in_a_person_goes_where_they_wanted_and_nowhere_else(
    world: World, visitor: Browser
) -> None:
    key = world.enrol(visitor, world.person())
    assert visitor.get("/permissions").path == "/sign-in"
    visitor.submit(key.answer(visitor.form()))
    assert visitor.shown.path == "/permissions"


def test_what_somebody_types_is_shown_as_text_and_never_run(visitor: Browser) -> None:
    attack = '{{ 7*7 }}{% include "x" %}<script>alert(1)</script>" autofocus x="'
    visitor.get("/enrol")
    shown = visitor.submit({"code": attack})
    assert shown.status == 422
    assert shown.page.only(id="code").get("value") == attack
    assert "49" not in shown.page.only("main").text
    assert not shown.page.all("script")


# --- who is enrolled -----------------------------------------------------------------------------


def test_codes_that_never_were_and_codes_that_are_used_get_the_same_answer(
    world: World, visitor: Browser
) -> None:
    used = world.code(world.person())
    key = Authenticator(origin=world.origin, holder=new_holder())
    visitor.get("/enrol")
    visitor.submit({"code": used})
    visitor.submit({"device": "own"})
    visitor.submit(key.make(visitor.form()))
    answers = []
    for code in (used, "AAAA-BBBB-CCCC-DDDD", "x"):
        visitor.get("/enrol")
        shown = visitor.submit({"code": code})
        answers.append((shown.status, shown.page.only(id="code-error").text))
    assert len(set(answers)) == 1


def test_keys_that_are_unknown_lost_or_wrong_get_the_same_answer(
    world: World, visitor: Browser
) -> None:
    """One text, and the same calls of the node: an assertion is judged by the node alone."""
    known = world.enrol(visitor, world.person())
    stranger = Authenticator(origin=world.origin, holder=new_holder())
    elsewhere = Authenticator(origin="https://evil.example", holder=known.holder)
    elsewhere.handle = known.handle
    unverified = Authenticator(origin=world.origin, holder=known.holder, flags=1)
    unverified.handle = known.handle
    answers = []
    for key in (stranger, elsewhere, unverified):
        visitor.get("/sign-in")
        shown = visitor.submit(key.answer(visitor.form()))
        answers.append((shown.status, shown.page.only(id="errors").text))
    assert len(set(answers)) == 1
    assert answers[0][0] == 422


# --- assertions ----------------------------------------------------------------------------------


def test_a_signature_for_signing_in_is_good_for_nothing_else_and_only_once(
    world: World, visitor: Browser
) -> None:
    key = world.enrol(visitor, world.person())
    visitor.get("/sign-in")
    form = visitor.form()
    answered = {**form.fields(), **key.answer(form)}
    visitor.post("/sign-in", answered)
    visitor.submit(action="/sign-out")
    visitor.get("/sign-in")
    again = {**answered, "form_token": visitor.form().fields()["form_token"]}
    assert visitor.post("/sign-in", again).page.all(id="errors")


def test_an_assertion_for_another_document_or_another_act_is_refused(
    world: World, visitor: Browser
) -> None:
    person, key = world.enter(visitor)
    start_consent(world, visitor, person)
    first, form = document_of(visitor), visitor.form()
    old = key.answer(form, first)
    asked = form.get("action")
    back = visitor.shown.page.all("a", class_="button")[-1].get("href")
    visitor.get(back)
    visitor.submit(action=f"{back}/refuse")
    assert visitor.shown.path != asked
    shown = visitor.submit(old)  # the grant's signature under the refusal
    assert "this key cannot sign it" in shown.page.only(id="errors").text
    visitor.get(back)
    visitor.submit(action=f"{back}/allow")
    shown = visitor.submit(old)  # and under another grant
    assert "this key cannot sign it" in shown.page.only(id="errors").text
    assert allows_nothing(visitor)


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"client": {"crossOrigin": True}},
        {"client": {"topOrigin": "https://evil.example"}},
        {"client": {"type": "webauthn.create"}},
        {"flags": 1},
    ],
    ids=["other-origin", "cross-origin", "in-a-frame", "other-type", "not-verified"],
)
def test_an_assertion_that_was_not_made_here_by_the_person_is_refused(
    world: World, visitor: Browser, lie: dict[str, object]
) -> None:
    person, key = world.enter(visitor)
    start_consent(world, visitor, person)
    liar = Authenticator(**{"origin": world.origin, "holder": key.holder, **lie})  # type: ignore[arg-type]
    liar.handle = key.handle
    sign(visitor, liar)
    assert "this key cannot sign it" in visitor.shown.page.only(id="errors").text
    assert allows_nothing(visitor)


def test_somebody_elses_key_signs_nothing(world: World, visitor: Browser, other: Browser) -> None:
    person, _ = world.enter(visitor)
    _, stranger = world.enter(other)
    start_consent(world, visitor, person)
    sign(visitor, stranger)
    assert "this key cannot sign it" in visitor.shown.page.only(id="errors").text
    assert allows_nothing(visitor)


def test_somebody_elses_request_permission_key_and_document_are_not_there(
    world: World, visitor: Browser, other: Browser
) -> None:
    person, key = world.enter(visitor)
    document = start_consent(world, visitor, person)
    asked = world.ask(person, first_year=1970)
    sign(visitor, key)
    permission = visitor.shown.path.removesuffix("/receipt")
    visitor.get("/keys")
    removal = next(
        one.get("href") for one in visitor.shown.page.all("a") if one.get("href").endswith("remove")
    )
    world.enter(other)
    unknown = other.get(f"/requests/{'0' * 64}")
    for path in (f"/requests/{asked.hex()}", permission, removal, f"/sign/{document.hex()}"):
        shown = other.get(path)
        if path.startswith("/sign/"):
            unknown = other.get(f"/sign/{'0' * 64}")
        assert (shown.status, shown.page.only("main").text) == (
            404,
            unknown.page.only("main").text,
        )


def test_whoever_was_signed_out_meanwhile_is_told_so_and_can_begin_again(
    world: World, visitor: Browser
) -> None:
    person, key = world.enter(visitor)
    document = start_consent(world, visitor, person)
    visitor.app.state.sessions._persons.clear()  # as after half an hour
    shown = visitor.get(f"/sign/{document.hex()}")
    assert shown.path == "/sign-in"
    assert "You were signed out after a time." in shown.page.only("main").text
    visitor.submit(key.answer(visitor.form()))
    assert visitor.shown.heading == "Nothing was signed"
    assert "You can begin again." in visitor.shown.page.only("main").text


def test_two_tabs_sign_what_each_of_them_shows(world: World, visitor: Browser) -> None:
    person, key = world.enter(visitor)
    start_consent(world, visitor, person)
    one = visitor.shown
    asked = visitor.shown.page.all("a", class_="button")[-1].get("href")
    visitor.get(f"{asked}/less")
    visitor.submit({"max_uses": "1"})
    two = visitor.shown
    assert one.path != two.path
    visitor.last = one
    sign(visitor, key)
    assert "5 times" in visitor.shown.page.only("main").text
    assert visitor.get(one.path).path.endswith("/receipt")
    visitor.last = two
    sign(visitor, key)
    assert visitor.shown.status == 409
    assert "Nothing was signed" in visitor.shown.heading


# --- a hostile portal ----------------------------------------------------------------------------


def test_a_portal_that_hands_in_an_altered_document_is_caught_by_the_node(
    world: World, visitor: Browser
) -> None:
    """The person signed what was shown; what is handed in differs by one number."""
    person, key = world.enter(visitor)
    start_consent(world, visitor, person)
    signed = key.answer(visitor.form(), document_of(visitor))
    session = next(iter(visitor_sessions(visitor)))
    acts = session.values["acts"]
    assert isinstance(acts, dict)
    name, act = next(iter(acts.items()))
    altered = act.prepared.document.replace(b'"max_uses": 5', b'"max_uses": 9')
    assert altered != act.prepared.document
    acts[name] = replace_document(act, altered)
    shown = visitor.submit(signed)
    assert shown.status == 409
    assert allows_nothing(visitor)


def test_a_challenge_that_the_portal_made_up_signs_nobody_in(
    world: World, visitor: Browser
) -> None:
    key = world.enrol(visitor, world.person())
    visitor.get("/sign-in")
    own = begin_sign_in(world.home)
    key.signs = bytes(32)
    shown = visitor.submit({**key.answer(visitor.form()), "challenge": encode_base64url(own)})
    assert shown.page.all(id="errors")


def visitor_sessions(browser: Browser) -> list[Session]:
    """The sessions of signed-in persons, as a dishonest operator of the portal has them."""
    sessions: Sessions = browser.app.state.sessions
    return list(sessions._persons.values())


def replace_document(act: Act, document: bytes) -> Act:
    return replace(act, prepared=replace(act.prepared, document=document))
