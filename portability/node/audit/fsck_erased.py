"""Whether every payload that is gone was erased: an erasure in the log names its leaf."""

from dataclasses import dataclass, field

from portability.errors import ProofError
from portability.ledger.envelope import Envelope
from portability.recognition.erasure import Erasure
from portability.store.engine import Connection
from portability.store.erasure import list_unproven
from portability.store.vault import Vault
from portability.wire.erasure import ERASURE_TYPES, erasure_statement_from_payload

_AT_ONCE = 5_000


@dataclass(slots=True)
class ErasedLeaves:
    """Leaves without payload, and leaves that erasures name. ``own`` is whose log it is."""

    own: str
    gone: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)

    def read(self, envelope: Envelope) -> None:
        """
        Note what a logged statement says about erased leaves. Raises InvalidInputError.

        One that a peer sent is about leaves of the peer's log.
        """
        if ERASURE_TYPES.get(envelope.payload_type) is Erasure:
            said = erasure_statement_from_payload(envelope.payload_type, envelope.payload)
            if isinstance(said, Erasure) and said.header.sender.jurisdiction == self.own:
                self.named.update(said.leaf_indexes)

    async def check(self, connection: Connection, vault: Vault) -> None:
        """
        Raise ProofError for a payload that is gone though no erasure names it, nor is under way.
        """
        open_ = sorted(self.gone - self.named)
        for at in range(0, len(open_), _AT_ONCE):
            leaves = open_[at : at + _AT_ONCE]
            unproven = await list_unproven(connection, leaves, vault.is_fenced)
            lost = next((leaf for leaf in leaves if leaf not in unproven), None)
            if lost is not None:
                raise ProofError(
                    f"statements: leaf {lost}: its payload is gone, and no erasure says so"
                )
