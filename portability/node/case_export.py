"""
The files of an offline bundle for one case: everything that somebody who trusts no node needs.

Statements that this node logged come with proofs from its own log; what others sent comes with
theirs, verbatim. Source: formats.md, Offline bundle.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from portability.agreements import pack_source
from portability.consent.receipt import Outcome
from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import NotFoundError
from portability.federation.identity import Identity, Role
from portability.ledger.directory import parse_directory
from portability.ledger.directory_policy import directory_policy
from portability.ledger.disclosure import disclosures_to_json
from portability.ledger.envelope import (
    Envelope,
    envelope_to_json,
    payload_type,
    sign_envelope,
    statement_id,
)
from portability.ledger.keys import Signer
from portability.ledger.proof_file import ProofFile, format_proof_file
from portability.node.case_loading import LoadedCase, load_case
from portability.node.consent_evidence import read_exhibits
from portability.node.consent_standing import consent_exhibits
from portability.node.person_records import replacements_of
from portability.node.prover import Prover
from portability.recognition.statements import HistoryRequest, HistoryResponse, Reconciliation
from portability.store import consents, log, receipts
from portability.store.engine import Connection, Database
from portability.wire.envelope import held_disclosures
from portability.wire.proven import Proven
from portability.wire.record import select_disclosures

AGREEMENT_TYPE = payload_type("agreement", "toml")
MAX_RECEIPTS = 10_000


class CaseExporter:
    """Collects a case. ``directory`` gives the signed directory that is in force."""

    def __init__(
        self,
        *,
        database: Database,
        prover: Prover,
        directory: Callable[[], Envelope],
        node_key: Signer,
        jurisdiction: str,
    ) -> None:
        self._database = database
        self._prover = prover
        self._directory = directory
        self._node_key = node_key
        self._jurisdiction = jurisdiction

    async def export(self, case_id: str, caller: Identity) -> dict[str, bytes]:
        """
        Every file of the bundle by its path, without the list of them.

        Raises NotFoundError for a case that is not there or not the caller's to see.
        """
        async with self._database.read() as connection:
            vault = self._database.vault
            loaded = await load_case(connection, vault, own=self._jurisdiction, case_id=case_id)
            if loaded is None or not may_see(loaded, caller):
                raise NotFoundError("there is no such case here")
            exhibits = await read_exhibits(connection, vault, case_id)
            own = await self._own_statements(connection, loaded, exhibits, caller)
            shown = await self._shown(connection, loaded, own)
        logged = [
            replace(one, disclosures=shown.get(i, ()))
            for i, one in zip(own, await self._prover.prove(own), strict=True)
        ]
        proven = [*logged, *(held.proven for held in exhibits.values())]
        return {
            **_statement_files(proven),
            **self._trust_files(loaded),
        }

    async def _own_statements(
        self,
        connection: Connection,
        loaded: LoadedCase,
        exhibits: Mapping[bytes, object],
        caller: Identity,
    ) -> list[bytes]:
        """Ids of what this node logged: the case, its receipts, its records, its permissions."""
        ids = dict.fromkeys(loaded.held)
        rows = await receipts.list_receipts(
            connection, case_id=loaded.case_id, after=None, limit=MAX_RECEIPTS
        )
        ids |= dict.fromkeys(row.statement_id for row in rows if may_read(row, caller))
        for statement in loaded.case.accepted.values():
            if isinstance(statement, Reconciliation):
                ids |= dict.fromkeys(statement.inputs)
            elif isinstance(statement, HistoryRequest) and statement.permission:
                found = await self._permission(connection, statement.permission)
                ids |= dict.fromkeys(found)
        if loaded.row.person is not None:
            ids |= await self._replacements(connection, loaded.row.person, ids)
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

        Those are the fields that our answers name, and all of what the lead itself put in.
        """
        names: dict[bytes, set[str]] = {}
        for statement in loaded.case.accepted.values():
            if isinstance(statement, HistoryResponse):
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

    async def _permission(self, connection: Connection, permission: bytes) -> list[bytes]:
        """A consent that was given here, what it rests on, and every act on it."""
        if await consents.find_consent(connection, permission) is None:
            return []
        acts = await consents.list_consent_acts(connection, permission)
        rests_on = await consent_exhibits(connection, self._database.vault, permission)
        return [*rests_on, *(act.statement_id for act in acts)]

    def _trust_files(self, loaded: LoadedCase) -> dict[str, bytes]:
        signed = self._directory()
        directory = parse_directory(signed.payload)
        agreement = loaded.claim.agreement
        pack = sign_envelope(AGREEMENT_TYPE, pack_source(agreement), self._node_key)
        return {
            f"directory/{directory.version}.json": envelope_to_json(signed),
            f"agreements/{agreement}.json": envelope_to_json(pack),
            "policy": directory_policy(directory),
        }


def may_see(loaded: LoadedCase, caller: Identity) -> bool:
    """An agency sees the cases that its institution takes part in; auditors see all of them."""
    if caller.role is not Role.AGENCY:
        return True
    return any(
        (party.jurisdiction, party.institution) == (caller.jurisdiction, caller.institution)
        for party in loaded.claim.parties
    )


def may_read(receipt: receipts.ReceiptRow, caller: Identity) -> bool:
    """
    Why something was refused is for the person and the auditor: refusals look alike to others.

    Source: formats.md, Gate.
    """
    return caller.role is not Role.AGENCY or receipt.outcome != Outcome.REFUSED


def _statement_files(proven: Iterable[Proven]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for one in proven:
        name = statement_id(one.envelope.payload_type, one.envelope.payload).hex()
        proof = ProofFile(index=one.leaf_index, proof=one.proof, checkpoint=one.checkpoint)
        files[f"statements/{name}.json"] = envelope_to_json(one.envelope)
        files[f"proofs/{name}.tlog-proof"] = format_proof_file(proof)
        files[f"leaves/{name}"] = one.log_entry
        if one.disclosures:
            files[f"disclosures/{name}.json"] = disclosures_to_json(one.disclosures)
    return files
