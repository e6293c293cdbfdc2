"""What a node signs when something came from a peer and is durable here."""

from collections.abc import Callable, Sequence
from datetime import datetime

from portability.consent.scope import Party
from portability.ledger.encoding import HASH_BYTES
from portability.ledger.envelope import Envelope, sign_envelope
from portability.ledger.keys import Signer
from portability.recognition.statements import Acknowledgement, Header
from portability.wire.statement import statement_to_payload, type_of


class Acknowledger:
    """Signs with the node's key: nobody can say afterwards that it never came."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        node_key: Signer,
        clock: Callable[[], datetime],
        randomness: Callable[[int], bytes],
    ) -> None:
        self._jurisdiction = jurisdiction
        self._node_key = node_key
        self._clock = clock
        self._randomness = randomness

    def sign(self, accepted: Sequence[bytes], position: int) -> Envelope:
        """Of these statements, and that the stream is here up to a position."""
        statement = Acknowledgement(
            header=Header(
                salt=self._randomness(HASH_BYTES),
                case_id="",
                sender=Party(jurisdiction=self._jurisdiction),
                created=self._clock().replace(microsecond=0),
                predecessors=tuple(accepted),
            ),
            position=position,
        )
        return sign_envelope(type_of(statement), statement_to_payload(statement), self._node_key)
