"""
A refusal looks like silence to whoever asked, and like nothing to anybody else: in words, in size
and in the work that it makes.

The work is counted in statements of the database, which are the same on any machine and under any
load; a clock would measure the load.
"""

import pytest

from portability.consent.payload_types import REFUSAL_TYPE
from portability.v1 import consent_pb2 as states
from portability.v1 import consents_service_pb2 as pb
from tests.integration.consent.home import IMSERSO_URI, Enrolled, Home, ask_rosa, enrol_rosa
from tests.integration.consent.test_codes_on_pages import statements
from tests.unit.consent.world import MALLORY

pytestmark = [
    pytest.mark.asyncio,
]


async def refuse(home: Home, rosa: Enrolled, asked: bytes) -> None:
    prepared = await home.portal.ask(
        home.prepare_act(rosa.session, pb.CONSENT_ACT_KIND_REFUSE, asked)
    )
    done = await home.portal.ask(home.record(prepared.document, REFUSAL_TYPE))
    assert done.state == states.CONSENT_STATE_REFUSED


async def test_a_requester_cannot_tell_a_refusal_from_silence_by_word_size_or_work(
    home: Home, rosa: Enrolled
) -> None:
    silent = await ask_rosa(home, rosa)
    other = await enrol_rosa(home, MALLORY, "28/87654321-11")
    refused = await ask_rosa(home, other)
    signed = await home.portal.ask(
        home.prepare_act(other.session, pb.CONSENT_ACT_KIND_REFUSE, refused)
    )
    await home.portal.ask(home.record(signed.document, REFUSAL_TYPE, MALLORY))
    seen = []
    for asked in (silent, refused):
        with statements() as work:
            answer = await home.inss.ask(home.state(consent_request=asked))
        seen.append((answer.SerializeToString(deterministic=True), len(work)))
    assert seen[0] == seen[1]
    assert answer.state == states.CONSENT_STATE_REQUESTED

    home.clock.advance(days=61)
    seen = []
    for asked in (silent, refused):
        with statements() as work:
            answer = await home.inss.ask(home.state(consent_request=asked))
        seen.append((answer.SerializeToString(deterministic=True), len(work)))
    assert seen[0] == seen[1]
    assert answer.state == states.CONSENT_STATE_LAPSED


async def test_to_another_institution_a_refused_request_is_one_that_never_was(
    home: Home, rosa: Enrolled
) -> None:
    refused = await ask_rosa(home, rosa)
    await refuse(home, rosa, refused)
    other = home.caller(IMSERSO_URI)
    words = set()
    for asked in (refused, bytes(32)):
        for named in ({"consent_request": asked}, {"consent": asked}):
            error = await other.refused(home.state(IMSERSO_URI, **named))
            words.add((type(error), error.message, tuple(sorted(error.context.items()))))
    assert len(words) == 1
