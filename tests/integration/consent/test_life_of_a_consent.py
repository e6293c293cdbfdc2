"""What a person can do with a request and a consent besides signing it as it is."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portability.consent.consent_reader import read_consent
from portability.consent.payload_types import (
    CONSENT_TYPE,
    PAUSE_TYPE,
    REFUSAL_TYPE,
    RESUME_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.scope import Party
from portability.core.periods import Branch
from portability.errors import (
    InvalidInputError,
    NotFoundError,
    PreconditionError,
)
from portability.ledger.envelope import sign_envelope, statement_id
from portability.v1 import consent_pb2 as states
from portability.v1 import consents_service_pb2 as pb
from portability.v1 import statement_pb2
from portability.wire.strict import timestamp
from tests.integration.consent.home import Enrolled, Home, ask_rosa, consent_of, enrol_rosa
from tests.unit.consent.world import INSS, MALLORY, TEMPLATE_BYTES, grant

pytestmark = pytest.mark.asyncio

CNAV = Party(jurisdiction="FR", institution="cnav")


async def act(
    home: Home, rosa: Enrolled, kind: pb.ConsentActKind, subject: bytes, **more: object
) -> pb.RecordConsentActResponse:
    """Prepared and signed with the software key."""
    prepared = await home.portal.ask(home.prepare_act(rosa.session, kind, subject, **more))
    return await home.portal.ask(home.record(prepared.document, prepared.payload_type))


async def test_a_pause_stops_use_ends_by_itself_or_before_and_comes_as_its_own_document(
    home: Home, rosa: Enrolled
) -> None:
    consent, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    until = home.clock() + timedelta(days=7)
    done = await act(home, rosa, pb.CONSENT_ACT_KIND_PAUSE, consent, until=timestamp(until))
    assert done.state == states.CONSENT_STATE_PAUSED
    assert done.statement.envelope.payload_type == PAUSE_TYPE
    (own,) = await home.own_consents(rosa.session)
    assert own.resume_time == timestamp(until)
    told = await home.inss.ask(home.state(consent=consent))
    assert told.state == states.CONSENT_STATE_PAUSED

    done = await act(home, rosa, pb.CONSENT_ACT_KIND_RESUME, consent)
    assert done.state == states.CONSENT_STATE_GRANTED
    assert done.statement.envelope.payload_type == RESUME_TYPE

    until = home.clock.advance(minutes=1) + timedelta(minutes=5)
    await act(home, rosa, pb.CONSENT_ACT_KIND_PAUSE, consent, until=timestamp(until))
    home.clock.advance(minutes=5)
    (own,) = await home.own_consents(rosa.session)
    assert own.state == states.CONSENT_STATE_GRANTED
    assert [change.state for change in own.changes] == [
        states.CONSENT_STATE_REQUESTED,
        states.CONSENT_STATE_GRANTED,
        states.CONSENT_STATE_PAUSED,
        states.CONSENT_STATE_GRANTED,
        states.CONSENT_STATE_PAUSED,
        states.CONSENT_STATE_GRANTED,
    ]
    assert len(own.acts) == 3


async def test_a_paused_consent_can_be_withdrawn_and_an_end_is_an_end(
    home: Home, rosa: Enrolled
) -> None:
    consent, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    until = timestamp(home.clock() + timedelta(days=7))
    await act(home, rosa, pb.CONSENT_ACT_KIND_PAUSE, consent, until=until)
    done = await act(home, rosa, pb.CONSENT_ACT_KIND_WITHDRAW, consent)
    assert done.state == states.CONSENT_STATE_WITHDRAWN
    assert done.statement.envelope.payload_type == WITHDRAWAL_TYPE
    for kind, more in (
        (pb.CONSENT_ACT_KIND_RESUME, {}),
        (pb.CONSENT_ACT_KIND_PAUSE, {"until": until}),
        (pb.CONSENT_ACT_KIND_WITHDRAW, {}),
    ):
        refused = await home.portal.refused(home.prepare_act(rosa.session, kind, consent, **more))
        assert isinstance(refused, PreconditionError)
        assert "withdrawn" in refused.message


async def test_a_clock_that_is_set_back_undoes_no_act_and_no_grant(
    home: Home, rosa: Enrolled
) -> None:
    consent, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    home.clock.advance(hours=-5)
    told = await home.inss.ask(home.state(consent=consent))
    assert told.state == states.CONSENT_STATE_GRANTED
    home.clock.advance(hours=5)
    await act(home, rosa, pb.CONSENT_ACT_KIND_WITHDRAW, consent)
    home.clock.advance(hours=-5)
    told = await home.inss.ask(home.state(consent=consent))
    assert told.state == states.CONSENT_STATE_WITHDRAWN


async def test_an_act_needs_a_kind_and_a_pause_its_end(home: Home, rosa: Enrolled) -> None:
    consent, _ = await consent_of(home, rosa, await ask_rosa(home, rosa))
    for kind, more in (
        (pb.CONSENT_ACT_KIND_UNSPECIFIED, {}),
        (pb.CONSENT_ACT_KIND_PAUSE, {}),
        (pb.CONSENT_ACT_KIND_PAUSE, {"until": timestamp(home.clock())}),
        (pb.CONSENT_ACT_KIND_WITHDRAW, {"until": timestamp(home.clock())}),
    ):
        refused = await home.portal.refused(home.prepare_act(rosa.session, kind, consent, **more))
        assert isinstance(refused, InvalidInputError)


async def test_nobody_acts_on_what_is_somebody_elses(home: Home, rosa: Enrolled) -> None:
    asked = await ask_rosa(home, rosa)
    consent, _ = await consent_of(home, rosa, asked)
    other = await enrol_rosa(home, MALLORY, "28/87654321-11")
    for kind, subject in (
        (pb.CONSENT_ACT_KIND_WITHDRAW, consent),
        (pb.CONSENT_ACT_KIND_REFUSE, asked),
        (pb.CONSENT_ACT_KIND_WITHDRAW, bytes(32)),
    ):
        refused = await home.portal.refused(home.prepare_act(other.session, kind, subject))
        assert isinstance(refused, NotFoundError)


async def test_a_refusal_is_an_end_that_the_requester_cannot_tell_from_silence(
    home: Home, rosa: Enrolled
) -> None:
    asked = await ask_rosa(home, rosa)
    silent = (
        await home.inss.ask(home.ask_consent(home.request(rosa.reference, max_uses=2)))
    ).consent_request
    done = await act(home, rosa, pb.CONSENT_ACT_KIND_REFUSE, asked)
    assert done.state == states.CONSENT_STATE_REFUSED
    assert done.statement.envelope.payload_type == REFUSAL_TYPE
    again = await home.portal.ask(home.record(done.statement.envelope.payload, REFUSAL_TYPE))
    assert again.state == states.CONSENT_STATE_REFUSED

    for days in (0, 61):
        home.clock.advance(days=days)
        answers = [await home.inss.ask(home.state(consent_request=one)) for one in (asked, silent)]
        assert answers[0] == answers[1], "in every field and byte"
    home.clock.advance(days=-61)
    by_id = {one.consent_request: one.state for one in await home.pending(rosa.session)}
    assert by_id[asked] == states.CONSENT_STATE_REFUSED
    assert by_id[silent] == states.CONSENT_STATE_REQUESTED
    refused = await home.portal.refused(
        home.prepare_act(rosa.session, pb.CONSENT_ACT_KIND_REFUSE, asked)
    )
    assert isinstance(refused, PreconditionError)


async def test_a_consent_that_was_prepared_before_a_refusal_comes_too_late(
    home: Home, rosa: Enrolled
) -> None:
    asked = await ask_rosa(home, rosa)
    prepared = await home.portal.ask(home.prepare(rosa.session, asked))
    await act(home, rosa, pb.CONSENT_ACT_KIND_REFUSE, asked)
    refused = await home.portal.refused(home.record(prepared.document))
    assert isinstance(refused, PreconditionError)
    assert await home.own_consents(rosa.session) == []


async def test_the_person_allows_an_earlier_end_and_fewer_providers(
    home: Home, rosa: Enrolled
) -> None:
    asked = await ask_rosa(home, rosa)
    end = home.clock() + timedelta(days=10)
    prepared = await home.portal.ask(
        home.prepare(
            rosa.session,
            asked,
            not_after=timestamp(end),
            providers=[statement_pb2.Party(jurisdiction="FR", institution="cnav")],
        )
    )
    document = read_consent(prepared.document)
    assert (document.not_after, document.providers) == (end, (CNAV,))
    done = await home.portal.ask(home.record(prepared.document, CONSENT_TYPE))
    assert done.state == states.CONSENT_STATE_GRANTED
    for wider in (
        {"not_after": timestamp(home.clock() + timedelta(days=61))},
        {"providers": [statement_pb2.Party(jurisdiction="FR", institution="other")]},
    ):
        refused = await home.portal.refused(home.prepare(rosa.session, asked, **wider))
        assert isinstance(refused, InvalidInputError)


async def test_what_is_allowed_already_is_not_asked_again_and_what_goes_beyond_is(
    home: Home, rosa: Enrolled
) -> None:
    first = await ask_rosa(home, rosa, max_uses=3)
    consent, document = await consent_of(home, rosa, first)
    same = home.request(rosa.reference, max_uses=3)
    answer = await home.inss.ask(home.ask_consent(same))
    assert (answer.consent_request, answer.consent) == (first, consent)
    narrower = replace(same, grants=(grant(fields=("start_date",)),), max_uses=1)
    assert (await home.inss.ask(home.ask_consent(narrower))).consent == consent
    assert len(await home.pending(rosa.session)) == 1

    wider = (
        replace(same, not_after=same.not_after + timedelta(seconds=1)),
        replace(same, max_uses=document.use.max_uses + 1),
        replace(same, erase_by=document.retention.erase_by + timedelta(days=1)),
        replace(same, grants=(grant(to_date=date(2026, 1, 1)),)),
    )
    for request in wider:
        try:
            answer = await home.inss.ask(home.ask_consent(request))
        except InvalidInputError:
            continue  # it goes beyond the template, too
        assert not answer.consent
        assert answer.consent_request != first
    await act(home, rosa, pb.CONSENT_ACT_KIND_WITHDRAW, consent)
    again = await home.inss.ask(home.ask_consent(home.request(rosa.reference, max_uses=3)))
    assert not again.consent, "a withdrawn consent covers nothing"


async def test_a_request_comes_with_its_signed_template(home: Home, rosa: Enrolled) -> None:
    await ask_rosa(home, rosa)
    (pending,) = await home.pending(rosa.session)
    signed = pending.template.envelope
    assert signed.payload == TEMPLATE_BYTES
    assert statement_id(signed.payload_type, signed.payload) == pending.content.template


async def test_where_the_law_obliges_there_is_nothing_to_allow_or_sign(
    home: Home, rosa: Enrolled
) -> None:
    text = TEMPLATE_BYTES.replace(b"treaty_authorisation", b"legal_obligation_notice")
    assert text != TEMPLATE_BYTES
    template = (
        await home.inss.ask(home.register(sign_envelope(TEMPLATE_TYPE, text, INSS)))
    ).template
    request = home.request(rosa.reference, template=template)
    asked = (await home.inss.ask(home.ask_consent(request))).consent_request
    assert [one.consent_request for one in await home.pending(rosa.session)] == [asked]
    refused = await home.portal.refused(home.prepare(rosa.session, asked))
    assert isinstance(refused, PreconditionError)
    assert "notice under a law" in refused.message


async def test_what_the_requester_is_not_competent_for_never_reaches_the_person(
    home: Home, rosa: Enrolled
) -> None:
    await home.register_template()
    for changes in (
        {"grants": (grant(branches=(Branch.OLD_AGE, Branch.UNEMPLOYMENT)),)},
        {
            "not_before": home.clock() + timedelta(days=4000),
            "not_after": home.clock() + timedelta(days=4010),
            "erase_by": date(2037, 6, 1),
        },
    ):
        refused = await home.inss.refused(home.ask_consent(home.request(rosa.reference, **changes)))
        assert isinstance(refused, InvalidInputError)
    assert await home.pending(rosa.session) == []
