"""
A portal that shows one thing and has another signed: the node refuses it, and so does an auditor.

The person's device signs whatever it is given: the lie is in what the portal fetched, showed or
handed in. What the portal's own page would notice is tested with a real browser.
"""

import hashlib
from collections.abc import Callable

import pytest

from portability.consent.consent_reader import read_consent
from portability.consent.payload_types import CONSENT_TYPE
from portability.errors import PreconditionError, SignatureError
from portability.ledger.envelope import envelope_from_json, envelope_to_json, statement_id
from portability.wire.envelope import envelope_from_pb, envelope_to_pb
from tests.integration.consent.home import Home
from tests.integration.consent.test_evidence_in_bundles import listed, own_bundle, verified
from tests.integration.consent.test_passkeys import asked, consented, enrol
from tests.vectors.authenticator import Authenticator

pytestmark = [
    pytest.mark.asyncio,
    # what is refused is refused before a database is asked
]

Lie = Callable[[bytes], bytes]


def more_often(document: bytes) -> bytes:
    """What is allowed."""
    uses = read_consent(document).use.max_uses
    return document.replace(f'"max_uses": {uses}'.encode(), f'"max_uses": {uses + 4}'.encode())


def another_text(document: bytes) -> bytes:
    """The digest of the text that was shown."""
    told = read_consent(document).notice.sha256.hex()
    shown = hashlib.sha256(b"We ask for next to nothing.\n").hexdigest()
    return document.replace(told.encode(), shown.encode())


LIES = pytest.mark.parametrize("lie", [more_often, another_text])


@LIES
async def test_the_node_takes_nothing_in_that_it_did_not_prepare(home: Home, lie: Lie) -> None:
    """Not even where the person's own key signed just that: they were shown something else."""
    person, device = await home.person(), Authenticator()
    await enrol(home, device, person)
    request = await asked(home, person)
    session = (await home.sign_in_with(device)).session
    prepared = await home.portal.ask(home.prepare(session, request))
    altered = lie(prepared.document)
    assert altered != prepared.document
    refused = await home.portal.refused(home.record_signed(device, CONSENT_TYPE, altered))
    assert isinstance(refused, PreconditionError), refused
    genuine = device.sign(CONSENT_TYPE, prepared.document)
    swapped = envelope_to_pb(genuine)
    swapped.payload = altered  # shown and signed as it is, handed in as another
    refused = await home.portal.refused(home.record_envelope(swapped))
    assert isinstance(refused, PreconditionError | SignatureError), refused
    assert await home.own_consents(session) == []


@LIES
async def test_an_auditor_finds_what_a_portal_and_its_node_put_in_its_place(
    home: Home, lie: Lie
) -> None:
    """Each member of the bundle that was signed by the person is in the log as it was signed."""
    person, device = await home.person(), Authenticator()
    await enrol(home, device, person)
    session, consent = await consented(home, device, person)
    (own,) = await home.own_consents(session)
    files = await own_bundle(home, session)
    assert verified(home, files).verified
    (path,) = [one for one in files if consent.hex() in one and one.startswith("statements/")]
    genuine = envelope_from_json(files[path])
    assert genuine == envelope_from_pb(own.statement.envelope)
    altered = lie(genuine.payload)
    assert altered != genuine.payload
    signed = device.sign(CONSENT_TYPE, altered)  # even with the person's own key
    for name in (path, path.replace(consent.hex(), statement_id(CONSENT_TYPE, altered).hex())):
        others = {place: data for place, data in files.items() if place != path}
        report = verified(home, listed({**others, name: envelope_to_json(signed)}))
        assert not report.verified
        assert report.causes
