"""Rosa's case as two nodes would leave it, made in one process with keys that only tests have."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from agents.agency.csv_import import read_csv
from agents.agency.p5000 import read_p5000
from agents.auditor.agreements import AGREEMENT_TYPE
from agents.auditor.trust import TrustRoot
from portability.agreements import pack_source
from portability.consent.agreement import CONTRIBUTION_PERIOD_FIELDS
from portability.consent.consent_json import write_consent, write_withdrawal
from portability.consent.document import IdentityLevel, Method, WithdrawalMeans
from portability.consent.drafting import Choice, draft_consent
from portability.consent.payload_types import (
    CONSENT_REQUEST_TYPE,
    CONSENT_STATUS_TYPE,
    CONSENT_TYPE,
    RECEIPT_TYPE,
    SUBJECT_KEY_TYPE,
    TEMPLATE_TYPE,
    WITHDRAWAL_TYPE,
)
from portability.consent.receipt import DisclosureReceipt, Outcome, case_digest
from portability.consent.scope import Action, Grant, Party
from portability.consent.statements import ConsentRequest, ConsentState, ConsentStatus, SubjectKey
from portability.consent.template import parse_template
from portability.consent.withdrawal import Withdrawal
from portability.core.money import parse_money
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch
from portability.core.reconciliation import reconcile
from portability.ledger.bundle import MANIFEST, build_manifest
from portability.ledger.checkpoint import Checkpoint, sign_checkpoint
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    Institution,
    KeyEntry,
    KeyPurpose,
    Member,
    build_directory,
)
from portability.ledger.envelope import (
    Envelope,
    envelope_to_json,
    kind_of,
    sign_envelope,
    statement_id,
)
from portability.ledger.keys import Ed25519Signer
from portability.ledger.merkle import inclusion_proof, leaf_hash, tail_hash
from portability.ledger.proof_file import ProofFile, format_proof_file
from portability.recognition.statements import (
    CaseStatement,
    Claim,
    Closure,
    ClosureReason,
    Countersignature,
    Determination,
    Header,
    HistoryOutcome,
    HistoryRequest,
    HistoryResponse,
    Reconciliation,
)
from portability.wire.consent import consent_request_to_payload, consent_status_to_payload
from portability.wire.envelope import envelope_to_bytes
from portability.wire.log_entry import LogEntry, log_entry_to_bytes
from portability.wire.receipt import receipt_to_payload
from portability.wire.record import (
    RECORD_TYPE,
    EntitlementRecord,
    record_from_payload,
    record_to_payload,
    subject_commitment,
)
from portability.wire.statement import statement_to_payload, type_of
from portability.wire.subject_key import subject_key_to_payload
from tests.plain_tree import root_of

EXAMPLES = Path(__file__).resolve().parents[3] / "portability" / "examples"
NOW = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
HOUR = int(NOW.timestamp()) // 3600
CASE_ID = "0123456789abcdef0123456789abcdef"
ES, FR = Party(jurisdiction="ES"), Party(jurisdiction="FR")
INSS, CNAV = (
    Party(jurisdiction="ES", institution="inss"),
    Party(jurisdiction="FR", institution="cnav"),
)
ORIGINS = {"FR": "fr.node.example/log", "ES": "es.node.example/log"}
ROSA = {"FR": f"persons/{'a' * 32}", "ES": f"persons/{'b' * 32}"}
REFERENCE = hashlib.sha256(b"rosa between FR and ES").hexdigest()
UUID7 = "01890a5d-ac96-774b-bcce-b302099a8057"


def signer(name: str) -> Ed25519Signer:
    return Ed25519Signer(hashlib.sha256(f"test key of {name}".encode()).digest())


ROOT = signer("root")
KEYS = {
    name: signer(name)
    for name in ("FR node", "ES node", "FR log", "ES log", "cnav", "inss", "rosa", "stranger")
}


@dataclass
class Log:
    """One node's log: leaves in memory, proofs at its final size."""

    jurisdiction: str
    leaves: list[bytes] = field(default_factory=list)

    def append(self, envelope: Envelope, key_id: bytes, hour: int = HOUR) -> int:
        entry = LogEntry(
            kind=kind_of(envelope.payload_type),
            statement_id=statement_id(envelope.payload_type, envelope.payload),
            key_id=key_id,
            accepted_hour=hour,
        )
        self.leaves.append(log_entry_to_bytes(entry))
        return len(self.leaves) - 1

    def checkpoint(self) -> bytes:
        hashes = [leaf_hash(entry) for entry in self.leaves]
        head = Checkpoint(origin=ORIGINS[self.jurisdiction], size=len(hashes), root=root_of(hashes))
        return sign_checkpoint(head, KEYS[f"{self.jurisdiction} log"])

    def proof(self, index: int) -> ProofFile:
        hashes = [leaf_hash(entry) for entry in self.leaves]

        def read(level: int, at: int) -> bytes:
            span = hashes[at << level : (at + 1) << level]
            return root_of(span)

        path = inclusion_proof(index, len(hashes), read)
        assert tail_hash(0, len(hashes), read) == root_of(hashes)
        return ProofFile(index=index, proof=path, checkpoint=self.checkpoint())


def make_directory() -> Directory:
    since, until = NOW - timedelta(days=30), NOW + timedelta(days=335)

    def entry(purpose: KeyPurpose, party: Party, name: str) -> KeyEntry:
        return KeyEntry(
            jurisdiction=party.jurisdiction,
            institution=party.institution,
            purpose=purpose,
            public=KEYS[name].public,
            valid_from=since,
        )

    return Directory(
        version=1,
        valid_from=since,
        valid_to=until,
        threshold=1,
        roots={ROOT.key_id: ROOT.public},
        members=tuple(
            Member(
                jurisdiction=code,
                endpoint="127.0.0.1:1",
                log_origin=ORIGINS[code],
                server_name=f"{code.lower()}.node.portability.internal",
            )
            for code in ("FR", "ES")
        ),
        institutions=tuple(
            Institution(
                jurisdiction=party.jurisdiction,
                id=party.institution,
                name=f"Institution {party.institution}",
                branches=(Branch.OLD_AGE,),
                country=party.jurisdiction,
                contact="office@example.org",
                supervisory_authority="Authority",
            )
            for party in (CNAV, INSS)
        ),
        entries=(
            entry(KeyPurpose.NODE, FR, "FR node"),
            entry(KeyPurpose.NODE, ES, "ES node"),
            entry(KeyPurpose.LOG, FR, "FR log"),
            entry(KeyPurpose.LOG, ES, "ES log"),
            entry(KeyPurpose.INSTITUTION, CNAV, "cnav"),
            entry(KeyPurpose.INSTITUTION, INSS, "inss"),
        ),
    )


@dataclass
class Placed:
    envelope: Envelope
    log: Log
    index: int


@dataclass
class RosasCase:
    """
    Everything that was said, in which log it is, and the bundle that shows it.

    ``came`` is where the other party's log has it; what is not there comes behind all else.
    """

    logs: dict[str, Log] = field(default_factory=lambda: {"FR": Log("FR"), "ES": Log("ES")})
    placed: dict[bytes, Placed] = field(default_factory=dict)
    unlogged: dict[bytes, Envelope] = field(default_factory=dict)
    came: dict[bytes, int] = field(default_factory=dict)
    salts: Iterator[int] = field(default_factory=lambda: count(1))
    directory: Directory = field(default_factory=make_directory)

    def salt(self) -> bytes:
        return hashlib.sha256(f"salt {next(self.salts)}".encode()).digest()

    def log(self, kind: str, payload: bytes, key: str, log: str, *, hour: int = HOUR) -> bytes:
        envelope = sign_envelope(kind, payload, KEYS[key])
        found = statement_id(kind, payload)
        index = self.logs[log].append(envelope, KEYS[key].key_id, hour)
        self.placed[found] = Placed(envelope, self.logs[log], index)
        return found

    def say(self, statement: CaseStatement, key: str) -> bytes:
        log = statement.header.sender.jurisdiction
        return self.log(type_of(statement), statement_to_payload(statement), key, log)

    def header(self, sender: Party, *predecessors: bytes) -> Header:
        return Header(
            salt=self.salt(),
            case_id=CASE_ID,
            sender=sender,
            created=NOW,
            predecessors=tuple(predecessors),
        )

    def files(self) -> dict[str, bytes]:
        """The bundle, without its list."""
        document = sign_envelope(DIRECTORY_TYPE, build_directory(self.directory), ROOT)
        pack = sign_envelope(AGREEMENT_TYPE, pack_source("eu-883-2004"), KEYS["ES node"])
        files = {
            "directory/1.json": envelope_to_json(document),
            "agreements/eu-883-2004.json": envelope_to_json(pack),
            "policy": policy_text(self.directory),
        }
        for found, placed in self.placed.items():
            name = found.hex()
            files[f"statements/{name}.json"] = envelope_to_json(placed.envelope)
            files[f"leaves/{name}"] = placed.log.leaves[placed.index]
            files[f"proofs/{name}.tlog-proof"] = format_proof_file(placed.log.proof(placed.index))
        for found, envelope in self.unlogged.items():
            files[f"statements/{found.hex()}.json"] = envelope_to_json(envelope)
        return files

    def of_kind(self, kind: str) -> list[bytes]:
        return [i for i, one in self.placed.items() if kind_of(one.envelope.payload_type) == kind]


def trust() -> TrustRoot:
    return TrustRoot(
        root_keys=(ROOT.public,), threshold=1, policy=None, words="the test's root key"
    )


def policy_text(found: Directory) -> bytes:
    keys = [f"log {found.log_vkey(code, NOW)}\n" for code in ("FR", "ES")]
    return ("".join(keys) + "quorum none\n").encode()


def bundle_of(files: dict[str, bytes], claim: str | None = None) -> dict[str, bytes]:
    """The files with a list that is true of them."""
    from agents.bundle_files import claim_of  # noqa: PLC0415  # the module under test

    return {**files, MANIFEST: build_manifest(claim or claim_of(files), files)}


def settled() -> RosasCase:
    """The case from enrolment to closure."""
    case = RosasCase()
    french = add_records(case, "fr", CNAV)
    spanish = add_records(case, "es", INSS)
    consent = add_consent(case)
    request = add_request(case, consent)
    response = add_answer(case, request, consent, french)
    add_result(case, response, french, spanish)
    return case


def add_records(case: RosasCase, country: str, party: Party) -> list[bytes]:
    code = party.jurisdiction
    p5000 = read_p5000((EXAMPLES / f"rosa/rosa-{country}.p5000.json").read_bytes(), "p5000")
    rows = read_csv((EXAMPLES / f"rosa/rosa-{country}.csv").read_bytes(), "csv", code)
    found = []
    for row in (*p5000.rows, *rows.rows):
        salt = case.salt()
        record = EntitlementRecord(
            salt=salt,
            subject_commitment=subject_commitment(salt, ROSA[code]),
            jurisdiction=code,
            institution=party.institution,
            issue_date=NOW.date(),
            supersedes=b"",
            content=row.period,
        )
        found.append(case.log(RECORD_TYPE, record_to_payload(record), party.institution, code))
    return found


def add_consent(case: RosasCase) -> bytes:
    source = (EXAMPLES / "purpose-claim-old-age.toml").read_bytes()
    template = parse_template(source)
    template_id = case.log(TEMPLATE_TYPE, source, "inss", "ES")
    salt = case.salt()
    key = SubjectKey(
        salt=salt,
        subject_commitment=subject_commitment(salt, ROSA["ES"]),
        method=Method.SOFTWARE_KEY,
        public_key=KEYS["rosa"].public,
        identity_level=IdentityLevel.SUBSTANTIAL,
        enrolled_by=INSS,
        valid_from=NOW - timedelta(days=1),
    )
    case.log(SUBJECT_KEY_TYPE, subject_key_to_payload(key), "ES node", "ES")
    asked = ConsentRequest(
        salt=case.salt(),
        requester=INSS,
        providers=(CNAV, INSS),
        person_reference=REFERENCE,
        purpose=template.purpose,
        template=template_id,
        grants=(grant(),),
        not_before=NOW - timedelta(hours=2),
        not_after=NOW + timedelta(days=60),
        max_uses=2,
        erase_by=date(2026, 1, 1),
        created_at=NOW - timedelta(hours=2),
    )
    request_id = case.log(CONSENT_REQUEST_TYPE, consent_request_to_payload(asked), "inss", "ES")
    draft = draft_consent(
        asked,
        template,
        Choice(),
        request_id=request_id,
        requester=case.directory.institution("ES", "inss"),
        key=key,
        home_node="ES",
        withdrawal=WithdrawalMeans(
            url="https://example.org/withdraw",
            phone="+34 000",
            office="any office",
            text_key="withdrawal.how",
        ),
        consent_id=UUID7,
        nonce=case.salt(),
        now=NOW - timedelta(hours=1),
    )
    consent = case.log(CONSENT_TYPE, write_consent(draft.consent), "rosa", "ES")
    status = ConsentStatus(
        salt=case.salt(),
        consent=consent,
        state=ConsentState.GRANTED,
        version=2,
        as_of=NOW,
        recipient=FR,
        person_reference=REFERENCE,
    )
    payload = consent_status_to_payload(status)
    envelope = sign_envelope(CONSENT_STATUS_TYPE, payload, KEYS["ES node"])
    case.unlogged[statement_id(CONSENT_STATUS_TYPE, payload)] = envelope
    return consent


def withdraw(case: RosasCase, consent: bytes, *, hour: int) -> bytes:
    document = write_withdrawal(
        Withdrawal(id=UUID7, nonce=case.salt(), consent=consent, created_at=NOW)
    )
    return case.log(WITHDRAWAL_TYPE, document, "rosa", "ES", hour=hour)


def grant() -> Grant:
    return Grant(
        branches=(Branch.OLD_AGE,),
        datatypes=("contribution-period",),
        actions=(Action.VIEW, Action.STORE),
        fields=CONTRIBUTION_PERIOD_FIELDS,
        from_date=date(1960, 1, 1),
        to_date=date(2024, 12, 31),
    )


def claim() -> Claim:
    pack = parse_pack(pack_source("eu-883-2004"), "eu-883-2004.toml")
    return Claim(
        branch=Branch.OLD_AGE,
        agreement="eu-883-2004",
        agreement_version=pack.rules_on(date(2025, 1, 1)).version,
        claim_date=date(2024, 10, 1),
        award_date=date(2025, 1, 1),
        parties=(INSS, CNAV),
    )


def add_request(
    case: RosasCase, consent: bytes, fields: tuple[str, ...] = CONTRIBUTION_PERIOD_FIELDS
) -> bytes:
    request = HistoryRequest(
        header=case.header(INSS),
        recipient=CNAV,
        person_reference=REFERENCE,
        claim=claim(),
        permission=consent,
        purpose="claim-old-age",
        datatypes=("contribution-period",),
        fields=fields,
        from_date=date(1960, 1, 1),
        to_date=date(2024, 12, 31),
    )
    return case.say(request, "inss")


def receipt(
    case: RosasCase,
    request: bytes,
    *,
    permission: bytes,
    provider: Party,
    requester: Party,
    digest: bytes,
    records: int,
    purpose: str = "claim-old-age",
    previous: bytes = b"",
) -> DisclosureReceipt:
    salt = case.salt()
    return DisclosureReceipt(
        id=UUID7,
        salt=salt,
        permission=permission,
        status_version=2 if permission else 0,
        provider=provider,
        requester=requester,
        request=request,
        reason_code=purpose,
        reason_text_key="purpose.claim-old-age",
        case_digest=case_digest(salt, CASE_ID),
        requested_at=NOW,
        released_at=NOW,
        outcome=Outcome.RELEASED,
        cause=None,
        datatypes=("contribution-period",),
        fields=CONTRIBUTION_PERIOD_FIELDS,
        from_date=date(1960, 1, 1),
        to_date=date(2024, 12, 31),
        record_count=records,
        payload_digest=digest,
        erase_by=date(2026, 1, 1),
        previous=previous,
    )


def released_digest(case: RosasCase, salt: bytes, records: list[bytes]) -> bytes:
    envelopes = (envelope_to_bytes(case.placed[i].envelope) for i in records)
    return hashlib.sha256(salt + b"".join(envelopes)).digest()


def add_answer(
    case: RosasCase,
    request: bytes,
    consent: bytes,
    records: list[bytes],
    *,
    held_back: bool = False,
) -> bytes:
    header = case.header(FR, request)
    digest = released_digest(case, header.salt, records)
    left = receipt(
        case,
        request,
        permission=consent,
        provider=CNAV,
        requester=INSS,
        digest=digest,
        records=len(records),
    )
    case.log(RECEIPT_TYPE, receipt_to_payload(left), "FR node", "FR")
    response = HistoryResponse(
        header=header,
        outcome=HistoryOutcome.RECORDS,
        records=tuple(records),
        not_before=None,
        log_origin=ORIGINS["FR"],
        tree_size=len(case.logs["FR"].leaves),
        granted_fields=(),
        payload_digest=digest,
        held_back=held_back,
    )
    return case.say(response, "FR node")


def add_result(
    case: RosasCase, response: bytes, french: list[bytes], spanish: list[bytes]
) -> bytes:
    pack = parse_pack(pack_source("eu-883-2004"), "eu-883-2004.toml")
    inputs = sorted(french + spanish)
    periods = [record_from_payload(case.placed[i].envelope.payload, i.hex()).period for i in inputs]
    result = reconcile(periods, pack, "old-age", claim().award_date)
    reconciliation = Reconciliation(
        header=case.header(ES, response),
        agreement=result.agreement,
        agreement_version=result.agreement_version,
        branch=Branch.OLD_AGE,
        as_of=result.as_of,
        inputs=tuple(inputs),
        result=result.signed_text.encode(),
        digest=bytes.fromhex(result.digest),
    )
    found = case.say(reconciliation, "ES node")
    mandated = receipt(
        case,
        response,
        permission=b"",
        provider=INSS,
        requester=CNAV,
        digest=released_digest(case, reconciliation.header.salt, spanish),
        records=len(spanish),
        purpose="case-party-disclosure",
    )
    case.log(RECEIPT_TYPE, receipt_to_payload(mandated), "ES node", "ES")
    case.say(
        Countersignature(header=case.header(FR, found), digest=reconciliation.digest), "FR node"
    )
    french_part = determination(
        case, CNAV, found, own=240, independent="800.00", theoretical="1500.00", share="1000.00"
    )
    spanish_part = determination(
        case, INSS, found, own=120, independent=None, theoretical="1200.00", share="400.00"
    )
    decided = [case.say(french_part, "cnav"), case.say(spanish_part, "inss")]
    closure = Closure(header=case.header(ES, *decided), reason=ClosureReason.SETTLED)
    case.say(closure, "ES node")
    return found


def determination(
    case: RosasCase,
    party: Party,
    reconciliation: bytes,
    *,
    own: int,
    independent: str | None,
    theoretical: str,
    share: str,
) -> Determination:
    paid = parse_money(f"{share} EUR")
    return Determination(
        header=case.header(party, reconciliation),
        unit="months",
        own=own,
        total=360,
        meets_minimum_alone=independent is not None,
        meets_minimum=True,
        independent=None if independent is None else parse_money(f"{independent} EUR"),
        theoretical=parse_money(f"{theoretical} EUR"),
        pro_rata=paid,
        payable=paid,
        paid_as="pro-rata",
        basis=("883/2004 Art 52(1)(b)", "883/2004 Art 52(3)"),
    )
