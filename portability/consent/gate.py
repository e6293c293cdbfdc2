"""
The gate: the one pure function that decides every disclosure.

Every check is made; the first that fails, in this order, is the recorded cause (formats.md, §6):

* caller: authenticated institution and node are the requester; its key is trusted now
* signature: the person's signature and key record verify; method and levels reach the minimum
* person, provider, service: the person is the one meant, this institution is named, the purpose
  covers the call
* data: asked ∩ permission ∩ agreement ∩ the institution's rights, over branch, datatype, action,
  field and period; empty is a refusal, smaller than asked is partial
* time, frequency, status: in force, not used up, and fresh word of the home node says GRANTED
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from portability.consent.agreement import AgreementScope
from portability.consent.causes import RefusalCause
from portability.consent.document import Consent, LegalBasis, LegalBasisKind
from portability.consent.evidence import Evidence, gather
from portability.consent.payload_types import CONSENT_STATUS_TYPE
from portability.consent.permission import (
    ConsentPermission,
    DisclosureRequest,
    LegalMandate,
    Permission,
    Readers,
    Uses,
)
from portability.consent.scope import (
    Action,
    Grant,
    Span,
    covers,
    days_of_each,
    intersect,
    narrow_to_branches,
    outside,
)
from portability.consent.statements import ConsentState, ConsentStatus
from portability.errors import PortabilityError
from portability.ledger.directory import NODE_LEVEL, Directory, KeyPurpose
from portability.ledger.envelope import statement_id, verify_envelope

CLOCK_DIFFERENCE: Final = timedelta(seconds=60)
"""Granted to the ``as_of`` of a peer, and to nothing else."""

References = Mapping[tuple[str, str], str]
"""(peer's jurisdiction, pairwise reference) to the person's name here, as far as they are known."""

_STATE_CAUSES: Final = {
    ConsentState.WITHDRAWN: RefusalCause.WITHDRAWN,
    ConsentState.PAUSED: RefusalCause.PAUSED,
    ConsentState.SUPERSEDED: RefusalCause.SUPERSEDED,
    ConsentState.EXPIRED: RefusalCause.EXPIRED,
    ConsentState.EXHAUSTED: RefusalCause.EXHAUSTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """
    Data may leave, within ``scope`` and nothing else.

    ``partial``: less than was asked for. ``status_version`` and ``permission_id`` go into the
    receipt, and ``basis``, the law that it rests on; ``erase_by`` is None for a mandate.
    """

    scope: tuple[Grant, ...]
    partial: bool
    permission_id: bytes
    status_version: int
    reason_text_key: str
    erase_by: date | None
    basis: LegalBasis | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that is allowed for something, in the order asked for."""
        return tuple(dict.fromkeys(name for grant in self.scope for name in grant.fields))

    def allows(
        self, *, action: Action, datatype: str, fields: tuple[str, ...], start: date, end: date
    ) -> bool:
        """
        Whether one record may leave: all its fields, over all its days.

        The branch is the one that was asked for.
        """
        needed = Grant(
            branches=self.scope[0].branches,
            datatypes=(datatype,),
            actions=(action,),
            fields=fields,
            from_date=start,
            to_date=end,
        )
        return covers(self.scope, (needed,))

    def days_allowed(
        self, *, action: Action, datatype: str, fields: tuple[str, ...]
    ) -> tuple[Span, ...]:
        """
        Spans such that ``allows`` a record with these fields that lies within one of them.

        So that a history is not held against the grants row by row.
        """
        whole = self.scope[0]
        needed = Grant(
            branches=whole.branches,
            datatypes=(datatype,),
            actions=(action,),
            fields=fields,
            from_date=whole.from_date,
            to_date=whole.to_date,
        )
        return days_of_each(self.scope, needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing leaves. The cause is for person and auditor only; ``basis`` as far as it is known."""

    cause: RefusalCause
    permission_id: bytes
    status_version: int
    basis: LegalBasis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Everything that the checks look at."""

    request: DisclosureRequest
    agreement: AgreementScope
    directory: Directory
    now: datetime
    uses: Uses
    references: References
    evidence: Evidence
    is_mandate: bool
    status: ConsentStatus | None
    status_fault: RefusalCause | None
    scope: tuple[Grant, ...]

    @property
    def consent(self) -> Consent | None:
        return self.evidence.consent


def decide(
    *,
    permission: Permission | None,
    request: DisclosureRequest,
    agreement: AgreementScope,
    directory: Directory,
    now: datetime,
    uses: Uses,
    references: References,
    readers: Readers,
) -> Granted | Refused:
    """
    What may leave this node on this request, or why nothing may.

    ``permission`` None: none was named, or nothing usable was sent for the one named. Raises
    nothing that bad input can cause: whatever does not hold is a refusal.
    """
    evidence = gather(permission, agreement, directory, readers)
    status, status_fault = _read_status(permission, request, directory, readers, now)
    look = _Look(
        request=request,
        agreement=agreement,
        directory=directory,
        now=now,
        uses=uses,
        references=references,
        evidence=evidence,
        is_mandate=isinstance(permission, LegalMandate),
        status=status,
        status_fault=status_fault,
        scope=_scope(request, evidence, agreement, directory),
    )
    checks = (_caller, _signature, _subject, _data, _time, _frequency, _status)
    causes = [check(look) for check in checks]
    cause = next((found for found in causes if found is not None), None)
    version = 0 if status is None else status.version
    if cause is not None:
        return Refused(
            cause=cause,
            permission_id=evidence.permission_id,
            status_version=version,
            basis=_basis(evidence),
        )
    return _granted(look, version)


def _basis(evidence: Evidence) -> LegalBasis | None:
    """What a permission rests on: what the consent says, or the article of the mandate."""
    if evidence.consent is not None:
        return evidence.consent.legal_basis
    if evidence.mandate is None:
        return None
    return LegalBasis(
        kind=LegalBasisKind.LEGAL_OBLIGATION_NOTICE, citation=evidence.mandate.citation
    )


def _granted(look: _Look, version: int) -> Granted:
    consent = look.consent
    return Granted(
        scope=look.scope,
        partial=not covers(look.scope, (look.request.asked,)),
        permission_id=look.evidence.permission_id,
        status_version=version,
        reason_text_key=look.request.purpose if consent is None else consent.purpose.text_key,
        erase_by=None if consent is None else consent.retention.erase_by,
        basis=_basis(look.evidence),
    )


def _caller(look: _Look) -> RefusalCause | None:
    requester = look.request.requester
    trusted = set(_keys(look, requester.institution, KeyPurpose.INSTITUTION))
    if look.is_mandate:
        # between the parties of a case it is the nodes that exchange what its result rests on
        trusted |= set(_keys(look, NODE_LEVEL, KeyPurpose.NODE))
    if look.request.peer != requester.jurisdiction or look.request.key_id not in trusted:
        return RefusalCause.CALLER_UNTRUSTED
    if look.consent is not None and look.consent.requester.party != requester:
        return RefusalCause.OTHER_REQUESTER
    return None


def _signature(look: _Look) -> RefusalCause | None:
    return look.evidence.fault


def _subject(look: _Look) -> RefusalCause | None:
    request, consent = look.request, look.consent
    person = look.references.get((request.peer, request.person_reference))
    if person is None:
        return RefusalCause.PERSON_UNKNOWN
    if consent is None:
        return None
    if look.status is not None and _meant(look, consent, look.status) != person:
        return RefusalCause.OTHER_PERSON
    if request.provider not in consent.providers:
        return RefusalCause.OTHER_PROVIDER
    if request.purpose != consent.purpose.code:
        return RefusalCause.OTHER_PURPOSE
    return None


def _meant(look: _Look, consent: Consent, status: ConsentStatus) -> str | None:
    """The person whom the home node means, by the reference that it uses towards this node."""
    if consent.home_node == look.request.provider.jurisdiction:
        # at home there is no reference to oneself: the consent's own is known here
        return look.references.get((consent.requester.party.jurisdiction, consent.subject))
    return look.references.get((consent.home_node, status.person_reference))


def _data(look: _Look) -> RefusalCause | None:
    if not _agreement_holds(look):
        return RefusalCause.AGREEMENT_OUTSIDE
    scope: tuple[Grant, ...] = (look.request.asked,)
    for allowed in _bounds(look.request, look.evidence, look.agreement, look.directory):
        narrowed = intersect(scope, allowed)
        if not narrowed:
            return RefusalCause(f"{outside(scope[0], allowed)}-outside")
        scope = narrowed
    return None


def _time(look: _Look) -> RefusalCause | None:
    consent = look.consent
    if consent is None:
        return None
    if look.now < consent.not_before:
        return RefusalCause.NOT_YET_VALID
    return None if look.now < consent.not_after else RefusalCause.EXPIRED


def _frequency(look: _Look) -> RefusalCause | None:
    consent = look.consent
    if consent is None:
        return None
    if look.uses.count >= consent.use.max_uses:
        return RefusalCause.EXHAUSTED
    last = look.uses.last
    if last is not None and look.now - last < consent.use.min_interval:
        return RefusalCause.TOO_SOON
    return None


def _status(look: _Look) -> RefusalCause | None:
    consent, template, status = look.consent, look.evidence.template, look.status
    if look.is_mandate:
        return None
    if status is None or consent is None or template is None:
        return look.status_fault or RefusalCause.STATUS_MISSING
    at_home = consent.home_node == look.request.provider.jurisdiction
    ahead = timedelta(0) if at_home else CLOCK_DIFFERENCE
    # the difference lets a status be from a little later than now; it never lengthens the cap
    if not status.as_of - ahead <= look.now <= status.as_of + template.caps.status_age:
        return RefusalCause.STATUS_STALE
    if status.state is ConsentState.GRANTED:
        return None
    return _STATE_CAUSES.get(status.state, RefusalCause.NOT_IN_FORCE)


def _scope(
    request: DisclosureRequest,
    evidence: Evidence,
    agreement: AgreementScope,
    directory: Directory,
) -> tuple[Grant, ...]:
    scope: tuple[Grant, ...] = (request.asked,)
    for allowed in _bounds(request, evidence, agreement, directory):
        scope = intersect(scope, allowed)
    return scope


def _bounds(
    request: DisclosureRequest,
    evidence: Evidence,
    agreement: AgreementScope,
    directory: Directory,
) -> tuple[tuple[Grant, ...], ...]:
    """What each of the three that have a say allows: the permission, the agreement, the rights."""
    return evidence.grants, agreement.grants, _rights(request, directory)


def _rights(request: DisclosureRequest, directory: Directory) -> tuple[Grant, ...]:
    """What the caller's institution may see of what it asks: the branches that it runs."""
    requester = request.requester
    try:
        institution = directory.institution(requester.jurisdiction, requester.institution)
    except PortabilityError:
        return ()
    return narrow_to_branches((request.asked,), institution.branches)


def _agreement_holds(look: _Look) -> bool:
    request, agreement = look.request, look.agreement
    asked_under = (request.agreement, request.agreement_version)
    return asked_under == (agreement.id, agreement.version) and {
        request.requester.jurisdiction,
        request.provider.jurisdiction,
    } <= set(agreement.parties)


def _keys(look: _Look, institution: str, purpose: KeyPurpose) -> Mapping[bytes, bytes]:
    jurisdiction = look.request.requester.jurisdiction
    return look.directory.keys(jurisdiction, institution, purpose, look.now)


def _read_status(
    permission: Permission | None,
    request: DisclosureRequest,
    directory: Directory,
    readers: Readers,
    now: datetime,
) -> tuple[ConsentStatus | None, RefusalCause | None]:
    """The home node's word on this very consent, given to this node; or why there is none."""
    if not isinstance(permission, ConsentPermission) or permission.status is None:
        return None, None
    trusted = directory.keys(permission.home_node, NODE_LEVEL, KeyPurpose.NODE, now)
    try:
        verified = verify_envelope(permission.status, {CONSENT_STATUS_TYPE}, trusted)
        status = readers.status(verified.payload)
    except PortabilityError:
        return None, RefusalCause.STATUS_INVALID
    if status.consent != _consent_id(permission) or status.recipient != request.provider.node:
        return None, RefusalCause.STATUS_INVALID
    return status, None


def _consent_id(permission: ConsentPermission) -> bytes:
    envelope = permission.consent.envelope
    return statement_id(envelope.payload_type, envelope.payload)
