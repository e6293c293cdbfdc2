"""What the checker of a whole database finds of keys, acts, accesses and counters: all agrees."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from portability.errors import ProofError
from portability.node.audit.fsck_rows import Held, check_rows
from portability.store.scan import scan_statements
from portability.v1 import consents_service_pb2 as pb
from portability.v1 import counter_service_pb2 as counter_pb
from portability.v1 import keys_service_pb2 as keys_pb
from portability.wire.envelope import envelope_from_bytes
from portability.wire.strict import timestamp
from tests.integration.consent.home import Home
from tests.integration.consent.test_counter import asked, consent_at_counter, two
from tests.integration.consent.test_counter_levels import alone, asked_whether, letter
from tests.integration.consent.test_passkeys import add_key, consented, enrol
from tests.integration.consent.test_receipts_and_accesses import OMBUDSPERSON, open_access
from tests.vectors.authenticator import Authenticator
from tests.vectors.passkeys import EdDsa

pytestmark = pytest.mark.asyncio


async def check(home: Home) -> int:
    """How many statements were compared with their rows."""
    count = 0
    async with home.database.read() as connection:
        async for page in scan_statements(connection, home.database.vault):
            held = [
                Held(
                    statement_id=one.statement_id,
                    leaf_index=one.leaf_index,
                    envelope=envelope_from_bytes(one.envelope),
                )
                for one in page
                if isinstance(one.envelope, bytes)
            ]
            await check_rows(connection, held, "ES")
            count += len(held)
    return count


async def test_every_row_about_keys_acts_and_counters_says_what_was_signed(home: Home) -> None:
    person, phone = await home.person(), Authenticator()
    await enrol(home, phone, person)
    session, consent = await consented(home, phone, person)
    await add_key(home, session, phone, Authenticator(holder=EdDsa("a stick")))
    until = timestamp(home.clock() + timedelta(days=3))
    pause = await home.portal.ask(
        home.prepare_act(session, pb.CONSENT_ACT_KIND_PAUSE, consent, until=until)
    )
    await home.portal.ask(home.record_signed(phone, pause.payload_type, pause.document))
    await home.inss.ask(
        home.inss.keys.RevokeKeys(
            keys_pb.RevokeKeysRequest(person=person, reason=keys_pb.KEY_END_LOST)
        )
    )
    ombudsperson = home.caller(OMBUDSPERSON)
    await ombudsperson.ask(ombudsperson.audit.OpenAccess(open_access(person)))
    other, request = await asked(home, "28/87654321-11")
    both = await two(home)
    await consent_at_counter(home, other, request, both)
    third, whether = await asked_whether(home, "28/55555555-40")
    code = await letter(home, third, await alone(home, third, whether, both[0]))
    confirm = counter_pb.ConfirmConsentRequest(code=code)
    await home.portal.ask(home.portal.counter.ConfirmConsent(confirm))
    assert await check(home) > 15

    async with home.database.write() as connection:
        await connection.execute(text("UPDATE accesses SET holder = 'ES/somebody'"))
    with pytest.raises(ProofError, match="accesses"):
        await check(home)
