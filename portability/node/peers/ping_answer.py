"""Answering a ping: an echo under this node's signature, whatever is wrong with the probe."""

from collections.abc import Callable
from datetime import datetime

from portability.consent.scope import Party
from portability.errors import PortabilityError, ProofError, SignatureError
from portability.federation.identity import Identity
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.envelope import Envelope, sign_envelope, verify_envelope
from portability.ledger.keys import Signer
from portability.recognition.echo import Echo, Pause, Probe
from portability.wire.echo import ECHO_TYPE, PROBE_TYPE, echo_to_payload, probe_from_payload


class PingDesk:
    """``pause`` says whether this node takes no new work for now."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        directory: Callable[[], Directory],
        node_key: Signer,
        clock: Callable[[], datetime],
        protocol_version: int,
        pause: Callable[[], Pause | None] = lambda: None,
    ) -> None:
        self._own = Party(jurisdiction=jurisdiction)
        self._directory = directory
        self._node_key = node_key
        self._clock = clock
        self._protocol_version = protocol_version
        self._pause = pause

    def answer(self, envelope: Envelope, caller: Identity) -> Envelope:
        """
        The signed echo, which also says whether the caller's key is trusted here.

        Raises InvalidInputError for what is no probe: there is nothing to echo.
        """
        probe = probe_from_payload(envelope.payload)
        refusal = self._refusal(envelope, probe, caller)
        echo = Echo(
            nonce=probe.nonce,
            sender=self._own,
            recipient=Party(jurisdiction=caller.jurisdiction),
            created=self._clock().replace(microsecond=0),
            protocol_version=self._protocol_version,
            directory_version=self._directory().version,
            refusal="" if refusal is None else refusal.reason,
            refusal_message="" if refusal is None else refusal.message,
            pause=self._pause(),
        )
        return sign_envelope(ECHO_TYPE, echo_to_payload(echo), self._node_key)

    def _refusal(
        self, envelope: Envelope, probe: Probe, caller: Identity
    ) -> PortabilityError | None:
        keys = self._directory().keys(
            caller.jurisdiction, NODE_LEVEL, KeyPurpose.NODE, self._clock()
        )
        try:
            verify_envelope(envelope, {PROBE_TYPE}, keys)
        except SignatureError:
            return SignatureError(
                f"the node of {caller.jurisdiction} signs with a key that the directory of "
                f"{self._own.jurisdiction}, version {self._directory().version}, does not list "
                "for it now"
            )
        except PortabilityError as error:
            return error
        if probe.sender != Party(jurisdiction=caller.jurisdiction) or probe.recipient != self._own:
            return ProofError("the probe names other nodes than those that speak")
        return None
