"""Consents that come together are taken in together, and none of them can spoil another."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, event

from portability.consent.payload_types import CONSENT_TYPE
from portability.errors import (
    PortabilityError,
    PreconditionError,
    SignatureError,
    UnauthenticatedError,
)
from portability.ledger.envelope import statement_id
from portability.node.development.authority import DevelopmentAuthority
from portability.node.log.write import Write
from portability.node.persons.prepared import PREPARED_LIFETIME
from portability.store import access
from portability.store.engine import open_database
from portability.v1 import consent_pb2
from portability.v1 import consents_service_pb2 as pb
from portability.v1 import keys_service_pb2 as keys_pb
from portability.wire.envelope import envelope_to_pb
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY
from tests.integration.consent.home import Home, open_home
from tests.integration.consent.test_passkeys import asked, enrol, statements_of
from tests.integration.consent.test_rows_agree import check
from tests.vectors.authenticator import Authenticator
from tests.vectors.passkeys import Es256

pytestmark = pytest.mark.asyncio

Answer = pb.RecordConsentActResponse | PortabilityError


@dataclass(kw_only=True)
class Waiting:
    """A person with a phone, and the document of a consent that was prepared for them."""

    person: str
    phone: Authenticator
    session: str
    request: bytes
    document: bytes

    @property
    def id(self) -> bytes:
        return statement_id(CONSENT_TYPE, self.document)

    def act(self, phone: Authenticator | None = None, handle: bytes = b"") -> bytes:
        """What the portal hands in, signed by this phone or by another."""
        return pb.RecordConsentActRequest(
            envelope=envelope_to_pb((phone or self.phone).sign(CONSENT_TYPE, self.document)),
            user_handle=handle or self.phone.user_handle,
        ).SerializeToString()


async def waiting(home: Home, number: int) -> Waiting:
    person = await home.person(f"28/{number:08}-40")
    phone = Authenticator(holder=Es256(100 + number))
    await enrol(home, phone, person)
    request = await asked(home, person)
    session = (await home.sign_in_with(phone)).session
    prepared = await home.portal.ask(home.prepare(session, request))
    return Waiting(
        person=person,
        phone=phone,
        session=session,
        request=request,
        document=prepared.document,
    )


async def hand_in(home: Home, *acts: bytes) -> list[Answer]:
    """All at once, while the sequencer is busy, so that they share its next transaction."""
    has_begun, is_free = asyncio.Event(), asyncio.Event()

    async def busy(write: Write) -> None:
        del write
        has_begun.set()
        await is_free.wait()

    async def one(act: bytes) -> Answer:
        call = home.portal.consents.RecordConsentAct(pb.RecordConsentActRequest.FromString(act))
        try:
            return await home.portal.ask(call)
        except PortabilityError as error:
            return error

    before = home.checks
    blocking = asyncio.create_task(home.sequencer.run(busy))
    await has_begun.wait()
    calls = [asyncio.create_task(one(act)) for act in acts]
    async with asyncio.timeout(60):
        while home.checks < before + len(acts):  # noqa: ASYNC110  # many ends, not one event
            await asyncio.sleep(0.01)
    is_free.set()
    await blocking
    return list(await asyncio.gather(*calls))


def granted(answer: Answer) -> pb.RecordConsentActResponse:
    assert isinstance(answer, pb.RecordConsentActResponse), answer
    assert answer.state == consent_pb2.CONSENT_STATE_GRANTED
    return answer


async def test_consents_that_come_together_share_a_transaction_and_each_has_its_rows(
    home: Home,
) -> None:
    people = [await waiting(home, number) for number in range(3)]
    answers = await hand_in(home, *(one.act() for one in people))
    assert len({granted(answer).statement.checkpoint for answer in answers}) == 1
    for one in people:
        (own,) = await home.own_consents(one.session)
        assert own.consent == one.id
        assert len(await statements_of(home, one.person, "act-evidence")) == 1
        async with home.database.read() as connection:
            key = await access.find_credential(connection, one.phone.credential_id)
        assert key is not None
        assert (key.last_use_time, key.sign_count) == (home.clock(), one.phone.counter)
    assert await check(home) > 0


async def test_four_consents_that_come_together_cost_no_more_statements_than_two(
    home: Home,
) -> None:
    people = [await waiting(home, number) for number in range(6)]
    statements: list[str] = []

    def note(_: Connection, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        answers = await hand_in(home, *(one.act() for one in people[:2]))
        of_two = len(statements)
        answers += await hand_in(home, *(one.act() for one in people[2:]))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len([granted(answer) for answer in answers]) == len(people)
    assert 0 < len(statements) - of_two <= of_two  # the template was read for the first ones


async def test_a_bad_consent_among_good_ones_is_refused_alone_and_stays_unsigned(
    home: Home,
) -> None:
    people = [await waiting(home, number) for number in range(5)]
    good, forged, renamed, ended, last = people
    await home.inss.ask(
        home.inss.keys.RevokeKeys(
            keys_pb.RevokeKeysRequest(person=ended.person, reason=keys_pb.KEY_END_LOST)
        )
    )
    answers = await hand_in(
        home,
        good.act(),
        forged.act(phone=good.phone),
        renamed.act(handle=good.phone.user_handle),
        ended.act(),
        last.act(),
    )
    granted(answers[0])
    assert isinstance(answers[1], SignatureError)
    assert isinstance(answers[2], UnauthenticatedError)
    assert isinstance(answers[3], SignatureError)
    granted(answers[4])
    for one in (forged, renamed):
        assert await home.own_consents(one.session) == []
    # a refused act uses nothing up: the person can still sign the same document
    for answer in await hand_in(home, forged.act(), renamed.act()):
        granted(answer)
    assert await check(home) > 0


async def test_of_two_consents_on_one_request_that_come_together_one_is_given(home: Home) -> None:
    one = await waiting(home, 1)
    second = await home.portal.ask(home.prepare(one.session, one.request))
    other = Waiting(
        person=one.person,
        phone=one.phone,
        session=one.session,
        request=one.request,
        document=second.document,
    )
    answers = await hand_in(home, one.act(), other.act())
    assert sorted(type(answer).__name__ for answer in answers) == [
        PreconditionError.__name__,
        pb.RecordConsentActResponse.__name__,
    ]
    assert len(await home.own_consents(one.session)) == 1


async def test_a_consent_handed_in_twice_at_once_is_one_consent_with_one_answer(
    home: Home,
) -> None:
    one, other = await waiting(home, 1), await waiting(home, 2)
    answers = [granted(answer) for answer in await hand_in(home, one.act(), other.act(), one.act())]
    assert answers[0].statement.leaf_index == answers[2].statement.leaf_index
    assert len(await home.own_consents(one.session)) == 1


async def test_a_consent_on_a_request_that_was_refused_meanwhile_is_refused(home: Home) -> None:
    one, other = await waiting(home, 1), await waiting(home, 2)
    no = await home.portal.ask(
        home.prepare_act(one.session, pb.CONSENT_ACT_KIND_REFUSE, one.request)
    )
    await home.portal.ask(home.record_signed(one.phone, no.payload_type, no.document))
    answers = await hand_in(home, one.act(), other.act())
    assert isinstance(answers[0], PreconditionError)
    granted(answers[1])


async def test_a_document_past_its_minutes_is_refused_beside_one_that_is_not(home: Home) -> None:
    early = await waiting(home, 1)
    home.clock.advance(seconds=PREPARED_LIFETIME.total_seconds() - 60)
    late = await waiting(home, 2)
    home.clock.now += timedelta(seconds=60)
    answers = await hand_in(home, early.act(), late.act())
    assert isinstance(answers[0], PreconditionError)
    granted(answers[1])
    assert await home.own_consents(early.session) == []


async def test_what_was_forgotten_is_taken_in_all_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart, or at another process on the same database."""
    monkeypatch.setattr("portability.node.consents.grants.MAX_REMEMBERED", 0)
    one = await waiting(home, 1)
    shares = home.checks
    answer = await home.portal.ask(
        home.portal.consents.RecordConsentAct(pb.RecordConsentActRequest.FromString(one.act()))
    )
    granted(answer)
    assert home.checks == shares


async def test_nothing_is_remembered_of_what_was_taken_in_or_can_be_no_more(home: Home) -> None:
    taken, late = await waiting(home, 1), await waiting(home, 2)
    (first,) = await hand_in(home, taken.act())
    home.clock.now += PREPARED_LIFETIME
    await waiting(home, 3)
    checks = home.checks
    again = await home.portal.ask(
        home.portal.consents.RecordConsentAct(pb.RecordConsentActRequest.FromString(taken.act()))
    )
    assert again.statement.leaf_index == granted(first).statement.leaf_index
    refused = await home.portal.refused(
        home.portal.consents.RecordConsentAct(pb.RecordConsentActRequest.FromString(late.act()))
    )
    assert isinstance(refused, PreconditionError)
    assert home.checks == checks, "only what is remembered is checked before its transaction"


async def test_two_processes_on_one_database_take_a_consent_in_once(
    home: Home,
    database_url: str,
    randomness: Callable[[int], bytes],
    authority: DevelopmentAuthority,
) -> None:
    """Each with its own sequencer; the other one has not prepared any of the documents."""
    people = [await waiting(home, number) for number in range(4)]
    second = await open_database(
        database_url, wrapping_key=WRAPPING_KEY, index_key=INDEX_KEY, randomness=randomness
    )
    try:
        async with open_home(second, home.clock, randomness, authority) as other:
            there = [
                asyncio.create_task(
                    other.portal.ask(
                        other.portal.consents.RecordConsentAct(
                            pb.RecordConsentActRequest.FromString(one.act())
                        )
                    )
                )
                for one in people
            ]
            answers = await hand_in(home, *(one.act() for one in people))
            for one, here in zip(there, answers, strict=True):
                assert granted(await one).statement.leaf_index == granted(here).statement.leaf_index
    finally:
        await second.close()
    for one in people:
        assert len(await home.own_consents(one.session)) == 1
    assert await check(home) > 0
