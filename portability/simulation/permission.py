"""
The person of a case, what they allow, and the real gate before every answer.

The person has a key, gives consents, withdraws them and lets them expire. The home node's word on
where a consent stands is asked for at the moment of each answer, as nodes do; an answer has to wait
while the home node is out of reach.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from portability.consent.agreement import AgreementScope, scope_on
from portability.consent.consent_json import write_consent
from portability.consent.document import Consent, IdentityLevel, Method, WithdrawalMeans
from portability.consent.drafting import Choice, draft_consent
from portability.consent.gate import Granted, Refused, decide
from portability.consent.identifiers import uuid7
from portability.consent.payload_types import (
    CONSENT_STATUS_TYPE,
    CONSENT_TYPE,
    SUBJECT_KEY_TYPE,
    TEMPLATE_TYPE,
)
from portability.consent.permission import ConsentPermission, DisclosureRequest, Logged, Uses
from portability.consent.scope import Action, Grant, Party
from portability.consent.statements import (
    ConsentRequest,
    ConsentState,
    ConsentStatus,
    SubjectKey,
)
from portability.consent.template import parse_template
from portability.core.periods import Branch
from portability.ledger.directory import Directory, Institution, KeyEntry, KeyPurpose, Member
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.recognition.statements import HistoryRequest
from portability.simulation.plan import AWARD, CODES, EPOCH, Plan, pack, signer_of
from portability.wire.consent import READERS, consent_status_to_payload
from portability.wire.subject_key import subject_key_to_payload

PURPOSE: Final = "claim-old-age"
FIELDS: Final = ("period_type", "start_date", "end_date", "declared", "communication")
"""All that the records of a plan state: one that states more may not leave."""
VALID: Final = (timedelta(days=20), timedelta(days=60), timedelta(days=60), timedelta(days=60))
"""How long a consent is given for: in one case of four it may end before an answer is there."""
PERSON: Final = Ed25519Signer(bytes([1]) * 32)
PERSON_NAME: Final = "persons/" + "0a" * 16
_LONG_AGO: Final = EPOCH - timedelta(days=400)
CLOCKS_APART: Final = timedelta(minutes=15)
_MAX_USES: Final = 10
USES: Final = (1, 2, _MAX_USES, _MAX_USES)
"""How often a consent of few countries may be used at real nodes; of four, one a single time."""
_FEW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """
    A consent that the person gave; ``consent`` is empty where a real node keeps it.

    Each node may release records under it ``max_uses`` times.
    """

    consent_id: bytes
    not_before: datetime
    not_after: datetime
    max_uses: int = _MAX_USES
    consent: Logged | None = None


@dataclass(slots=True)
class Person:
    """What the person did so far, as the home node keeps it."""

    plan: Plan
    given: dict[bytes, Given] = field(default_factory=dict)
    withdrawn: dict[bytes, datetime] = field(default_factory=dict)

    def consent(self, chance: random.Random, now: datetime) -> Given:
        """Allow the lead what it asks for, from now on."""
        one = _give(self.plan, chance, now.replace(microsecond=0))
        self.given[one.consent_id] = one
        return one

    def withdraw(self, consent_id: bytes, now: datetime) -> None:
        self.withdrawn.setdefault(consent_id, now)

    def is_in_force(self, consent_id: bytes, now: datetime) -> bool:
        """Whether the person allows it now, as nobody but the simulation knows for sure."""
        return consent_id not in self.withdrawn and self._covers(consent_id, now)

    def allowed(self, consent_id: bytes, *, claimed: datetime, truly: datetime) -> bool:
        """
        Whether a release was permitted.

        Validity counts by the clock of whoever released, withdrawal by when it truly happened.
        """
        if consent_id in self.withdrawn and self.withdrawn[consent_id] <= truly:
            return False
        moments = (claimed - CLOCKS_APART, claimed, claimed + CLOCKS_APART)
        return any(self._covers(consent_id, moment) for moment in moments)

    def _covers(self, consent_id: bytes, moment: datetime) -> bool:
        one = self.given.get(consent_id)
        return one is not None and one.not_before <= moment < one.not_after

    def status(self, consent_id: bytes, recipient: Party, now: datetime) -> Envelope:
        """The home node's signed word, for one other node."""
        state = ConsentState.WITHDRAWN if consent_id in self.withdrawn else ConsentState.GRANTED
        said = ConsentStatus(
            salt=bytes(32),
            consent=consent_id,
            state=state,
            version=1 + len(self.withdrawn),
            as_of=now.replace(microsecond=0),
            recipient=recipient,
            person_reference=self.plan.references[recipient.jurisdiction],
        )
        signer = signer_of(self.plan.claim.lead.node)
        return sign_envelope(CONSENT_STATUS_TYPE, consent_status_to_payload(said), signer)


def ask_gate(
    person: Person,
    request_id: bytes,
    request: HistoryRequest,
    *,
    status: Envelope,
    uses: int,
    now: datetime,
) -> Granted | Refused:
    """The real gate's word on a request."""
    given = person.given.get(request.permission)
    home = request.claim.lead.jurisdiction
    permission = None
    if given is not None and given.consent is not None:
        permission = ConsentPermission(
            home_node=home,
            consent=given.consent,
            key_record=_logged(SUBJECT_KEY_TYPE, subject_key_to_payload(_key(home)), home),
            template=_logged(TEMPLATE_TYPE, template_bytes(), home, "first"),
            status=status,
        )
    return decide(
        permission=permission,
        request=_disclosure(request_id, request, now),
        agreement=_scope(),
        directory=directory(),
        now=now,
        uses=Uses(count=uses),
        references={(home, person.plan.references[request.recipient.jurisdiction]): PERSON_NAME},
        readers=READERS,
    )


def _disclosure(request_id: bytes, request: HistoryRequest, now: datetime) -> DisclosureRequest:
    claim = request.claim
    return DisclosureRequest(
        statement=request_id,
        key_id=signer_of(claim.lead).key_id,
        peer=claim.lead.jurisdiction,
        requester=request.header.sender,
        provider=request.recipient,
        person_reference=request.person_reference,
        purpose=request.purpose,
        agreement=claim.agreement,
        agreement_version=claim.agreement_version,
        asked=_grant(),
        case_id=request.header.case_id,
        received_at=now.replace(microsecond=0),
    )


def uses_of(plan: Plan) -> int:
    """
    How often each consent of a run may be used.

    Many countries would ask the person every day, if each used up what was allowed.
    """
    draw = bytes.fromhex(plan.case_id)[1]
    return USES[draw % len(USES)] if len(plan.claim.jurisdictions) <= _FEW else _MAX_USES


def consent_request(
    plan: Plan, reference: str, chance: random.Random, now: datetime, max_uses: int = _MAX_USES
) -> ConsentRequest:
    """What the lead asks the person to allow, from now on."""
    return ConsentRequest(
        salt=chance.randbytes(32),
        requester=plan.claim.lead,
        providers=plan.claim.parties,
        person_reference=reference,
        purpose=PURPOSE,
        template=statement_id(TEMPLATE_TYPE, template_bytes()),
        grants=(_grant(),),
        not_before=now,
        not_after=now + VALID[bytes.fromhex(plan.case_id)[0] % len(VALID)],
        max_uses=max_uses,
        erase_by=date(2030, 1, 1),
        created_at=now,
    )


def _give(plan: Plan, chance: random.Random, now: datetime) -> Given:
    lead = plan.claim.lead
    asked = consent_request(plan, plan.references[lead.jurisdiction], chance, now)
    draft = draft_consent(
        asked,
        parse_template(template_bytes()),
        Choice(language="en"),
        request_id=chance.randbytes(32),
        requester=directory().institution(lead.jurisdiction, lead.institution),
        key=_key(lead.jurisdiction),
        home_node=lead.jurisdiction,
        withdrawal=MEANS,
        consent_id=uuid7(now, chance.randbytes(10)),
        nonce=chance.randbytes(32),
        now=now,
    )
    envelope = _signed(draft.consent)
    return Given(
        consent_id=statement_id(envelope.payload_type, envelope.payload),
        consent=Logged(envelope=envelope, accepted_at=now),
        not_before=asked.not_before,
        not_after=asked.not_after,
    )


def _signed(consent: Consent) -> Envelope:
    return sign_envelope(CONSENT_TYPE, write_consent(consent), PERSON)


def _grant() -> Grant:
    return Grant(
        branches=(Branch.OLD_AGE,),
        datatypes=("contribution-period",),
        actions=(Action.STORE,),
        fields=FIELDS,
        from_date=date(1950, 1, 1),
        to_date=AWARD,
    )


@lru_cache(maxsize=1)
def _scope() -> AgreementScope:
    return scope_on(pack(), AWARD)


MEANS: Final = WithdrawalMeans(
    url="https://portal.example/permissions",
    phone="+34 900 000 000",
    office="Any office",
    text_key="withdrawal.claim-old-age",
)


@lru_cache(maxsize=8)
def _key(home: str) -> SubjectKey:
    return SubjectKey(
        salt=bytes([8]) * 32,
        subject_commitment=bytes([9]) * 32,
        method=Method.SOFTWARE_KEY,
        public_key=PERSON.public,
        identity_level=IdentityLevel.SUBSTANTIAL,
        enrolled_by=Party(jurisdiction=home),
        valid_from=_LONG_AGO,
    )


@lru_cache(maxsize=8)
def _logged(payload_type: str, payload: bytes, home: str, institution: str = "") -> Logged:
    signer = signer_of(Party(jurisdiction=home, institution=institution))
    return Logged(envelope=sign_envelope(payload_type, payload, signer), accepted_at=EPOCH)


@lru_cache(maxsize=1)
def template_bytes() -> bytes:
    """The shipped template, for all countries that are simulated."""
    text = files("portability.examples").joinpath("purpose-claim-old-age.toml").read_text("utf-8")
    head, _, rest = text.partition("[[provider]]")
    caps = rest[rest.index("[caps]") :]
    providers = "".join(
        f'[[provider]]\nnode = "{code}"\ninstitution = "{name}"\n\n'
        for code in CODES
        for name in ("first", "second")
    )
    countries = ", ".join(f'"{code}"' for code in CODES)
    return (head + providers + caps.replace('["FR", "ES"]', f"[{countries}]")).encode()


@lru_cache(maxsize=1)
def directory() -> Directory:
    """Who is trusted in the simulation."""
    places = [
        Party(jurisdiction=code, institution=name) for code in CODES for name in ("first", "second")
    ]
    return Directory(
        version=1,
        valid_from=_LONG_AGO,
        valid_to=EPOCH + timedelta(days=4_000),
        threshold=1,
        roots={PERSON.key_id: PERSON.public},
        members=tuple(
            Member(
                jurisdiction=code,
                endpoint="127.0.0.1:5000",
                log_origin=f"{code.lower()}.example/log",
                server_name=f"{code.lower()}.example",
            )
            for code in CODES
        ),
        institutions=tuple(_institution(one) for one in places),
        entries=(
            *(_entry(one, KeyPurpose.INSTITUTION) for one in places),
            *(_entry(Party(jurisdiction=code), KeyPurpose.NODE) for code in CODES),
            *(_log_entry(code) for code in CODES),
        ),
    )


def _institution(place: Party) -> Institution:
    return Institution(
        jurisdiction=place.jurisdiction,
        id=place.institution,
        name=f"Institution {place.institution}",
        branches=(Branch.OLD_AGE,),
        country=place.jurisdiction,
        contact="help@example.org",
        supervisory_authority="Authority",
    )


def _entry(place: Party, purpose: KeyPurpose) -> KeyEntry:
    return KeyEntry(
        jurisdiction=place.jurisdiction,
        institution=place.institution,
        purpose=purpose,
        public=signer_of(place).public,
        valid_from=_LONG_AGO,
    )


def _log_entry(code: str) -> KeyEntry:
    return KeyEntry(
        jurisdiction=code,
        institution="",
        purpose=KeyPurpose.LOG,
        public=log_signer(code).public,
        valid_from=_LONG_AGO,
    )


@lru_cache(maxsize=8)
def log_signer(code: str) -> Ed25519Signer:
    """Signs the heads of a jurisdiction's log."""
    return Ed25519Signer(sha256(f"{code} log".encode()).digest())
