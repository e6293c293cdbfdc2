"""
Two processes of one node on one PostgreSQL, both written to, each killed now and then.

``PORTABILITY_TWO_NODES_SECONDS=60 pytest tests/e2e/test_two_nodes.py`` does it for a minute.
"""

import asyncio
import os
import random
import shutil
import signal
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import grpc
import pytest

from portability.cli.processes import NodeProcesses
from portability.cli.upkeep import run_fsck
from portability.core.periods import Period, PeriodType
from portability.errors import HaltedError
from portability.federation.channel import CallPolicy, open_channel
from portability.ledger.checkpoint import Checkpoint, open_checkpoint
from portability.ledger.envelope import sign_envelope
from portability.ledger.keys import Signer
from portability.ledger.merkle import leaf_hash, verify_inclusion
from portability.ledger.note import VerifierKey, log_key
from portability.ledger.tree import Frontier
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout, pick_ports
from portability.node.keys import Mode, load_signer
from portability.v1 import audit_service_pb2 as audit_pb
from portability.v1 import audit_service_pb2_grpc as audit_rpc
from portability.v1 import persons_service_pb2 as persons_pb
from portability.v1 import persons_service_pb2_grpc as persons_rpc
from portability.v1 import records_service_pb2 as pb
from portability.v1 import records_service_pb2_grpc as rpc
from portability.wire.envelope import envelope_to_pb
from portability.wire.log_entry import log_entry_from_bytes
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_to_payload,
    subject_commitment,
)
from tests.integration.node.whole import identity, make_layout, use_database

SECONDS: Final = float(os.environ.get("PORTABILITY_TWO_NODES_SECONDS", "12"))
WRITERS: Final = 6
PAGE: Final = 1000
PATIENCE: Final = 120.0
ONE_TRY: Final = CallPolicy(attempts=1, deadline_seconds=10)
BOTH: Final = ("FR", "FR-b")
CHANCE: Final = random.Random()  # noqa: S311  # who is killed when is no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a caller was answered, by whom."""

    node: str
    statement: bytes
    leaf_index: int
    entry: bytes
    proof: bytes
    checkpoint: bytes


@dataclass(kw_only=True)
class Story:
    """Who is running, what was told, and how often somebody was killed."""

    nodes: NodeProcesses
    configs: dict[str, Path]
    channels: dict[str, grpc.aio.Channel]
    signer: Signer
    person: str = ""
    told: list[Told] = field(default_factory=list)
    checkpoints: set[bytes] = field(default_factory=set)
    kills: Counter[str] = field(default_factory=Counter)
    is_over: bool = False

    async def persist(self, call: Callable[[str], Awaitable[object]]) -> None:
        """Until one of the two nodes has answered."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(grpc.aio.AioRpcError):
                    await call(CHANCE.choice(BOTH))
                    return
                await asyncio.sleep(0.05)

    async def enrol(self) -> None:
        request = persons_pb.CreatePersonRequest(
            request_id=str(uuid.uuid4()),
            identifier=persons_pb.NationalIdentifier(jurisdiction="FR", value="255088412345678"),
            identity_level="substantial",
        )

        async def create(node: str) -> None:
            stub = persons_rpc.PersonsServiceStub(self.channels[node])
            self.person = (await stub.CreatePerson(request)).person

        await self.persist(create)

    async def write(self) -> None:
        """Records, one after the other, each handed to either node until it is acknowledged."""
        while not self.is_over:
            submission = self.record()

            async def submit(node: str, submission: pb.RecordSubmission = submission) -> None:
                stub = rpc.RecordsServiceStub(self.channels[node])
                self.take(
                    node, await stub.SubmitRecord(pb.SubmitRecordRequest(submission=submission))
                )

            if CHANCE.random() < 0.1:  # an impatient caller: both nodes at once
                await asyncio.gather(*map(submit, BOTH), return_exceptions=True)
            await self.persist(submit)

    def take(self, node: str, answer: pb.SubmitRecordResponse) -> None:
        one = answer.acknowledgement
        self.told.append(
            Told(
                node=node,
                statement=bytes.fromhex(one.record.removeprefix("records/")),
                leaf_index=one.leaf_index,
                entry=one.log_entry,
                proof=one.inclusion_proof,
                checkpoint=answer.checkpoint,
            )
        )

    async def look(self) -> None:
        """An auditor who keeps whatever head either node shows."""
        while not self.is_over:
            for node in BOTH:
                stub = audit_rpc.AuditServiceStub(self.channels[node])
                with suppress(grpc.aio.AioRpcError):
                    answer = await stub.GetCheckpoint(audit_pb.GetCheckpointRequest())
                    self.checkpoints.add(answer.checkpoint)
            await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """Either or both, at any moment; whoever ended is started again, as by a supervisor."""
        while not self.is_over:
            await asyncio.sleep(CHANCE.uniform(0.3, 2.0))
            for node in CHANCE.choice((*((one,) for one in BOTH), BOTH)):
                os.kill(self.nodes.node(node).process.pid, signal.SIGKILL)
                self.kills[node] += 1
                await asyncio.to_thread(self.nodes.await_end, node, PATIENCE)
            await self.revive()

    async def revive(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while ended := [code for code in BOTH if not self.nodes.node(code).is_running()]:
                with suppress(HaltedError):  # it ended again before it was ready
                    await asyncio.to_thread(
                        self.nodes.start, {code: self.configs[code] for code in ended}
                    )

    def has_said_enough(self) -> bool:
        """Whether there is something to judge, however slow the machine is."""
        told = {one.node for one in self.told}
        return told == set(BOTH) and sum(self.kills.values()) >= SECONDS / 6

    def record(self) -> pb.RecordSubmission:
        salt = os.urandom(32)
        content = EntitlementRecord(
            salt=salt,
            subject_commitment=subject_commitment(salt, self.person),
            jurisdiction="FR",
            institution="cnav",
            issue_date=date(2025, 1, 15),
            supersedes=b"",
            content=Period(
                id="",
                jurisdiction="FR",
                institution="cnav",
                type=PeriodType.COMPULSORY_EMPLOYED,
                start=date(1990, 1, 1),
                end=date(1990, 12, 31),
            ),
        )
        envelope = sign_envelope(RECORD_TYPE, record_to_payload(content), self.signer)
        return pb.RecordSubmission(person=self.person, envelope=envelope_to_pb(envelope))

    async def entries(self) -> list[bytes]:
        """The whole log, as an auditor reads it."""
        found: list[bytes] = []

        async def read_on(node: str) -> None:
            stub = audit_rpc.AuditServiceStub(self.channels[node])
            while True:
                page = await stub.ListLogEntries(
                    audit_pb.ListLogEntriesRequest(first_index=len(found), page_size=PAGE)
                )
                found.extend(page.log_entries)
                if len(page.log_entries) < PAGE:
                    return

        await self.persist(read_on)
        return found


def second_process(layout: FederationLayout, code: str = "FR") -> Path:
    """The configuration of another process of the same node, with ports of its own."""
    first = layout.nodes[code]
    config = load_config(first)
    listen, observe = pick_ports(2)
    text = first.read_text(encoding="utf-8")
    for old, new in (
        (f'"{config.listen}"', f'"127.0.0.1:{listen}"'),
        (f'"{config.observe}"', f'"127.0.0.1:{observe}"'),
        ('"keys/', f'"../{code}/keys/'),
        ('"tls/', f'"../{code}/tls/'),
    ):
        assert old in text
        text = text.replace(old, new)
    second = first.parent.with_name(f"{code}-b") / first.name
    second.parent.mkdir()
    shutil.copytree(first.parent / "erasure", second.parent / "erasure")
    second.write_text(text, encoding="utf-8")
    return second


@pytest.mark.asyncio
async def test_two_processes_on_one_server_keep_one_log_though_they_are_killed(
    tmp_path: Path, postgres_url: str
) -> None:
    layout = make_layout(tmp_path / "federation")
    use_database(layout, "FR", postgres_url)
    configs = {"FR": layout.nodes["FR"], "FR-b": second_process(layout)}
    tls = identity(layout, "fr-agency-cnav")
    channels = {
        code: open_channel(
            str(load_config(path).listen), "fr.node.portability.internal", tls, ONE_TRY
        )
        for code, path in configs.items()
    }
    key = layout.root / "profiles" / "fr-agency-cnav" / "signing-key.pem"
    with NodeProcesses() as nodes:
        # both at once on an empty database, and Spain as the witness of either
        await asyncio.to_thread(nodes.start, {**configs, "ES": layout.nodes["ES"]})
        story = Story(
            nodes=nodes,
            configs=configs,
            channels=channels,
            signer=load_signer(key, Mode.DEVELOPMENT),
        )
        await story.enrol()
        tasks = [
            asyncio.create_task(one)
            for one in (story.look(), story.kill(), *(story.write() for _ in range(WRITERS)))
        ]
        await asyncio.wait(tasks, timeout=SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        ends = asyncio.get_running_loop().time() + PATIENCE
        while not story.has_said_enough() and asyncio.get_running_loop().time() < ends:
            if (await asyncio.wait(tasks, timeout=1, return_when=asyncio.FIRST_EXCEPTION))[0]:
                break
        story.is_over = True
        await asyncio.gather(*tasks)
        await story.revive()
        entries = await story.entries()
        for channel in channels.values():
            await channel.close()
        assert await asyncio.to_thread(run_fsck, configs["FR"], as_json=True) == 0
    check(story, entries, log_vkey(layout))


def log_vkey(layout: FederationLayout) -> VerifierKey:
    config = load_config(layout.nodes["FR"])
    return log_key(
        "fr.node.portability.internal/log", load_signer(config.keys.log, config.mode).public
    )


def check(story: Story, entries: list[bytes], vkey: VerifierKey) -> None:
    """One gap-free log, of which every head ever told is an earlier state; nobody was lied to."""
    assert {one.node for one in story.told} == set(BOTH)
    assert sum(story.kills.values()) >= SECONDS / 6
    frontier, roots = Frontier(), [Frontier().root()]
    for entry in entries:
        frontier.append([leaf_hash(entry)])
        roots.append(frontier.root())
    heads = {note: open_checkpoint(note, vkey, vkey.name) for note in story.checkpoints}
    for one in story.told:
        heads[one.checkpoint] = head = open_checkpoint(one.checkpoint, vkey, vkey.name)
        assert entries[one.leaf_index] == one.entry
        assert log_entry_from_bytes(one.entry).statement_id == one.statement
        proof = [one.proof[at : at + 32] for at in range(0, len(one.proof), 32)]
        verify_inclusion(leaf_hash(one.entry), one.leaf_index, head.size, proof, head.root)
    for head in heads.values():
        assert isinstance(head, Checkpoint)
        assert roots[head.size] == head.root, "two histories were signed"
    logged = Counter(log_entry_from_bytes(entry).statement_id for entry in entries)
    assert set(logged.values()) == {1}, "something is in the log twice"
    assert {one.statement for one in story.told} <= set(logged)
