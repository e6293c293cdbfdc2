"""
The exhibits of one delivery, verified together: what they share once, their signatures elsewhere.

A history is hundreds of records of one issuer in one log. Whatever is not plainly as it must be, or
not signed, is looked at again alone, by the function that says what is wrong with it: a batch
accepts nothing that an exhibit alone would not be accepted with.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from portability.core.opened import opened
from portability.errors import (
    InvalidInputError,
    PortabilityError,
    PreconditionError,
    ProofError,
    SignatureError,
)
from portability.ledger.trust import Directory, KeyPurpose
from portability.node.peers.inbox_checks import (
    MAX_EXHIBITS,
    VerifiedExhibit,
    holder_party,
    verify_exhibit,
)
from portability.v1 import envelope_pb2
from portability.wire.proven_run import ProvenRun, Signed, verify_signatures
from portability.wire.record import KIND, RECORD_TYPE, record_from_payload

AT_ONCE: Final = 64
"""Exhibits looked at in one go: about a millisecond, and a job worth handing over."""


_Open: Any = opened(VerifiedExhibit)
_new = object.__new__


class _Draft(NamedTuple):
    """An exhibit that may be believed once its signature was verified."""

    exhibit: VerifiedExhibit
    signed: Signed


class ExhibitBatch:
    """
    Exhibits as they came. Go through ``signatures`` to the end, then ask for ``verified``.

    Raises InvalidInputError for more than a statement may come with.
    """

    def __init__(
        self, messages: Sequence[envelope_pb2.ProvenStatement], directory: Directory
    ) -> None:
        if len(messages) > MAX_EXHIBITS:
            raise InvalidInputError(
                f"a statement came with more than {MAX_EXHIBITS} exhibits", field="exhibits"
            )
        self._messages = messages
        self._directory = directory
        self._run = ProvenRun(
            directory, payload_type=RECORD_TYPE, kind=KIND, purpose=KeyPurpose.INSTITUTION
        )
        self._drafts: list[_Draft | None] = []

    def signatures(self) -> Iterator[list[Signed]]:
        """Piece by piece the signatures that are left to verify, in the order of the exhibits."""
        messages = iter(self._messages)
        while some := [self._draft(one) for one in islice(messages, AT_ONCE)]:
            self._drafts += some
            yield [one.signed for one in some if one is not None]

    def verified(self, verdicts: Sequence[bool]) -> tuple[VerifiedExhibit, ...]:
        """
        All exhibits, given what became of their signatures.

        Raises as ``verify_exhibit`` of the first that is refused, and names it.
        """
        good = iter(verdicts)
        return tuple(
            draft.exhibit
            if draft is not None and next(good)
            else self._verify_alone(number, self._messages[number])
            for number, draft in enumerate(self._drafts)
        )

    def _draft(self, message: envelope_pb2.ProvenStatement) -> _Draft | None:
        logged = self._run.look_at(message)
        if logged is None:
            return None
        try:
            record = record_from_payload(
                logged.envelope.payload, logged.statement_id.hex(), logged.disclosures
            )
        except PortabilityError:
            return None
        issuer, holder = record.issuer, holder_party(logged.entry)
        if issuer is not holder and issuer != holder:
            return None
        exhibit = _new(_Open)
        exhibit.statement_id = logged.statement_id
        exhibit.origin = logged.entry.jurisdiction
        exhibit.envelope = logged.envelope
        exhibit.record = record
        exhibit.disclosures = logged.disclosures
        exhibit.proven = logged.proven
        exhibit.__class__ = VerifiedExhibit
        return _Draft(exhibit, logged.signed)

    def _verify_alone(self, number: int, message: envelope_pb2.ProvenStatement) -> VerifiedExhibit:
        try:
            return verify_exhibit(message, self._directory)
        except (InvalidInputError, ProofError, SignatureError, PreconditionError) as error:
            context = {**error.context, "exhibit": str(number + 1)}
            text = f"exhibit {number + 1} of {len(self._messages)}: {error.message}"
            raise type(error)(text, **context) from None


def verify_exhibits(
    messages: Sequence[envelope_pb2.ProvenStatement], directory: Directory
) -> tuple[VerifiedExhibit, ...]:
    """Every exhibit, verified in this thread. Raises as ``verify_exhibit``."""
    batch = ExhibitBatch(messages, directory)
    return batch.verified([good for some in batch.signatures() for good in verify_signatures(some)])
