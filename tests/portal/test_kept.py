"""What is kept for a reader, for how long, and what makes it be read anew."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from agents.migrant.good_signatures import GoodSignatures
from agents.migrant.portal.app import create_app
from agents.migrant.portal.kept import _ANSWERS, KEEP, KeptAnswers, keep, read_ahead
from agents.migrant.portal.pages import Page
from agents.migrant.portal.routes import PAGES
from agents.migrant.portal.sessions import SignedInAs
from agents.migrant.portal.settings import Settings
from agents.migrant.portal.visit import Visit
from agents.surroundings import Surroundings
from portability.errors import PeerUnavailableError
from portability.ledger.keys import Ed25519Signer
from tests.portal.browser import Browser
from tests.portal.conftest import ORIGIN

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEY = ("token", "history")


def test_an_answer_is_kept_for_its_time_and_for_its_session() -> None:
    kept, read = KeptAnswers(), iter(range(9)).__next__
    assert [kept.get(KEY, NOW, read), kept.get(KEY, NOW + KEEP / 2, read)] == [0, 0]
    assert kept.get(("other", "history"), NOW, read) == 1
    assert kept.get(KEY, NOW + KEEP, read) == 2
    assert kept.get(KEY, NOW, read) == 3  # the clock was set back
    assert kept.get(("other", "history"), NOW, read) == 4
    kept.forget("token")
    assert kept.get(KEY, NOW, read) == 5
    assert kept.get(("other", "history"), NOW, read) == 4


def test_what_is_too_old_to_be_shown_is_let_go_of() -> None:
    kept = KeptAnswers()
    kept.put(("gone", "history"), "of somebody", NOW)
    kept.put(KEY, "of another", NOW + KEEP / 2)
    assert kept.find(("nobody", "history"), NOW + KEEP) is None
    assert list(kept._kept) == [KEY]


def test_nothing_too_old_is_shown_because_it_was_put_behind_something_younger() -> None:
    """Reading a history takes longer than reading a list, and was begun before it."""
    kept = KeptAnswers()
    kept.put(("other", "list"), "young", NOW + KEEP / 2)
    kept.put(KEY, "old", NOW)
    assert kept.find(KEY, NOW + KEEP) is None


def test_only_the_latest_are_kept() -> None:
    kept = KeptAnswers(most=2)
    for name in ("a", "b", "c"):
        kept.get((name, "x"), NOW, lambda: 1)
    assert kept.find(("a", "x"), NOW) is None
    assert kept.find(("c", "x"), NOW) is not None


def test_who_wants_what_is_being_read_waits_for_it_and_does_not_read_it_too() -> None:
    kept, begun, go_on, found = KeptAnswers(), threading.Event(), threading.Event(), []

    def slow() -> str:
        begun.set()
        assert go_on.wait(60)
        return "read once"

    threads = [threading.Thread(target=lambda: found.append(kept.get(KEY, NOW, slow)))]
    threads[0].start()
    assert begun.wait(60)
    threads.append(
        threading.Thread(target=lambda: found.append(kept.get(KEY, NOW, lambda: "read twice")))
    )
    threads[1].start()
    go_on.set()
    for one in threads:
        one.join(60)
    assert found == ["read once", "read once"]
    assert kept.get(KEY, NOW, lambda: "read twice") == "read once"


def test_what_was_read_before_something_was_done_is_not_kept_after_it() -> None:
    kept, begun, go_on, found = KeptAnswers(), threading.Event(), threading.Event(), []

    def slow() -> str:
        begun.set()
        assert go_on.wait(60)
        return "in force"

    reader = threading.Thread(target=lambda: found.append(kept.get(KEY, NOW, slow)))
    reader.start()
    assert begun.wait(60)
    kept.forget("token")  # it was stopped meanwhile
    assert kept.get(KEY, NOW, lambda: "stopped") == "stopped", (
        "and waits for no reading from before"
    )
    go_on.set()
    reader.join(60)
    assert found == ["in force"]
    assert kept.get(KEY, NOW, lambda: "read again") == "stopped"
    assert not kept._readings


def test_a_reading_that_fails_is_tried_again_and_not_kept() -> None:
    kept = KeptAnswers()

    def fail() -> str:
        raise PeerUnavailableError("the node is away")

    with pytest.raises(PeerUnavailableError):
        kept.get(KEY, NOW, fail)
    assert kept.get(KEY, NOW, lambda: "read") == "read"


def test_a_form_and_loading_anew_show_it_as_it_is(
    settings: Settings, outside: Surroundings
) -> None:
    read = iter(range(9)).__next__

    def enter(visit: Visit):  # type: ignore[no-untyped-def]
        who = SignedInAs(person="p", token="kept-test", expire_time=NOW + timedelta(days=9999))
        visit.sign_in(who)
        visit.later = lambda: read_ahead(visit, [count])
        return visit.go("/shown")

    def count(visit: Visit) -> int:
        return keep(visit, "counted", read)

    def show(visit: Visit):  # type: ignore[no-untyped-def]
        return visit.page("failure.html.j2", heading_text=str(count(visit)), text="")

    more = (
        Page(path="/enter", show=enter, signed_in=False),
        Page(path="/shown", show=show, take=lambda visit: visit.go("/shown")),
    )
    app = create_app(settings, outside, pages=(*PAGES, *more))
    with Browser(app=app, origin=ORIGIN) as browser:
        assert browser.get("/enter").heading == "0"  # read while the page before was looked at
        assert browser.get("/shown").heading == "0"
        assert browser.get("/shown", **{"cache-control": "max-age=0"}).heading == "1"
        assert browser.get("/shown").heading == "1"
        token = browser.form("/sign-out").fields()["form_token"]
        assert browser.post("/shown", {"form_token": token}).heading == "2"
        assert _ANSWERS.find(("kept-test", "counted"), outside.now()) is not None
        browser.get("/exit", follow=False)
        assert _ANSWERS.find(("kept-test", "counted"), outside.now()) is None


def test_a_good_signature_is_verified_once_and_a_bad_one_never_remembered() -> None:
    key, other = (Ed25519Signer(bytes([number]) * 32) for number in (1, 2))
    signed = key.sign(b"said")
    seen = GoodSignatures(most=2)
    assert seen.holds(key.public, b"said", signed)
    assert seen.holds(key.public, b"said", signed)
    for public, message, signature in (
        (other.public, b"said", signed),
        (key.public, b"not said", signed),
        (key.public, b"said", other.sign(b"said")),
        (key.public, b"said", b""),
    ):
        assert not seen.holds(public, message, signature)
        assert not seen.holds(public, message, signature)
    for number in range(3):
        assert seen.holds(key.public, bytes([number]), key.sign(bytes([number])))
    assert len(seen._seen) == 2
