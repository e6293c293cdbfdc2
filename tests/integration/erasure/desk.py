"""One node's write path with everything that an erasure needs, and a person who can be erased."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portability.consent.scope import Party
from portability.ledger.envelope import sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.ledger.note import log_key
from portability.node.audit.fsck import LogTrust
from portability.node.erasure.erasing import Eraser
from portability.node.erasure.forgetting_key import (
    FORGETTING_KEY,
    ForgettingKey,
    create_forgetting_key,
)
from portability.node.erasure.journal import JOURNAL, ErasureJournal, create_journal
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.signing import ErasureVoice
from portability.node.log.sequencer import Sequencer
from portability.node.log.write import NewStatement, Write
from portability.recognition.erasure import ErasureBasis
from portability.store import persons
from portability.store.engine import Database, open_database
from portability.store.erasure_rows import ErasureRow
from tests.conftest import FixedClock
from tests.integration.conftest import INDEX_KEY, WRAPPING_KEY
from tests.unit.agents.rosa_case import make_directory

ORIGIN: Final = "fr.node.example/log"
LOG_KEY: Final = Ed25519Signer(bytes([1] * 32))
NODE_KEY: Final = Ed25519Signer(bytes([2] * 32))
RECORD_TYPE: Final = "application/vnd.portability.entitlement.v1+protobuf"
CNAV: Final = Party(jurisdiction="FR", institution="cnav")
NUMBER: Final = "2690575116012"
TRUST: Final = LogTrust(
    jurisdiction="FR",
    origin=ORIGIN,
    keys=(log_key(ORIGIN, LOG_KEY.public),),
    directory=make_directory(),
)


@dataclass
class Desk:
    """An open node, as far as erasures go; ``folder`` holds its journal and forgetting key."""

    database: Database
    sequencer: Sequencer
    eraser: Eraser
    journal: ErasureJournal
    forgetting: ForgettingKey
    folder: Path
    clock: FixedClock

    async def enrol(self, name: str = "persons/" + "a" * 32, number: str = NUMBER) -> int:
        async def work(write: Write) -> int:
            person, _ = await persons.create_person(
                write.connection,
                write.vault,
                name=name,
                identifier=persons.Identifier(jurisdiction="FR", value=number),
                identity_level="substantial",
                now=write.now,
            )
            return person.id

        return (await self.sequencer.run(work))[0]

    async def record(self, person: int | None, payload: bytes) -> bytes:
        """Log something about a person; its id."""
        said = statement_id(RECORD_TYPE, payload)

        async def work(write: Write) -> None:
            await write.log(
                NewStatement(
                    envelope=sign_envelope(RECORD_TYPE, payload, NODE_KEY),
                    statement_id=said,
                    kind="entitlement",
                    key_id=NODE_KEY.key_id,
                    person=person,
                )
            )

        await self.sequencer.run(work)
        return said

    async def erase(
        self, name: str, basis: ErasureBasis = ErasureBasis.NO_LONGER_NEEDED
    ) -> ErasureRow:
        return await self.eraser.erase(name, actor=CNAV, basis=basis, citation="")


def prepare(folder: Path) -> None:
    """A new journal and forgetting key, unless they are there."""
    folder.mkdir(exist_ok=True)
    if not (folder / JOURNAL).exists():
        create_journal(folder / JOURNAL, os.urandom(16))
        create_forgetting_key(folder / FORGETTING_KEY, os.urandom(32), is_development=True)


@asynccontextmanager
async def open_desk(
    url: str,
    folder: Path,
    clock: FixedClock,
    *,
    rules: ErasureRules | None = None,
    fault: Callable[[str], None] = lambda _: None,
    start: bool = True,
) -> AsyncIterator[Desk]:
    """``start`` False leaves the journal to the test."""
    prepare(folder)
    journal = ErasureJournal(folder / JOURNAL)
    forgetting = ForgettingKey(folder / FORGETTING_KEY)
    database = await open_database(
        url,
        wrapping_key=WRAPPING_KEY,
        index_key=INDEX_KEY,
        randomness=os.urandom,
        shares=forgetting.share,
    )
    sequencer = Sequencer(
        database=database, origin=ORIGIN, log_key=LOG_KEY, clock=clock, fault=fault
    )
    await sequencer.start()
    file = Path(url.removeprefix("sqlite+aiosqlite:///")) if url.startswith("sqlite") else None
    eraser = Eraser(
        database=database,
        sequencer=sequencer,
        journal=journal,
        forgetting=forgetting,
        voice=ErasureVoice(jurisdiction="FR", node_key=NODE_KEY, randomness=os.urandom),
        rules=rules or ErasureRules(),
        clock=clock,
        randomness=os.urandom,
        fault=fault,
        file=file,
    )
    try:
        if start:
            await eraser.start()
        yield Desk(
            database=database,
            sequencer=sequencer,
            eraser=eraser,
            journal=journal,
            forgetting=forgetting,
            folder=folder,
            clock=clock,
        )
    finally:
        await sequencer.close()
        await database.close()
