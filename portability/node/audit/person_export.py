"""
The files of an offline bundle for one person: everything signed that this node holds of them.

For the person it is theirs to take. For an auditor it is an access like any other: the receipt is
logged before the first byte leaves, and the person sees it. Source: formats.md, Disclosure receipt
and Offline bundle.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from portability.consent.identifiers import UUID_RANDOM_BYTES, uuid7
from portability.consent.receipt import DisclosureReceipt, Outcome, case_digest
from portability.consent.scope import Party
from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import NotFoundError
from portability.federation.identity import Identity
from portability.ledger.keys import Signer
from portability.node.agreements.texts import shipped_text
from portability.node.audit.bundle_parts import TrustFiles, exhibit_files, leaf_files
from portability.node.audit.evidence_export import assistants_in
from portability.node.consents.evidence import read_exhibits
from portability.node.erasure.leaves import erasure_of, erasures_of, leaves_of
from portability.node.log.prover import Prover
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import Write
from portability.node.persons.accesses import check_open, reader_of
from portability.node.records.receipts import log_receipt
from portability.recognition.erasure import Erasure
from portability.store import cases, consents, log, persons
from portability.store.agreements import source_of_case
from portability.store.engine import Connection, Database
from portability.store.erased_steps import list_erased
from portability.store.identities import resolutions_of
from portability.store.vault import Vault
from portability.wire.envelope import held_disclosures
from portability.wire.proven import Proven

AUDIT: Final = "audit"
"""The reason in the receipt of an auditor's reading; its text is under the same key."""

STATEMENTS: Final = "statements/"
"""Where the signed statements of a bundle lie."""

_PAGE: Final = 500
_FIRST_DAY: Final = date(1900, 1, 1)
"""Before anything that a social security record of a living person can be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """
    What there is of a person: ids in our log, all fields of records with salted ones, what others
    sent, and the agreements that were applied, by id the text.
    """

    ids: tuple[bytes, ...]
    disclosures: Mapping[bytes, tuple[str, ...]]
    exhibits: tuple[Proven, ...]
    agreements: Mapping[str, bytes]


class PersonExporter:
    """Collects what is held of a person."""

    def __init__(
        self,
        *,
        database: Database,
        sequencer: Sequencer,
        prover: Prover,
        trust: TrustFiles,
        node_key: Signer,
        randomness: Callable[[int], bytes],
        jurisdiction: str,
    ) -> None:
        self._database = database
        self._sequencer = sequencer
        self._prover = prover
        self._trust = trust
        self._node_key = node_key
        self._randomness = randomness
        self._jurisdiction = jurisdiction

    async def export_own(self, person: int) -> dict[str, bytes]:
        """Every file of the bundle for the person, by its path, without the list of them."""
        async with self._database.read() as connection:
            held = await _collect(connection, self._database.vault, person)
        return await self._files(held)

    async def export_audited(self, name: str, caller: Identity, now: datetime) -> dict[str, bytes]:
        """
        The same for an auditor, once the receipt for it is in the log. Of an erased person: leaves.

        Raises NotFoundError for a person who is not known here, ForbiddenError for an ombudsperson
        to whom these records are not open, or where there is nobody.
        """
        async with self._database.read() as connection:
            found = await erasure_of(connection, self._database.vault, name)
            if found is not None:
                return await self._erased(connection, *found)
            person = await persons.find_person(connection, name)
            await check_open(connection, None if person is None else person.id, caller, now)
            if person is None:
                raise NotFoundError("there is no such person here")
            held = await _collect(connection, self._database.vault, person.id)
        files = await self._files(held)

        async def work(write: Write) -> None:
            await self._write_receipt(write, person.id, caller, files, len(held.ids))

        await self._sequencer.run(work)
        return files

    async def note_reading(self, person: int, caller: Identity, files: dict[str, bytes]) -> None:
        """Log the receipt for what an auditor is about to read of a person."""
        count = sum(path.startswith(STATEMENTS) for path in files)

        async def work(write: Write) -> None:
            await self._write_receipt(write, person, caller, files, count)

        await self._sequencer.run(work)

    async def _files(self, held: _Held) -> dict[str, bytes]:
        leaves = [
            replace(one, disclosures=held.disclosures.get(one.statement_id, ()))
            for one in await self._prover.prove_held(held.ids)
        ]
        return {
            **exhibit_files(held.exhibits),
            **leaf_files(leaves),
            **await self._trust.collect(held.agreements, leaves),
        }

    async def _erased(
        self, connection: Connection, proof: bytes, erasure: Erasure
    ) -> dict[str, bytes]:
        """What is left of an erased person; nothing of it says anything about them."""
        ids = [one async for one in leaves_of(connection, erasure.leaf_indexes)]
        held = await self._prover.prove_held([proof, *ids])
        return {**leaf_files(held), **await self._trust.collect({}, held)}

    async def _write_receipt(
        self, write: Write, person: int, caller: Identity, files: dict[str, bytes], count: int
    ) -> None:
        """Who read it, when, and the digest of all that was read; never a value."""
        now = write.now.replace(microsecond=0)
        salt = self._randomness(32)
        receipt = DisclosureReceipt(
            id=uuid7(write.now, self._randomness(UUID_RANDOM_BYTES)),
            salt=salt,
            permission=b"",
            status_version=0,
            provider=Party(jurisdiction=self._jurisdiction),
            requester=reader_of(caller),
            request=self._randomness(32),  # nothing was signed; the row needs a name of its own
            reason_code=AUDIT,
            reason_text_key=AUDIT,
            case_digest=case_digest(salt, ""),
            requested_at=now,
            released_at=now,
            outcome=Outcome.RELEASED,
            cause=None,
            datatypes=tuple(str(kind) for kind in RecordKind),
            fields=tuple(dict.fromkeys(name for names in FIELDS.values() for name in names)),
            from_date=_FIRST_DAY,
            to_date=max(now.date(), _FIRST_DAY),
            record_count=count,
            payload_digest=_digest(salt, files),
            erase_by=None,
            previous=b"",
        )
        await log_receipt(write, receipt, signer=self._node_key, person=person)


async def _collect(connection: Connection, vault: Vault, person: int) -> _Held:
    ids: dict[bytes, None] = {}
    disclosures: dict[bytes, tuple[str, ...]] = {}
    async for row in _statements(connection, vault, person):
        ids[row.statement_id] = None
        disclosures[row.statement_id] = held_disclosures(row.envelope or b"")
        ids |= dict.fromkeys(assistants_in(row))
    async for template in _templates(connection, person):
        ids[template] = None
    exhibits: dict[bytes, Proven] = {}
    agreements: dict[str, bytes] = {}
    for case in await cases.list_person_cases(connection, vault, person):
        listed = await cases.list_case_statements(connection, case.case_id)
        named = [one.statement_id for one in listed]
        ids |= dict.fromkeys((*named, *await resolutions_of(connection, named)))
        gone = await list_erased(connection, case.case_id)
        leaves = {one.leaf_index for one in listed if one.statement_id in gone}
        ids |= dict.fromkeys(await erasures_of(connection, vault, leaves) if leaves else ())
        found = await read_exhibits(connection, vault, case.case_id)
        exhibits |= {i: one.proven for i, one in found.items()}
        if case.content is not None:
            name = case.content.agreement
            agreements[name] = (
                await source_of_case(connection, case.case_id) or shipped_text(name).source
            )
    return _Held(
        ids=tuple(ids),
        disclosures=disclosures,
        exhibits=tuple(one for i, one in exhibits.items() if i not in ids),
        agreements=agreements,
    )


async def _statements(
    connection: Connection, vault: Vault, person: int
) -> AsyncIterator[log.StoredStatement]:
    after: int | None = None
    while True:
        rows = await log.list_person_statements(
            connection, vault, person=person, after=after, limit=_PAGE
        )
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1].leaf_index


async def _templates(connection: Connection, person: int) -> AsyncIterator[bytes]:
    """The purpose templates on which the person was asked: they are of no person."""
    after: int | None = None
    while True:
        rows = await consents.list_consent_requests(
            connection, person=person, after=after, limit=_PAGE
        )
        for row in rows:
            yield row.template
        if len(rows) < _PAGE:
            return
        after = rows[-1].leaf_index


def _digest(salt: bytes, files: dict[str, bytes]) -> bytes:
    """SHA-256 of the salt and, in the order of their paths, the SHA-256 of each path and file."""
    whole = hashlib.sha256(salt)
    for part in _parts(files):
        whole.update(hashlib.sha256(part).digest())
    return whole.digest()


def _parts(files: dict[str, bytes]) -> Iterator[bytes]:
    for path, content in sorted(files.items()):
        yield path.encode("ascii")
        yield content
