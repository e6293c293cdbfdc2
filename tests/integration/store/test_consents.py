from dataclasses import replace
from datetime import timedelta

import pytest

from portability.store import consents
from portability.store.engine import Database
from tests.conftest import NOW
from tests.integration.store.samples import enrol, statement_id

pytestmark = pytest.mark.asyncio


async def test_templates_are_registered_once_and_listed_in_log_order(database: Database) -> None:
    templates = [
        consents.PurposeTemplate(
            statement_id=statement_id(number),
            leaf_index=9 - number,
            purpose="pension-claim",
            create_time=NOW,
        )
        for number in range(3)
    ]
    async with database.write() as connection:
        for one in templates:
            assert await consents.add_purpose_template(connection, one)
        assert not await consents.add_purpose_template(connection, templates[0])

        found = await consents.find_purpose_template(connection, statement_id(1))
        assert found == templates[1]
        assert await consents.find_purpose_template(connection, statement_id(8)) is None


async def test_a_person_sees_only_their_own_requests_and_consents(database: Database) -> None:
    async with database.write() as connection:
        rosa = (await enrol(connection, database.vault, "rosa")).id
        luis = (await enrol(connection, database.vault, "luis")).id
        requests = [
            consents.ConsentRequestRow(
                statement_id=statement_id(number),
                leaf_index=number,
                person=rosa if number < 3 else luis,
                requester="ES/inss",
                template=statement_id(99),
                create_time=NOW,
            )
            for number in range(4)
        ]
        given = [
            consents.ConsentRow(
                statement_id=statement_id(10 + number),
                leaf_index=10 + number,
                person=rosa,
                consent_request=statement_id(0),
                requester="ES/inss",
                status_version=1,
                create_time=NOW,
            )
            for number in range(2)
        ]
        for request in requests:
            assert await consents.add_consent_request(connection, request)
        for consent in given:
            assert await consents.add_consent(connection, consent)
        assert not await consents.add_consent_request(connection, requests[0])
        assert not await consents.add_consent(connection, given[0])

        listed = await consents.list_consent_requests(connection, person=rosa, limit=9)
        assert listed == requests[:3]
        paged = await consents.list_consent_requests(connection, person=rosa, after=0, limit=1)
        assert paged == [requests[1]]
        assert await consents.find_consent_request(connection, statement_id(3)) == requests[3]
        assert await consents.list_consents(connection, person=rosa, limit=9) == given
        assert await consents.list_consents(connection, person=luis, limit=9) == []
        assert await consents.find_consent(connection, given[0].statement_id) == given[0]
        latest = await consents.find_consent_by_request(connection, statement_id(0))
        assert latest == given[1]
        assert await consents.find_consent_by_request(connection, statement_id(1)) is None


async def test_each_act_counts_the_status_up_once(database: Database) -> None:
    async with database.write() as connection:
        rosa = (await enrol(connection, database.vault)).id
        consent = consents.ConsentRow(
            statement_id=statement_id(1),
            leaf_index=1,
            person=rosa,
            consent_request=statement_id(0),
            requester="ES/inss",
            status_version=1,
            create_time=NOW,
        )
        other = replace(consent, statement_id=statement_id(2), leaf_index=2)
        assert await consents.add_consent(connection, consent)
        assert await consents.add_consent(connection, other)
        acts = [
            consents.ConsentAct(
                statement_id=statement_id(number),
                leaf_index=number,
                consent=consent.statement_id,
                kind=kind,
                create_time=NOW,
            )
            for number, kind in ((5, "consent-pause"), (6, "consent-withdrawal"))
        ]
        assert await consents.add_consent_act(connection, acts[1])
        assert await consents.add_consent_act(connection, acts[0])
        assert not await consents.add_consent_act(connection, acts[0])
        assert await consents.list_consent_acts(connection, consent.statement_id) == acts
        assert await consents.list_consent_acts(connection, other.statement_id) == []
        found = await consents.find_consent(connection, consent.statement_id)
        assert found == replace(consent, status_version=3)
        assert await consents.find_consent(connection, other.statement_id) == other


async def test_a_prepared_document_is_taken_once_and_in_time(database: Database) -> None:
    async with database.write() as connection:
        rosa = (await enrol(connection, database.vault)).id
        first = consents.PreparedDocument(
            digest=b"first",
            kind="consent",
            person=rosa,
            subject=statement_id(0),
            expire_time=NOW + timedelta(minutes=5),
        )
        second = replace(first, digest=b"second")
        assert await consents.add_prepared_document(connection, first)
        assert await consents.add_prepared_document(connection, second)
        assert not await consents.add_prepared_document(connection, first)

        take = consents.take_prepared_document
        assert await take(connection, digest=b"first", now=NOW) == first
        assert await take(connection, digest=b"first", now=NOW) is None
        assert await take(connection, digest=b"second", now=second.expire_time) is None
