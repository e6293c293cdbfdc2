"""Statements about erasures, signed by the node and put into its log."""

from collections.abc import Callable, Sequence
from datetime import datetime

from portability.consent.scope import Party
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.keys import Signer
from portability.node.log.signed import log_signed
from portability.node.log.write import Write
from portability.recognition.erasure import ErasureStatement
from portability.recognition.statements import Header
from portability.wire.erasure import erasure_statement_to_payload, erasure_statement_type


class ErasureVoice:
    """How a node speaks of erasures."""

    def __init__(
        self, *, jurisdiction: str, node_key: Signer, randomness: Callable[[int], bytes]
    ) -> None:
        self.jurisdiction = jurisdiction
        self._node_key = node_key
        self._randomness = randomness

    @property
    def party(self) -> Party:
        return Party(jurisdiction=self.jurisdiction)

    def header(self, now: datetime, predecessors: Sequence[bytes] = ()) -> Header:
        return Header(
            salt=self._randomness(HASH_BYTES),
            case_id="",
            sender=self.party,
            created=now.replace(microsecond=0),
            predecessors=tuple(predecessors),
        )

    async def say(
        self, write: Write, statement: ErasureStatement, *, person: int | None = None
    ) -> bytes:
        """Sign and log a statement; its id. With a ``person`` it is erased when they are."""
        signed_type = erasure_statement_type(statement)
        payload = erasure_statement_to_payload(statement)
        row = await log_signed(write, signed_type, payload, signer=self._node_key, person=person)
        return row.statement_id


def party_of(text: str) -> Party:
    """``FR/cnav`` or ``FR``, as it was stored."""
    jurisdiction, _, institution = text.partition("/")
    return Party(jurisdiction=jurisdiction, institution=institution)
