"""
The files of an offline bundle for one case: everything that somebody who trusts no node needs.

Of a case whose person was erased the leaves are left, and the erasures that say so. Source:
formats.md, Offline bundle.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from portability.consent.receipt import Outcome
from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import NotFoundError
from portability.federation.identity import Identity, Role
from portability.node.audit.bundle_parts import TrustFiles, exhibit_files, leaf_files, signed_files
from portability.node.audit.evidence_export import evidence_of
from portability.node.cases.loading import LoadedCase, load_case
from portability.node.cases.person_keys import own_key_records
from portability.node.cases.stating import facts_behind
from portability.node.consents.evidence import read_exhibits
from portability.node.consents.standing import consent_exhibits
from portability.node.erasure.leaves import erasures_of
from portability.node.log.prover import Prover
from portability.node.persons.accesses import check_open
from portability.node.records.of_person import replacements_of
from portability.recognition.statements import (
    CaseStatement,
    Correction,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.store import cases, consents, delivery, log, receipts
from portability.store.engine import Connection, Database
from portability.store.erased_steps import list_erased
from portability.store.identities import resolutions_of
from portability.store.vault import Vault
from portability.wire.envelope import envelope_from_bytes, held_disclosures
from portability.wire.record import KIND as RECORD
from portability.wire.record import select_disclosures

MAX_RECEIPTS = 10_000


class CaseExporter:
    """Collects a case."""

    def __init__(
        self, *, database: Database, prover: Prover, trust: TrustFiles, jurisdiction: str
    ) -> None:
        self._database = database
        self._prover = prover
        self._trust = trust
        self._jurisdiction = jurisdiction

    async def export(self, case_id: str, caller: Identity, now: datetime) -> dict[str, bytes]:
        """
        Every file of the bundle by its path, without the list of them.

        Raises NotFoundError for a case that is not there or not the caller's to see, ForbiddenError
        for an ombudsperson to whom the person's records are not open, or where there is nobody.
        """
        async with self._database.read() as connection:
            vault = self._database.vault
            row = await cases.find_case(connection, vault, case_id)
            if row is None or row.content is not None or row.person is not None:
                # of an erased person leaves are left, which say nothing of anybody
                person = None if row is None else row.person
                await check_open(connection, person, caller, now)
            if row is None or not may_see(row.parties, caller):
                raise NotFoundError("there is no such case here")
            if row.content is None:
                return await self._export_erased(connection, case_id)
            loaded = await load_case(connection, vault, own=self._jurisdiction, case_id=case_id)
            if loaded is None:
                raise NotFoundError("there is no such case here")
            exhibits = await read_exhibits(connection, vault, case_id)
            own = await self._own_statements(connection, loaded, exhibits, caller)
            shown = await self._shown(connection, loaded, own)
            signed_for = await delivery.list_acknowledgements(connection, case_id)
        held = [
            replace(one, disclosures=shown.get(one.statement_id, ()))
            for one in await self._prover.prove_held(own)
        ]
        return {
            **leaf_files(held),
            **exhibit_files(one.proven for one in exhibits.values()),
            **signed_files(envelope_from_bytes(one.envelope) for one in signed_for),
            **await self._trust.collect({loaded.claim.agreement: loaded.text}, held),
        }

    async def person_of(self, case_id: str) -> int | None:
        """Whom a case is about; None where that is not known, or not any more."""
        async with self._database.read() as connection:
            row = await cases.find_case(connection, self._database.vault, case_id)
        return None if row is None or row.content is None else row.person

    async def _export_erased(self, connection: Connection, case_id: str) -> dict[str, bytes]:
        """What is left once its person was erased: leaves, and the erasures that name them."""
        rows = await cases.list_case_statements(connection, case_id)
        leaves = {row.leaf_index for row in rows}
        proofs = await erasures_of(connection, self._database.vault, leaves)
        held = await self._prover.prove_held([*(row.statement_id for row in rows), *proofs])
        return {**leaf_files(held), **await self._trust.collect({}, held)}

    async def _own_statements(
        self,
        connection: Connection,
        loaded: LoadedCase,
        exhibits: Mapping[bytes, object],
        caller: Identity,
    ) -> list[bytes]:
        """Ids of what this node logged: the case, its receipts, its records, its permissions."""
        ids = dict.fromkeys(loaded.held)
        ids |= await _erasures(connection, self._database.vault, loaded)
        rows = await receipts.list_receipts(
            connection, case_id=loaded.case_id, after=None, limit=MAX_RECEIPTS
        )
        ids |= dict.fromkeys(row.statement_id for row in rows if may_read(row, caller))
        if caller.role is not Role.AGENCY:
            ids |= await _chained(connection, rows)
        for statement in loaded.case.accepted.values():
            named = _records_named(loaded, statement, caller)
            if named:
                own = await _own_records(connection, self._database.vault, loaded, named)
                ids |= dict.fromkeys(own)
            elif isinstance(statement, HistoryRequest) and statement.permission:
                found = await self._permission(connection, loaded, statement, caller)
                ids |= dict.fromkeys(found)
        ids |= dict.fromkeys(await resolutions_of(connection, _requests(loaded)))
        ids |= await own_key_records(connection, loaded)
        if loaded.row.person is not None:
            ids |= await self._replacements(connection, loaded.row.person, ids)
            ids |= await facts_behind(connection, self._database.vault, loaded, caller)
            if caller.role is not Role.AGENCY:
                kept = await evidence_of(connection, self._database.vault, loaded.row.person, ids)
                ids |= dict.fromkeys(kept)
        return [one for one in ids if one not in exhibits]

    async def _replacements(
        self, connection: Connection, person: int, ids: Collection[bytes]
    ) -> dict[bytes, None]:
        """What their issuers have put in place of records since, and again of that."""
        replaced = await replacements_of(connection, self._database.vault, person)
        found: dict[bytes, None] = {}
        for one in ids:
            following = replaced.get(one)
            while following is not None:
                found[following.statement_id] = None
                following = replaced.get(following.statement_id)
        return found

    async def _shown(
        self, connection: Connection, loaded: LoadedCase, ids: Collection[bytes]
    ) -> dict[bytes, tuple[str, ...]]:
        """
        The disclosures of own records with salted fields, as far as this case has shown them.

        Those are the fields that our answers and corrections name, and all of what the lead itself
        put in.
        """
        names: dict[bytes, set[str]] = {}
        for statement in loaded.case.accepted.values():
            if isinstance(statement, HistoryResponse | Correction):
                for one in statement.shown:
                    names.setdefault(one.record, set()).update(one.fields)
            elif isinstance(statement, Reconciliation) and loaded.leads:
                for i in statement.inputs:
                    names.setdefault(i, set(FIELDS[RecordKind.CONTRIBUTION_PERIOD]))
        rows = await log.read_statements(
            connection, self._database.vault, [one for one in ids if one in names]
        )
        return {
            i: select_disclosures(held_disclosures(row.envelope or b""), names[i])
            for i, row in rows.items()
        }

    async def _permission(
        self,
        connection: Connection,
        loaded: LoadedCase,
        request: HistoryRequest,
        caller: Identity,
    ) -> list[bytes]:
        """
        A consent that was given here, what it rests on, and every act on it.

        Any id can be named in a request: a consent of another person is in no bundle of the case,
        and one that was given to another institution in none of an agency.
        """
        permission = request.permission
        given = await consents.find_consent(connection, permission)
        if given is None or given.person != loaded.row.person:
            return []
        if caller.role is Role.AGENCY and given.requester != str(request.header.sender):
            return []
        acts = await consents.list_consent_acts(connection, permission)
        rests_on = await consent_exhibits(connection, self._database.vault, permission)
        return [*rests_on, *(act.statement_id for act in acts)]


def _requests(loaded: LoadedCase) -> list[bytes]:
    accepted = loaded.case.accepted
    return [i for i, one in accepted.items() if isinstance(one, HistoryRequest)]


def _records_named(
    loaded: LoadedCase, statement: CaseStatement, caller: Identity
) -> tuple[bytes, ...]:
    """
    The records that a result rests on, or that an answer or a correction from here brought, which
    may stand without a result for long: an institution sees in those its own alone.

    Another node that leads may name in its result what nobody here has shown in the case: of that
    an institution sees nothing, since another one may have issued it.
    """
    if isinstance(statement, Reconciliation):
        if caller.role is not Role.AGENCY or loaded.leads:
            return statement.inputs
        shown = _shown_from_here(loaded)
        return tuple(i for i in statement.inputs if i in shown)
    if not isinstance(statement, HistoryResponse | Correction):
        return ()
    issuer = statement.header.sender
    if isinstance(statement, HistoryResponse):
        request = loaded.case.accepted.get(statement.header.predecessors[0])
        issuer = request.recipient if isinstance(request, HistoryRequest) else issuer
    is_shown = caller.role is not Role.AGENCY or caller.institution == issuer.institution
    if issuer.jurisdiction != loaded.case.own or not is_shown:
        return ()
    return statement.records if isinstance(statement, HistoryResponse) else statement.added


def _shown_from_here(loaded: LoadedCase) -> set[bytes]:
    """Records that answers and corrections from here have brought into a case."""
    found: set[bytes] = set()
    for one in loaded.case.accepted.values():
        if one.header.sender.jurisdiction != loaded.case.own:
            continue
        if isinstance(one, HistoryResponse):
            found.update(one.records)
        elif isinstance(one, Correction):
            found.update(one.added)
    return found


async def _own_records(
    connection: Connection, vault: Vault, loaded: LoadedCase, named: Collection[bytes]
) -> list[bytes]:
    """
    Those of these records that are of this node's own log.

    Those of others are exhibits, as far as they were shown here and are here still. The node that
    leads may name anything that is in this log: what is of somebody else, or no record, is left
    out.
    """
    found = await log.read_statements(connection, vault, named)
    return [
        i
        for i, row in found.items()
        if row.kind == RECORD and row.person is not None and row.person == loaded.row.person
    ]


async def _erasures(connection: Connection, vault: Vault, loaded: LoadedCase) -> dict[bytes, None]:
    """What proves that the content of some of the statements of a case was erased."""
    gone = await list_erased(connection, loaded.case_id)
    leaves = {one.leaf_index for one in loaded.listed if one.statement_id in gone}
    return dict.fromkeys(await erasures_of(connection, vault, leaves) if leaves else ())


async def _chained(
    connection: Connection, rows: Iterable[receipts.ReceiptRow]
) -> dict[bytes, None]:
    """
    The receipts of other cases under the same permissions: each names the one before it.

    For auditors alone: to a party of one case the others are no business.
    """
    found: dict[bytes, None] = {}
    for permission in dict.fromkeys(row.permission for row in rows if row.permission):
        chain = await receipts.list_permission_receipts(connection, permission)
        found |= dict.fromkeys(row.statement_id for row in chain)
    return found


def may_see(parties: Iterable[cases.CasePlace], caller: Identity) -> bool:
    """An agency sees the cases that its institution takes part in; auditors see all of them."""
    if caller.role is not Role.AGENCY:
        return True
    return any(
        (party.jurisdiction, party.institution) == (caller.jurisdiction, caller.institution)
        for party in parties
    )


def may_read(receipt: receipts.ReceiptRow, caller: Identity) -> bool:
    """
    Why something was refused is for the person and the auditor: refusals look alike to others.

    Source: formats.md, Gate.
    """
    return caller.role is not Role.AGENCY or receipt.outcome != Outcome.REFUSED
