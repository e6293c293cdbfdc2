"""
Every way in which this software refuses, in one tree.

PortabilityError
├── InvalidInputError          what was sent does not parse or contradicts itself
│   └── RecordRefusedError     one record of several was refused; the others were not touched
├── SignatureError             an envelope is not signed by a key that is trusted for it
├── UnauthenticatedError       the caller did not prove who it is
├── ForbiddenError             the caller's role may not make this call
├── ConsentError               no permission in force; also "no such person": always the same words
├── NotFoundError              said only to a caller who may know
├── RequestIdReusedError       the same request id with other content
├── PreconditionError          the thing exists but is not in a state that allows this
│   ├── ErasedError            the person's data was erased, or is being erased
│   ├── NoAgreementError       no agreement in force between the parties on that date
│   └── UnsupportedVersionError
├── StaleCheckpointError       another writer moved the head; nothing was written
├── OverloadedError            a limit was reached; try again later
├── DeadlineError              the call took longer than this node allows
├── PeerUnavailableError       a peer could not be reached
│   └── MaintenanceError       a node takes no new work for now, and says when to come again
├── HaltedError                this node stopped in doubt and serves nothing until someone looks
├── StorageError               the database refused: full, read-only or gone
│   └── KeyUnavailableError    a key in a token is out of reach
├── ProofError                 a proof, checkpoint or leaf does not hold
│   └── ForkError              a log showed two histories
└── ConfigurationError         a file, key or setting of this installation is unusable

``message`` and ``context`` reach the caller: nothing about a person, nothing that the caller may
not know, no text of another library's exception. Which gRPC code an error becomes is known by one
module only, the node's interceptor.
"""

from typing import ClassVar


class PortabilityError(Exception):
    """
    Base of all errors that are meant to be read by whoever caused them.

    ``context`` becomes the ``metadata`` of ``google.rpc.ErrorInfo``; what varies in the message is
    in it too (AIP-193).
    """

    reason: ClassVar[str] = "PORTABILITY_ERROR"

    def __init__(self, message: str, **context: str) -> None:
        super().__init__(message)
        self.message = message
        self.context = context


class InvalidInputError(PortabilityError):
    """Input that does not parse or contradicts itself; ``field`` in the context names the place."""

    reason = "INVALID_INPUT"


class RecordRefusedError(InvalidInputError):
    """One record among several was refused; ``row`` in the context counts from 0."""

    reason = "RECORD_REFUSED"


class SignatureError(PortabilityError):
    reason = "SIGNATURE_INVALID"


class UnauthenticatedError(PortabilityError):
    reason = "UNAUTHENTICATED"


class ForbiddenError(PortabilityError):
    reason = "ROLE_NOT_ALLOWED"


class ConsentError(PortabilityError):
    """No permission in force. Takes no words: refusals are alike whatever their cause."""

    reason = "NOT_PERMITTED"

    def __init__(self) -> None:
        super().__init__("there is no permission in force for this request")


class NotFoundError(PortabilityError):
    reason = "NOT_FOUND"


class RequestIdReusedError(PortabilityError):
    reason = "REQUEST_ID_REUSED"


class PreconditionError(PortabilityError):
    reason = "FAILED_PRECONDITION"


class ErasedError(PreconditionError):
    """Nothing new is kept about a person whose data was erased, and no key of theirs is used."""

    reason = "PERSON_ERASED"

    def __init__(
        self,
        message: str = "the data of this person was erased and nothing new is kept about them: "
        "enrol them anew",
        **context: str,
    ) -> None:
        super().__init__(message, **context)


class NoAgreementError(PreconditionError):
    reason = "NO_AGREEMENT"


class UnsupportedVersionError(PreconditionError):
    reason = "UNSUPPORTED_VERSION"


class StaleCheckpointError(PortabilityError):
    reason = "STALE_CHECKPOINT"


class OverloadedError(PortabilityError):
    reason = "OVERLOADED"


class DeadlineError(PortabilityError):
    reason = "DEADLINE_EXCEEDED"


class PeerUnavailableError(PortabilityError):
    reason = "PEER_UNAVAILABLE"


class MaintenanceError(PeerUnavailableError):
    """
    A node takes no new work for now; ``retry_after_seconds`` in the context says when to come
    again. No failure: whoever asked keeps what they have and waits.
    """

    reason = "NODE_IN_MAINTENANCE"


class HaltedError(PortabilityError):
    reason = "NODE_HALTED"


class StorageError(PortabilityError):
    reason = "STORAGE_REFUSED"


class KeyUnavailableError(StorageError):
    """A PKCS#11 token does not do its work now; the same call may succeed later."""

    reason = "KEY_UNAVAILABLE"


class ProofError(PortabilityError):
    reason = "PROOF_INVALID"


class ForkError(ProofError):
    reason = "LOG_FORKED"


class ConfigurationError(PortabilityError):
    reason = "CONFIGURATION"
