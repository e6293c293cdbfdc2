"""
Cases, replayed: the state and digest that their rows repeat, what came with their statements, the
references that these use, and the work that they make due.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from portability.consent.consent_reader import read_consent
from portability.consent.scope import party_of
from portability.errors import NotFoundError, PortabilityError, ProofError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.ledger.directory import Directory
from portability.ledger.encoding import HASH_BYTES
from portability.node.audit.fsck_receipts import check_receipts
from portability.node.audit.fsck_rows import Row
from portability.node.cases.loading import LoadedCase, load_case, read_case_statement
from portability.node.cases.writing import work_of
from portability.node.consents.evidence import HeldExhibit, find_permission, read_exhibits
from portability.recognition.case import Remind
from portability.recognition.facts import read_facts
from portability.recognition.not_sent import late_of
from portability.recognition.places import Was, was_in
from portability.recognition.presence import sends
from portability.recognition.progress import progress
from portability.recognition.statements import (
    Countersignature,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    NoticeAnswer,
    NoticeEffect,
    Reconciliation,
)
from portability.store import log
from portability.store import scan_tables as tables
from portability.store.cases import find_cases_of_statement
from portability.store.delivery import split_ids
from portability.store.engine import Connection
from portability.store.undelivered import WITHHELD
from portability.store.vault import Vault
from portability.v1 import envelope_pb2 as pb
from portability.wire.envelope import envelope_from_bytes
from portability.wire.strict import parse_strictly
from portability.wire.surfaced import verify_place

ANSWER_KIND: Final = "history-response"
ERASED: Final = "erased"


class CaseCheck:
    """Checks every case of one node."""

    def __init__(
        self, connection: Connection, vault: Vault, directory: Directory, own: str
    ) -> None:
        self._connection = connection
        self._vault = vault
        self._directory = directory
        self._own = own

    async def check(self) -> None:
        """Raise ProofError naming the first row that the statements of its case do not give."""
        references = await self._references()
        async for row in tables.scan_table(self._connection, "cases"):
            await self._check_row(row, references)
        await self._check_receipts()
        await self._check_deliveries()
        await self._check_omissions()

    async def _check_row(self, row: Row, references: Mapping[tuple[int, str], str]) -> None:
        if not row["content_ciphertext"]:
            if (row["state"], row["digest"]) != (ERASED, b""):
                raise _case(row, "its content is erased, and its state says something else")
            return
        loaded = await self._load(row)
        if loaded is None:
            return  # under an erasure that is not complete
        view = progress(loaded.case)
        if row["state"] != view.state.value:
            raise _case(row, f"its statements give the state {view.state.value}")
        if row["digest"] != view.digest:
            raise _case(row, "its statements give another digest")
        await self._check_parties(loaded)
        await self._check_places(loaded)
        await self._check_sent(loaded)
        await self._check_exhibits(loaded)
        await check_receipts(self._connection, self._vault, self._directory, loaded)
        await self._check_due(loaded)
        self._check_references(loaded, references)

    async def _load(self, row: Row) -> LoadedCase | None:
        """None under an erasure that is not complete."""
        try:
            loaded = await load_case(
                self._connection, self._vault, own=self._own, case_id=row["case_id"]
            )
        except NotFoundError:
            if await self._is_fenced(row["person"]):
                return None
            raise _case(row, "what is left of a statement that was erased is gone") from None
        except PortabilityError as error:
            raise _case(row, f"its statements do not give a case: {error.message}") from None
        if loaded is None:
            raise _case(row, "it cannot be found")
        return loaded

    async def _is_fenced(self, person: int | None) -> bool:
        ids = [] if person is None else [person]
        rows = await tables.find_rows(self._connection, "persons", "id", ids)
        return any(
            row["fence_time"] is not None or self._vault.is_fenced(row["name"]) for row in rows
        )

    # --- what a case says of its own rows --------------------------------------------------------

    async def _check_places(self, loaded: LoadedCase) -> None:
        """Whoever signed a statement sent it, and nobody sent our own."""
        for row in await self._rows("case_statements", loaded):
            said = loaded.case.accepted.get(row["statement_id"])
            if said is None:
                continue
            sender = said.header.sender.jurisdiction
            if row["peer"] != ("" if sender == self._own else sender):
                raise _case(loaded, f"peer of leaf {row['leaf_index']} is not who sent it")

    async def _check_parties(self, loaded: LoadedCase) -> None:
        rows = await self._rows("case_parties", loaded)
        if sorted(row["ordinal"] for row in rows) != list(range(len(rows))):
            raise ProofError(f"case_parties: those of case {loaded.case_id} are not in their order")

    async def _check_sent(self, loaded: LoadedCase) -> None:
        """Whoever must have a statement of ours has it in their stream, or is told to lack it."""
        for send in sends(loaded.case, loaded.claim, read_facts(loaded.case)):
            rows = []
            for table in ("outbox", "undelivered"):
                rows += await tables.find_rows(
                    self._connection, table, "statement_id", [send.statement_id]
                )
            if send.to not in {row["peer"] for row in rows}:
                raise ProofError(
                    f"outbox: {send.statement_id.hex()[:16]} is owed to {send.to}, and is not in "
                    "the stream there"
                )

    async def _check_due(self, loaded: LoadedCase) -> None:
        """What is due waits to be done; only what time makes due is found without."""
        waiting = {
            (row["kind"], row["statement_id"]) for row in await self._rows("pending_work", loaded)
        }
        for duty in progress(loaded.case).duties:
            kind, subject = work_of(duty)
            if kind and not isinstance(duty, Remind) and (kind, subject) not in waiting:
                raise ProofError(f"pending_work: {kind} of case {loaded.case_id} waits nowhere")

    async def _rows(self, table: str, loaded: LoadedCase) -> list[Row]:
        return await tables.find_rows(self._connection, table, "case_id", [loaded.case_id])

    # --- exhibits --------------------------------------------------------------------------------

    async def _check_exhibits(self, loaded: LoadedCase) -> None:
        rows = await self._rows("exhibits", loaded)
        held = await read_exhibits(self._connection, self._vault, loaded.case_id)
        for row in rows:
            name = row["statement_id"]
            if row["person"] != loaded.row.person:
                raise _exhibit(name, "person is not that of its case")
            if name in held and row["origin"] != self._log_of(held[name]):
                raise _exhibit(name, "origin is not the jurisdiction whose log proves it")
        if self._has_erased(loaded):
            return
        late = late_of(read_facts(loaded.case))  # which may have come alone
        accepted = loaded.case.accepted.items()
        wanted = {one for i, said in accepted if i not in late for one in self._brought(said)}
        wanted |= {one for result in self._computed(loaded) for one in result.inputs}
        wanted |= await self._evidence(loaded, held)
        lost = wanted - {row["statement_id"] for row in rows}
        if lost:
            lost -= set(await log.find_statements(self._connection, lost))
        if lost:
            raise _exhibit(min(lost), f"case {loaded.case_id} rests on it, and it is not here")

    def _has_erased(self, loaded: LoadedCase) -> bool:
        """Whether this node has said in the case that it erased what it had received."""
        return any(
            isinstance(said, NoticeAnswer)
            and said.effect is NoticeEffect.ERASED
            and said.header.sender.jurisdiction == self._own
            for said in loaded.case.accepted.values()
        )

    def _log_of(self, held: HeldExhibit) -> str | None:
        return self._directory.log_jurisdiction(
            unverified_checkpoint(held.proven.checkpoint).origin
        )

    def _brought(self, said: object) -> Sequence[bytes]:
        """The records that came with an answer of a peer."""
        if isinstance(said, HistoryResponse) and said.header.sender.jurisdiction != self._own:
            return said.records
        return ()

    def _computed(self, loaded: LoadedCase) -> Iterator[Reconciliation]:
        """
        The results that this node has computed again, which it did from their inputs.

        Others came alone: those of before it took part, those that the lead may not show it whole,
        and those of which the lead has erased something.
        """
        accepted = loaded.case.accepted
        for said in accepted.values():
            if isinstance(said, Countersignature) and said.header.sender.jurisdiction == self._own:
                result = accepted[said.header.predecessors[0]]
                if isinstance(result, Reconciliation):
                    yield result

    async def _evidence(self, loaded: LoadedCase, held: Mapping[bytes, HeldExhibit]) -> set[bytes]:
        """What a request of a peer rested on that was not refused: it must be found again."""
        wanted: set[bytes] = set()
        for answer in loaded.case.accepted.values():
            if not isinstance(answer, HistoryResponse) or not self._released(answer):
                continue
            request = loaded.case.accepted[answer.header.predecessors[0]]
            if not isinstance(request, HistoryRequest) or not request.permission:
                continue
            found = await find_permission(
                self._connection,
                self._vault,
                own=self._own,
                case_id=loaded.case_id,
                permission=request.permission,
            )
            if found is None and request.permission in held:
                raise _exhibit(request.permission, "what this consent rests on is not all here")
            wanted.add(request.permission)
            if request.permission in held:
                wanted.add(read_consent(held[request.permission].proven.envelope.payload).request)
        return wanted

    def _released(self, answer: HistoryResponse) -> bool:
        is_own = answer.header.sender.jurisdiction == self._own
        return is_own and answer.outcome is not HistoryOutcome.REFUSED

    # --- references ------------------------------------------------------------------------------

    async def _references(self) -> Mapping[tuple[int, str], str]:
        """Under which name each peer knows each person."""
        return {
            (row["person"], row["peer"]): row["reference"]
            async for row in tables.scan_table(self._connection, "pairwise_references")
        }

    def _check_references(
        self, loaded: LoadedCase, references: Mapping[tuple[int, str], str]
    ) -> None:
        """A reference by which somebody was asked about belongs to whom the case is about."""
        person = loaded.row.person
        if person is None:
            return
        for said in loaded.case.accepted.values():
            if isinstance(said, HistoryRequest):
                both = {said.header.sender.jurisdiction, said.recipient.jurisdiction}
                (peer,) = both - {self._own} or {self._own}
                if self._own in both and references.get((person, peer)) != said.person_reference:
                    raise ProofError(
                        f"pairwise_references: case {loaded.case_id} was asked for under another "
                        f"reference of {peer} than its person has"
                    )

    # --- what is read of cases elsewhere ---------------------------------------------------------

    async def _check_receipts(self) -> None:
        """A receipt is of the case of its request, and this node's own where its node signed it."""
        async for row in tables.scan_table(self._connection, "receipts"):
            leaf = row["leaf_index"]
            is_own = row["provider"].partition("/")[0] == self._own
            if row["is_local"] != is_own:
                raise ProofError(f"receipts: is_local of leaf {leaf} is not what its provider says")
            found = await find_cases_of_statement(self._connection, row["request"])
            if row["case_id"] != (found[0] if found else None):
                raise ProofError(f"receipts: case_id of leaf {leaf} is not that of its request")

    async def _check_deliveries(self) -> None:
        """What goes with a statement is held here, and an answer goes with the records it names."""
        async for row in tables.scan_table(self._connection, "outbox"):
            ids = split_ids(row["exhibit_ids"])
            place = f"outbox: position {row['position']} of {row['peer']}"
            if len(row["exhibit_ids"]) % HASH_BYTES:
                raise ProofError(f"{place} names exhibits by what are no ids")
            if ids and await self._is_lost(row, ids) and not await self._has_let_go(row):
                raise ProofError(
                    f"{place} names an exhibit that is not here; it goes alone once the node runs"
                )
        async for row in tables.scan_table(self._connection, "undelivered"):
            ids = split_ids(row["exhibit_ids"])
            if row["state"] == WITHHELD and ids and await self._is_lost(row, ids):
                raise ProofError(
                    f"undelivered: {row['statement_id'].hex()[:16]} for {row['peer']} names an "
                    "exhibit that is not here; it goes alone once the peer is upgraded"
                )
        await self._check_answers()

    async def _is_lost(self, row: Row, ids: Sequence[bytes]) -> bool:
        """Whether something is neither in the log nor in the case of the statement it goes with."""
        found = await find_cases_of_statement(self._connection, row["statement_id"])
        return not set(ids) <= await tables.known_ids(self._connection, ids, found)

    async def _has_let_go(self, row: Row) -> bool:
        """Whether it went with what was erased since: the software before kept naming that."""
        if row["accept_time"] is None:
            return False
        for case_id in await find_cases_of_statement(self._connection, row["statement_id"]):
            try:
                loaded = await load_case(
                    self._connection, self._vault, own=self._own, case_id=case_id
                )
            except NotFoundError:
                return True
            if loaded is not None and self._has_erased(loaded):
                return True
        return False

    async def _check_answers(self) -> None:
        """Every answer that names records left, or waits to leave, with exactly these."""
        async for row in tables.scan_table(self._connection, "case_statements"):
            stored = (
                await log.read_statements(self._connection, self._vault, [row["statement_id"]])
            ).get(row["statement_id"])
            if stored is None or stored.envelope is None or stored.kind != ANSWER_KIND:
                continue
            said = read_case_statement(envelope_from_bytes(stored.envelope))
            if not isinstance(said, HistoryResponse) or row["direction"] != "out":
                continue
            sent = await tables.find_rows(
                self._connection, "outbox", "statement_id", [row["statement_id"]]
            )
            withheld = await tables.find_rows(
                self._connection, "undelivered", "statement_id", [row["statement_id"]]
            )
            here = await log.find_statements(self._connection, said.records)
            if len(here) < len(said.records):
                continue  # records that a node has lost, while a peer kept its answer
            named = b"".join(said.records)
            if not any(one["exhibit_ids"] == named for one in (*sent, *withheld)):
                raise ProofError(
                    f"outbox: the answer at leaf {row['leaf_index']} goes with other exhibits than "
                    "the records that it names"
                )

    # --- what is held against others -------------------------------------------------------------

    async def _check_omissions(self) -> None:
        """What is held against an answer follows from what it says and from the proof."""
        async for row in tables.scan_table(self._connection, "omissions"):
            what = f"omissions: {row['record'].hex()[:16]}"
            issuer = party_of(row["jurisdiction"], row["institution"])
            try:
                place = parse_strictly(pb.ProvenStatement, row["proven"], "proven")
                leaf = verify_place(place, self._directory, issuer)
                origin = unverified_checkpoint(place.checkpoint).origin
            except PortabilityError:
                raise ProofError(f"{what}: its place in a log of {issuer} is not proven") from None
            if (leaf.statement_id, place.leaf_index) != (row["record"], row["leaf_index"]):
                raise ProofError(f"{what}: the proof is for something else")
            log_named, size = row["log_origin"], row["tree_size"]
            was = was_in(log_named, size, place.leaf_index, origin, self._directory)
            if was is not Was.THERE:
                raise ProofError(f"{what}: it was not in the log when that was answered")
            await self._check_incomplete(row, what)

    async def _check_incomplete(self, row: Row, what: str) -> None:
        answer = row["response"]
        if row["case_id"] not in await find_cases_of_statement(self._connection, answer):
            raise ProofError(f"{what}: the answer is not of that case")
        stored = (await log.read_statements(self._connection, self._vault, [answer])).get(answer)
        if stored is None or stored.envelope is None:
            return  # erased since
        said = read_case_statement(envelope_from_bytes(stored.envelope))
        if (
            not isinstance(said, HistoryResponse)
            or said.header.sender.jurisdiction != row["jurisdiction"]
            or (said.log_origin, said.tree_size) != (row["log_origin"], row["tree_size"])
            or row["record"] in said.records
        ):
            raise ProofError(f"{what}: the answer does not say that it is complete without it")


def _case(row: Row | LoadedCase, what: str) -> ProofError:
    name = row.case_id if isinstance(row, LoadedCase) else row["case_id"]
    return ProofError(f"cases: {name}: {what}")


def _exhibit(name: bytes, what: str) -> ProofError:
    return ProofError(f"exhibits: {name.hex()[:16]}: {what}")
