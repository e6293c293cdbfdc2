"""The national facts behind a decision: signed by who decided, and kept at that node alone."""

from datetime import datetime
from typing import Final

from portability.consent.scope import Party
from portability.errors import InvalidInputError
from portability.federation.identity import Identity, Role
from portability.ledger.envelope import Envelope, kind_of
from portability.ledger.trust import Directory
from portability.node.calls.handed_in import verify_handed_in
from portability.node.cases.loading import LoadedCase
from portability.node.log.write import NewStatement
from portability.recognition.stated_facts import FACTS_TYPE, StatedFacts, read_stated_facts
from portability.recognition.statements import CaseStatement, Determination
from portability.store import log
from portability.store.engine import Connection
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes

_KIND: Final = kind_of(FACTS_TYPE)
_PAGE: Final = 500


def read_facts_of(
    statement: CaseStatement, facts: Envelope | None, directory: Directory, now: datetime
) -> NewStatement | None:
    """
    What is to be logged beside a decision, of no person yet; None where no facts are handed in.

    Raises InvalidInputError where decision and facts are not of each other, SignatureError where
    another than who decided has signed them.
    """
    named = statement.facts if isinstance(statement, Determination) else b""
    if facts is None:
        if named:
            raise InvalidInputError(
                "the determination names national facts; hand them in with it, signed",
                field="facts",
            )
        return None
    if not isinstance(statement, Determination):
        raise InvalidInputError("national facts go with a determination only", field="facts")
    sender = statement.header.sender
    verified = verify_handed_in(facts, {FACTS_TYPE}, sender, directory, now)
    is_behind = read_stated_facts(verified.payload).is_behind(statement.header)
    if not is_behind or named not in {b"", verified.statement_id}:
        raise InvalidInputError(
            "the national facts are not those of the determination; prepare it again",
            field="facts",
        )
    return NewStatement(
        envelope=facts,
        statement_id=verified.statement_id,
        kind=_KIND,
        key_id=verified.key_ids[0],
        person=None,
    )


async def facts_behind(
    connection: Connection, vault: Vault, loaded: LoadedCase, caller: Identity
) -> dict[bytes, None]:
    """
    Ids of the facts behind the decisions of a case, as far as a caller may see them.

    Who decided sees what it had known, and whoever audits this node; no other party does.
    """
    headers = [
        one.header
        for one in loaded.case.accepted.values()
        if isinstance(one, Determination) and _may_see(one.header.sender, caller)
    ]
    found = await facts_of_person(connection, vault, loaded.row.person)
    return {i: None for i, one in found.items() if any(map(one.is_behind, headers))}


async def facts_of_person(
    connection: Connection, vault: Vault, person: int | None
) -> dict[bytes, StatedFacts]:
    """All facts behind decisions of this node's institutions on a person, by id, oldest first."""
    found: dict[bytes, StatedFacts] = {}
    after: int | None = None
    while person is not None:
        rows = await log.list_person_statements(
            connection, vault, person=person, kind=_KIND, after=after, limit=_PAGE
        )
        for row in rows:
            if row.envelope is not None:
                payload = envelope_from_bytes(row.envelope).payload
                found[row.statement_id] = read_stated_facts(payload)
        if len(rows) < _PAGE:
            break
        after = rows[-1].leaf_index
    return found


def _may_see(decided: Party, caller: Identity) -> bool:
    return caller.role is not Role.AGENCY or caller.institution == decided.institution
