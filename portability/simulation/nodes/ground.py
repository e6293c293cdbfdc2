"""
What every run on real nodes begins with: one person whom all of them know, and their databases.

They are made once in a process, by the services and the migrations of the real store, and kept as
bytes: a run begins with copies.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final

from portability.consent.payload_types import TEMPLATE_TYPE
from portability.consent.scope import Party
from portability.ledger.envelope import sign_envelope
from portability.node.persons.service import ENROL_PREFIX
from portability.simulation.nodes.process import (
    KEYS,
    Around,
    Caller,
    Process,
    start_process,
)
from portability.simulation.nodes.wires import unreachable
from portability.simulation.permission import PERSON, template_bytes
from portability.simulation.plan import CODES, EPOCH, signer_of
from portability.store import persons
from portability.store.engine import open_database
from portability.v1 import consents_service_pb2 as consents_pb
from portability.v1 import persons_service_pb2 as persons_pb
from portability.wire.envelope import envelope_to_pb

LEAD: Final = CODES[0]
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
_BEFORE: Final = EPOCH - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The prepared databases; ``persons`` are the names under which each node knows the person."""

    databases: Mapping[str, bytes]
    persons: Mapping[str, str]


def folder() -> "tempfile.TemporaryDirectory[str]":
    """A place for databases that need not outlive the machine, in memory if there is such a one."""
    return tempfile.TemporaryDirectory(
        prefix="portability-simulation-", dir=_MEMORY if _MEMORY.is_dir() else None
    )


def reference_of(code: str) -> str:
    """Under which the lead's node and another one speak of the person."""
    return sha256(f"reference {code}".encode()).hexdigest()


@cache
def ground() -> Ground:
    """The same in every process."""
    loop = asyncio.new_event_loop()  # `asyncio.run` would drop the one that a caller has set
    with folder() as place:
        try:
            return loop.run_until_complete(_prepare(Path(place)))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()


async def _prepare(place: Path) -> Ground:
    chance = Random(0)
    empty = place / "empty.db"
    database = await open_database(
        f"sqlite+aiosqlite:///{empty}", **KEYS, randomness=chance.randbytes
    )
    await database.settle_files()
    await database.close()
    databases, names = {}, {}
    for code in CODES:
        file = place / f"{code}.db"
        file.write_bytes(empty.read_bytes())
        process = await start_process(code, str(file), _undisturbed(chance))
        names[code] = await _enrol(process)
        if code == LEAD:
            await _enable(process, names[code])
        await process.database.settle_files()
        await process.database.close()
        await process.sequencer.close()
        databases[code] = file.read_bytes()
    return Ground(databases=databases, persons=names)


def _undisturbed(chance: Random) -> Around:
    def peer(code: str) -> Any:
        raise unreachable(code)

    return Around(
        clock=_before,
        randomness=chance.randbytes,
        call=lambda _, call: call(),
        fault=lambda _: None,
        peer=peer,
    )


def _before() -> datetime:
    return _BEFORE


async def _enrol(process: Process) -> str:
    """Make the person known, under the references that this node needs."""
    name = "persons/" + sha256(f"person {process.code}".encode()).hexdigest()[:32]
    async with process.database.write() as connection:
        person, _ = await persons.create_person(
            connection,
            process.database.vault,
            name=name,
            identifier=None,
            identity_level="substantial",
            now=_BEFORE,
        )
        for peer in CODES if process.code == LEAD else (LEAD,):
            await persons.add_pairwise_reference(
                connection,
                person=person.id,
                peer=peer,
                reference=reference_of(peer if process.code == LEAD else process.code),
                now=_BEFORE,
            )
    return name


async def _enable(process: Process, person: str) -> None:
    """At home: the person's key, and what a consent for this purpose may say."""
    agency: Any = Caller(f"portability://{LEAD}/agency/first")
    portal: Any = Caller(f"portability://{LEAD}/portal")
    code = await process.persons.CreateEnrolmentCode(
        persons_pb.CreateEnrolmentCodeRequest(person=person),
        agency,
    )
    await process.persons.EnrolKey(
        persons_pb.EnrolKeyRequest(
            code=code.code,
            public_key=PERSON.public,
            proof_of_possession=PERSON.sign(ENROL_PREFIX + code.code.encode()),
        ),
        portal,
    )
    first = Party(jurisdiction=LEAD, institution="first")
    template = sign_envelope(TEMPLATE_TYPE, template_bytes(), signer_of(first))
    await process.consents.RegisterPurposeTemplate(
        consents_pb.RegisterPurposeTemplateRequest(envelope=envelope_to_pb(template)),
        agency,
    )
