"""Rosa's consent, from the directory up to the gate, with fixed keys, times and references."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from portability.consent.agreement import AgreementScope, scope_on
from portability.consent.consent_json import write_consent
from portability.consent.document import Consent, IdentityLevel, Method, WithdrawalMeans
from portability.consent.drafting import Choice, draft_consent
from portability.consent.gate import Granted, Refused, decide
from portability.consent.payload_types import (
    CONSENT_STATUS_TYPE,
    CONSENT_TYPE,
    SUBJECT_KEY_TYPE,
    TEMPLATE_TYPE,
)
from portability.consent.permission import (
    ConsentPermission,
    DisclosureRequest,
    Logged,
    Permission,
    Uses,
)
from portability.consent.scope import Action, Grant, Party
from portability.consent.statements import (
    ConsentRequest,
    ConsentState,
    ConsentStatus,
    SubjectKey,
)
from portability.consent.template import parse_template
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch
from portability.ledger.directory import Directory, Institution, KeyEntry, KeyPurpose, Member
from portability.ledger.envelope import Envelope, sign_envelope, statement_id
from portability.ledger.keys import Ed25519Signer
from portability.wire.consent import READERS, consent_status_to_payload
from portability.wire.subject_key import subject_key_to_payload
from tests.conftest import PROJECT_ROOT

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)

ROSA = Ed25519Signer(bytes([1]) * 32)
MALLORY = Ed25519Signer(bytes([2]) * 32)
INSS = Ed25519Signer(bytes([3]) * 32)
CNAV = Ed25519Signer(bytes([4]) * 32)
ES_NODE = Ed25519Signer(bytes([5]) * 32)
FR_NODE = Ed25519Signer(bytes([6]) * 32)
ROOT = Ed25519Signer(bytes([7]) * 32)

AT_INSS = Party(jurisdiction="ES", institution="inss")
AT_CNAV = Party(jurisdiction="FR", institution="cnav")
AT_FR_NODE = AT_CNAV.node
NEVER_USED = Uses()

SUBJECT = "a1" * 32
"""How INSS and the node of Spain speak of Rosa."""

REFERENCE = "b2" * 32
"""How the nodes of Spain and France speak of Rosa."""

OTHER_REFERENCE = "c3" * 32
ROSA_IN_FRANCE = "persons/" + "0a" * 16
SOMEBODY_ELSE = "persons/" + "0b" * 16

TEMPLATE_FILE = PROJECT_ROOT / "portability" / "examples" / "purpose-claim-old-age.toml"
TEMPLATE_BYTES = TEMPLATE_FILE.read_bytes()
TEMPLATE = parse_template(TEMPLATE_BYTES)
TEMPLATE_ID = statement_id(TEMPLATE_TYPE, TEMPLATE_BYTES)

PACK = parse_pack(
    (PROJECT_ROOT / "portability" / "agreements" / "eu-883-2004.toml").read_bytes(), "eu-883-2004"
)
AGREEMENT: AgreementScope = scope_on(PACK, NOW.date())

MEANS = WithdrawalMeans(
    url="https://portal.example.es/permissions",
    phone="+34 900 000 000",
    office="Any office of the INSS",
    text_key="withdrawal.claim-old-age",
)

FIELDS = ("period_type", "start_date", "end_date", "declared")


def grant(**changes: object) -> Grant:
    base = Grant(
        branches=(Branch.OLD_AGE,),
        datatypes=("contribution-period",),
        actions=(Action.VIEW, Action.STORE),
        fields=FIELDS,
        from_date=date(1980, 1, 1),
        to_date=date(2025, 12, 31),
    )
    return replace(base, **changes)


def institution(jurisdiction: str, name: str, *branches: Branch) -> Institution:
    return Institution(
        jurisdiction=jurisdiction,
        id=name,
        name=f"Institution {name}",
        branches=branches,
        country=jurisdiction,
        contact=f"help@{name}.example",
        supervisory_authority=f"Authority of {jurisdiction}",
    )


def entry(jurisdiction: str, name: str, purpose: KeyPurpose, signer: Ed25519Signer) -> KeyEntry:
    return KeyEntry(
        jurisdiction=jurisdiction,
        institution=name,
        purpose=purpose,
        public=signer.public,
        valid_from=LONG_AGO,
    )


DIRECTORY = Directory(
    version=1,
    valid_from=LONG_AGO,
    valid_to=NOW + timedelta(days=400),
    threshold=1,
    roots={ROOT.key_id: ROOT.public},
    members=tuple(
        Member(
            jurisdiction=code,
            endpoint="127.0.0.1:5000",
            log_origin=f"{code.lower()}.node.portability.internal/log",
            server_name=f"{code.lower()}.node.portability.internal",
        )
        for code in ("ES", "FR")
    ),
    institutions=(
        institution("ES", "inss", Branch.OLD_AGE, Branch.SURVIVORS),
        institution("FR", "cnav", Branch.OLD_AGE, Branch.SURVIVORS),
    ),
    entries=(
        entry("ES", "inss", KeyPurpose.INSTITUTION, INSS),
        entry("FR", "cnav", KeyPurpose.INSTITUTION, CNAV),
        entry("ES", "", KeyPurpose.NODE, ES_NODE),
        entry("FR", "", KeyPurpose.NODE, FR_NODE),
    ),
)

REQUEST = ConsentRequest(
    salt=bytes(32),
    requester=AT_INSS,
    providers=(AT_CNAV,),
    person_reference=SUBJECT,
    purpose="claim-old-age",
    template=TEMPLATE_ID,
    grants=(grant(),),
    not_before=NOW - timedelta(days=1),
    not_after=NOW + timedelta(days=60),
    max_uses=3,
    erase_by=date(2030, 1, 1),
    created_at=NOW - timedelta(hours=2),
)

KEY = SubjectKey(
    salt=bytes([8]) * 32,
    subject_commitment=bytes([9]) * 32,
    method=Method.SOFTWARE_KEY,
    public_key=ROSA.public,
    identity_level=IdentityLevel.SUBSTANTIAL,
    enrolled_by=Party(jurisdiction="ES"),
    valid_from=NOW - timedelta(days=30),
)


def new_consent(asked: ConsentRequest = REQUEST, **changes: object) -> Consent:
    draft = draft_consent(
        asked,
        TEMPLATE,
        Choice(language="es"),
        request_id=bytes([10]) * 32,
        requester=DIRECTORY.institution("ES", "inss"),
        key=KEY,
        home_node="ES",
        withdrawal=MEANS,
        consent_id="0195a7b0-7c00-7000-8000-000000000001",
        nonce=bytes([11]) * 32,
        now=NOW - timedelta(hours=1),
    )
    return replace(draft.consent, **changes)


CONSENT = new_consent()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that is put before the gate; a test changes one thing and looks what comes out."""

    consent: Consent = CONSENT
    key: SubjectKey = KEY
    signer: Ed25519Signer = ROSA
    key_record_signer: Ed25519Signer = ES_NODE
    template_signer: Ed25519Signer = INSS
    template: bytes = TEMPLATE_BYTES
    consent_bytes: bytes | None = None
    signed_bytes: bytes | None = None
    state: ConsentState = ConsentState.GRANTED
    as_of: datetime = NOW - timedelta(minutes=1)
    status_signer: Ed25519Signer = ES_NODE
    status_consent: bytes | None = None
    status_recipient: Party = AT_FR_NODE
    status_reference: str = REFERENCE
    has_status: bool = True
    home_node: str = "ES"
    request_changes: Mapping[str, object] = field(default_factory=dict)
    references: Mapping[tuple[str, str], str] = field(
        default_factory=lambda: {
            ("ES", REFERENCE): ROSA_IN_FRANCE,
            ("ES", OTHER_REFERENCE): SOMEBODY_ELSE,
        }
    )
    uses: Uses = NEVER_USED
    now: datetime = NOW
    directory: Directory = DIRECTORY
    agreement: AgreementScope = AGREEMENT

    @property
    def consent_envelope(self) -> Envelope:
        """What was signed, with the bytes that are shown for it."""
        shown = self.consent_bytes or write_consent(self.consent)
        signed = sign_envelope(CONSENT_TYPE, self.signed_bytes or shown, self.signer)
        return replace(signed, payload=shown)

    @property
    def consent_id(self) -> bytes:
        envelope = self.consent_envelope
        return statement_id(envelope.payload_type, envelope.payload)

    def permission(self) -> ConsentPermission:
        return ConsentPermission(
            home_node=self.home_node,
            consent=Logged(envelope=self.consent_envelope, accepted_at=NOW),
            key_record=Logged(
                envelope=sign_envelope(
                    SUBJECT_KEY_TYPE, subject_key_to_payload(self.key), self.key_record_signer
                ),
                accepted_at=NOW,
            ),
            template=Logged(
                envelope=sign_envelope(TEMPLATE_TYPE, self.template, self.template_signer),
                accepted_at=NOW,
            ),
            status=self.status() if self.has_status else None,
        )

    def status(self) -> Envelope:
        status = ConsentStatus(
            salt=bytes([12]) * 32,
            consent=self.status_consent or self.consent_id,
            state=self.state,
            version=2,
            as_of=self.as_of,
            recipient=self.status_recipient,
            person_reference=self.status_reference,
        )
        payload = consent_status_to_payload(status)
        return sign_envelope(CONSENT_STATUS_TYPE, payload, self.status_signer)

    def request(self) -> DisclosureRequest:
        base = DisclosureRequest(
            statement=bytes([13]) * 32,
            key_id=INSS.key_id,
            peer="ES",
            requester=AT_INSS,
            provider=AT_CNAV,
            person_reference=REFERENCE,
            purpose="claim-old-age",
            agreement=AGREEMENT.id,
            agreement_version=AGREEMENT.version,
            asked=grant(actions=(Action.STORE,)),
            case_id="0c" * 16,
            received_at=NOW,
        )
        return replace(base, **self.request_changes)

    def with_request(self, **changes: object) -> "Scene":
        return replace(self, request_changes={**self.request_changes, **changes})

    def decide(self) -> Granted | Refused:
        return self.decide_on(self.permission())

    def decide_on(self, permission: Permission | None) -> Granted | Refused:
        return decide(
            permission=permission,
            request=self.request(),
            agreement=self.agreement,
            directory=self.directory,
            now=self.now,
            uses=self.uses,
            references=self.references,
            readers=READERS,
        )


SCENE = Scene()
