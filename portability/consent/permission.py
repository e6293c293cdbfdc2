"""
What is put before the gate: the request for data, and the permission that it rests on, as it came.

Nothing in here is believed by the gate because somebody says that it was checked: envelopes are
verified again, by the gate itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portability.consent.reading import check_hash, check_name, check_reference, refuse
from portability.consent.scope import Grant, Party, check_grants
from portability.consent.statements import ConsentStatus, SubjectKey
from portability.ledger.envelope import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An envelope, and the hour in which a log took it in, by a proof that was verified."""

    envelope: Envelope
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPermission:
    """
    A consent and everything that it rests on, as raw envelopes.

    ``home_node`` is whose log holds consent and key record; the document must say the same.
    ``status`` is the home node's latest word, None where none could be had.
    """

    home_node: str
    consent: Logged
    key_record: Logged
    template: Logged
    status: Envelope | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalMandate:
    """A clause of the agreement instead of a consent; ``notified_at``: when the person was told."""

    clause: str
    notified_at: datetime | None


Permission = ConsentPermission | LegalMandate


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureRequest:
    """
    Who asks whom for what about whom.

    ``statement`` is the id of the signed request and ``key_id`` the key that signed it, verified;
    ``peer`` is the jurisdiction in the certificate of whoever delivered it; ``person_reference`` is
    the pairwise reference between that peer and the provider's node.
    """

    statement: bytes
    key_id: bytes
    peer: str
    requester: Party
    provider: Party
    person_reference: str
    purpose: str
    agreement: str
    agreement_version: str
    asked: Grant
    case_id: str
    received_at: datetime

    def __post_init__(self) -> None:
        check_hash(self.statement, field="statement")
        check_reference(self.person_reference, field="person_reference")
        check_name(self.purpose, field="purpose")
        check_grants((self.asked,), field="asked")
        if len(self.asked.branches) != 1:
            raise refuse("branch", "is not exactly one: a case is about one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Releases by this provider under this permission so far."""

    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """The strict readers of signed protobuf bytes, which live above this layer."""

    subject_key: Callable[[bytes], SubjectKey]
    status: Callable[[bytes], ConsentStatus]
