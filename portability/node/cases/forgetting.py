"""
Erasing the results that fell with a permission, and what was said of them, while the case goes on.

The leaves stay, a statement in the log says that their content is gone, and what the case has to
know of each is kept apart (``recognition.fallen``). To a peer that has not got it that statement
goes in its place: streams have no gaps. Source: formats.md, The log leaf, and erasure.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final

from portability.ledger.envelope import payload_type
from portability.node.cases.loading import LoadedCase, load_case
from portability.node.cases.writing import FORGET, FORGET_ID
from portability.node.erasure.signing import ErasureVoice
from portability.node.log.write import Write
from portability.recognition.erasure import Erasure, ErasureBasis
from portability.recognition.facts import read_facts
from portability.recognition.fallen import (
    Erasable,
    ends_behind,
    fallen,
    let_go,
    likenesses,
    records_let_go,
    without_content,
)
from portability.recognition.statements import PermissionEnding, Reconciliation
from portability.store import delivery, erased_steps, erasure_rows, exhibits, streams
from portability.store.delivery import PendingWork
from portability.store.set_aside import empty_set_aside
from portability.wire.statement import statement_to_payload

NAME_BYTES: Final = 16
_RESULT: Final = payload_type("reconciliation", "protobuf").encode()


class Forgetting:
    """
    All of it runs inside a transaction that is under way.

    ``ask_to_settle`` has what was overwritten cleared from the files of an embedded database.
    """

    def __init__(self, *, voice: ErasureVoice, ask_to_settle: Callable[[], None]) -> None:
        self._voice = voice
        self._ask_to_settle = ask_to_settle

    async def forget(self, write: Write, loaded: LoadedCase) -> None:
        """
        Erase all that this node has said it erased and that a transaction before logged.

        Doing it again changes nothing.
        """
        await self._forget_records(write, loaded)
        every = fallen(loaded.case)
        going = {i: every[i] for i in loaded.to_erase if i not in write.statements}
        if len(going) == len(loaded.to_erase):  # else the work waits for the next transaction
            await delivery.remove_pending_work(write.connection, _work(write, loaded.case_id))
        if not going:
            return
        leaves = sorted(one.leaf_index for one in loaded.listed if one.statement_id in going)
        said = await self._say(write, loaded, leaves)
        connection = write.connection
        await erased_steps.put_remainders(
            connection,
            write.vault,
            case_id=loaded.case_id,
            person=loaded.row.person,
            remainders=_remainders(going),
            erasure=said,
        )
        await erased_steps.empty_steps(connection, leaves)
        self.clear(write, loaded)

    async def _forget_records(self, write: Write, loaded: LoadedCase) -> None:
        """
        Those that are here again: with a delivery that was set aside, or in a database that was put
        back to before.
        """
        gone = let_go(loaded.case)
        if not gone:
            return
        connection, case_id = write.connection, loaded.case_id
        records = records_let_go(loaded.case, read_facts(loaded.case))
        places = await exhibits.list_exhibit_places(connection, case_id)
        held = sorted(one.statement_id for one in places if one.statement_id in records)
        await exhibits.remove_exhibits(connection, case_id, held)
        await streams.forget_exhibits(connection, case_id, held)
        emptied = await empty_set_aside(connection, write.vault, partial(_is_made_of, gone))
        if held or emptied:
            self.clear(write, loaded)

    def clear(self, write: Write, loaded: LoadedCase) -> None:
        """Nobody would find in memory, or in a file, what was erased, and yet it would be there."""
        write.after_commit(partial(write.vault.kept.forget, loaded.row.owner))
        write.after_commit(self._ask_to_settle)

    async def step(self, write: Write, work: PendingWork) -> None:
        """What waits to be done of it in a case."""
        loaded = await load_case(
            write.connection,
            write.vault,
            own=self._voice.jurisdiction,
            case_id=work.case_id,
            pending=write.statements,
        )
        if loaded is None:
            await delivery.remove_pending_work(write.connection, work)
        else:
            await self.forget(write, loaded)

    async def _say(self, write: Write, loaded: LoadedCase, leaves: list[int]) -> bytes:
        """The proof of it: a statement of this node about its own leaves, which names nobody."""
        basis = _basis(loaded)
        said = await self._voice.say(
            write,
            Erasure(
                header=self._voice.header(write.now),
                actor=self._voice.party,
                basis=basis,
                citation="",
                leaf_indexes=tuple(leaves),
                erasures=1,
            ),
        )
        row = erasure_rows.ErasureRow(
            name=said[:NAME_BYTES].hex(),
            person=None,
            owner="",
            stage=erasure_rows.PROVEN,
            actor=str(self._voice.party),
            basis=basis.value,
            citation="",
            refusal="",
            key_commitment=b"",
            revision=write.first_index,
            statement_id=said,
            create_time=write.now,
            destroy_time=write.now,
        )
        await erasure_rows.put_erasure(write.connection, row)
        return said


def _is_made_of(gone: Collection[bytes], _peer: str, delivery: bytes) -> bool:
    """Whether a delivery that was set aside brings a result that names any of these answers."""
    return _RESULT in delivery and any(i in delivery for i in gone)


def _work(write: Write, case_id: str) -> PendingWork:
    return PendingWork(kind=FORGET, case_id=case_id, statement_id=FORGET_ID, not_before=write.now)


def _basis(loaded: LoadedCase) -> ErasureBasis:
    """On which ground (GDPR Art 17(1)): (b) where the person withdrew, else (a)."""
    ended = ends_behind(loaded.case)
    withdrew = any(one.how is PermissionEnding.WITHDRAWN for one in ended)
    return ErasureBasis.CONSENT_WITHDRAWN if withdrew else ErasureBasis.NO_LONGER_NEEDED


def _remainders(going: Mapping[bytes, Erasable]) -> dict[bytes, bytes]:
    """By id the payload of what is left."""
    alike = likenesses({i: one for i, one in going.items() if isinstance(one, Reconciliation)})
    left = {
        i: without_content(one, alike[i]) if i in alike else without_content(one)
        for i, one in going.items()
    }
    return {i: statement_to_payload(one) for i, one in left.items()}
