"""
The world in which the conformance cases happen: two logs, a directory, and what was signed.

Everything comes from names and a counter, so that the same folders are made again and again. The
keys are those of tests and sign for nobody else; trust them in no policy.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from agents.bundle_files import claim_of
from portability.consent.agreement import CASE_PARTY_PURPOSE, CONTRIBUTION_PERIOD_FIELDS
from portability.consent.causes import RefusalCause
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
from portability.core.periods import Branch, Period, PeriodType
from portability.core.reconciliation import reconcile
from portability.ledger.bundle import MANIFEST, build_manifest
from portability.ledger.checkpoint import Checkpoint, checkpoint_text
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
    add_signature,
    envelope_to_json,
    kind_of,
    payload_type,
    sign_envelope,
    statement_id,
)
from portability.ledger.keys import Ed25519Signer
from portability.ledger.merkle import inclusion_proof, leaf_hash
from portability.ledger.note import log_key, sign_note
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

SOURCE = Path(__file__).parent / "source"
AGREEMENT = "conformance-pact"
AGREEMENT_TYPE = payload_type("agreement", "toml")
NOW = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
HOUR = int(NOW.timestamp()) // 3600
CASE_ID = "0123456789abcdef0123456789abcdef"
OTHER_CASE_ID = "fedcba9876543210fedcba9876543210"
UUID7 = "01890a5d-ac96-774b-bcce-b302099a8057"
ES, FR = Party(jurisdiction="ES"), Party(jurisdiction="FR")
INSS = Party(jurisdiction="ES", institution="inss")
CNAV = Party(jurisdiction="FR", institution="cnav")
ORIGINS = {"FR": "fr.node.example/log", "ES": "es.node.example/log"}
PERSON = {"FR": f"persons/{'a' * 32}", "ES": f"persons/{'b' * 32}"}
REFERENCE = hashlib.sha256(b"one person between FR and ES").hexdigest()
SPAN = (date(1960, 1, 1), date(2024, 12, 31))


def signer(name: str) -> Ed25519Signer:
    return Ed25519Signer(hashlib.sha256(f"conformance test key of {name}".encode()).digest())


NAMES = ("FR node", "ES node", "FR log", "ES log", "cnav", "inss", "person", "stranger")
KEYS = {name: signer(name) for name in NAMES}
ROOTS = [signer(f"root {number}") for number in range(1, 4)]


@dataclass
class Placed:
    """A statement and where it stands in which log."""

    envelope: Envelope
    log: str
    index: int


def make_directory() -> Directory:
    since, until = NOW - timedelta(days=30), NOW + timedelta(days=335)
    held = (
        (KeyPurpose.NODE, FR, "FR node"),
        (KeyPurpose.NODE, ES, "ES node"),
        (KeyPurpose.LOG, FR, "FR log"),
        (KeyPurpose.LOG, ES, "ES log"),
        (KeyPurpose.INSTITUTION, CNAV, "cnav"),
        (KeyPurpose.INSTITUTION, INSS, "inss"),
    )
    return Directory(
        version=1,
        valid_from=since,
        valid_to=until,
        threshold=1,
        roots={ROOTS[0].key_id: ROOTS[0].public},
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
        entries=tuple(
            KeyEntry(
                jurisdiction=party.jurisdiction,
                institution=party.institution,
                purpose=purpose,
                public=KEYS[name].public,
                valid_from=since,
            )
            for purpose, party, name in held
        ),
    )


@dataclass
class World:
    """Everything that was said, in which log it is, and the bundle that shows it."""

    logs: dict[str, list[bytes]] = field(default_factory=lambda: {"FR": [], "ES": []})
    placed: dict[bytes, Placed] = field(default_factory=dict)
    unlogged: dict[bytes, Envelope] = field(default_factory=dict)
    directory: Directory = field(default_factory=make_directory)
    directories: list[tuple[int, Envelope]] = field(default_factory=list)
    with_agreement: bool = False
    _salts: int = 0

    def salt(self) -> bytes:
        self._salts += 1
        return hashlib.sha256(f"salt {self._salts}".encode()).digest()

    def fill(self, code: str, count: int) -> None:
        """Leaves of statements that the bundle does not show."""
        for number in range(count):
            name = hashlib.sha256(f"{code} {number}".encode()).digest()
            self.append(code, "entitlement", name, KEYS["cnav"].key_id)

    def append(self, code: str, kind: str, name: bytes, key_id: bytes, *, hour: int = HOUR) -> int:
        entry = LogEntry(kind=kind, statement_id=name, key_id=key_id, accepted_hour=hour)
        self.logs[code].append(log_entry_to_bytes(entry))
        return len(self.logs[code]) - 1

    def log(self, kind: str, payload: bytes, key: str, code: str, *, hour: int = HOUR) -> bytes:
        return self.log_envelope(sign_envelope(kind, payload, KEYS[key]), key, code, hour=hour)

    def log_envelope(self, envelope: Envelope, key: str, code: str, *, hour: int = HOUR) -> bytes:
        name = statement_id(envelope.payload_type, envelope.payload)
        kind = kind_of(envelope.payload_type)
        index = self.append(code, kind, name, KEYS[key].key_id, hour=hour)
        self.placed[name] = Placed(envelope, code, index)
        return name

    def say(self, statement: CaseStatement, key: str) -> bytes:
        code = statement.header.sender.jurisdiction
        return self.log(type_of(statement), statement_to_payload(statement), key, code)

    def header(self, sender: Party, *predecessors: bytes) -> Header:
        return Header(
            salt=self.salt(),
            case_id=CASE_ID,
            sender=sender,
            created=NOW,
            predecessors=tuple(predecessors),
        )

    def hashes(self, code: str) -> list[bytes]:
        return [leaf_hash(entry) for entry in self.logs[code]]

    def checkpoint(self, code: str) -> bytes:
        return signed_head(code, len(self.logs[code]), root_of(self.hashes(code)))

    def proof(self, name: bytes) -> ProofFile:
        placed = self.placed[name]
        hashes = self.hashes(placed.log)

        def read(level: int, at: int) -> bytes:
            return root_of(hashes[at << level : (at + 1) << level])

        path = inclusion_proof(placed.index, len(hashes), read)
        return ProofFile(index=placed.index, proof=path, checkpoint=self.checkpoint(placed.log))

    def only(self, kind: str) -> bytes:
        """The first statement of a kind."""
        return next(
            name for name, one in self.placed.items() if kind_of(one.envelope.payload_type) == kind
        )

    def files(self) -> dict[str, bytes]:
        """The bundle, without its list."""
        files = {"policy": policy_text(self.directory)}
        signed = self.directories or [(1, sign_directory(self.directory, ROOTS[0]))]
        for version, envelope in signed:
            files[f"directory/{version}.json"] = envelope_to_json(envelope)
        if self.with_agreement:
            source = (SOURCE / "agreement.toml").read_bytes()
            pack = sign_envelope(AGREEMENT_TYPE, source, KEYS["ES node"])
            files[f"agreements/{AGREEMENT}.json"] = envelope_to_json(pack)
        for name, placed in self.placed.items():
            files[statement_path(name)] = envelope_to_json(placed.envelope)
            files[leaf_path(name)] = self.logs[placed.log][placed.index]
            files[proof_path(name)] = format_proof_file(self.proof(name))
        for name, envelope in self.unlogged.items():
            files[statement_path(name)] = envelope_to_json(envelope)
        return files


def statement_path(name: bytes) -> str:
    return f"statements/{name.hex()}.json"


def leaf_path(name: bytes) -> str:
    return f"leaves/{name.hex()}"


def proof_path(name: bytes) -> str:
    return f"proofs/{name.hex()}.tlog-proof"


def signed_head(code: str, size: int, root: bytes) -> bytes:
    head = Checkpoint(origin=ORIGINS[code], size=size, root=root)
    return sign_note(checkpoint_text(head), ORIGINS[code], KEYS[f"{code} log"])


def sign_directory(directory: Directory, *roots: Ed25519Signer) -> Envelope:
    return sign_directory_text(build_directory(directory), *roots)


def sign_directory_text(text: bytes, *roots: Ed25519Signer) -> Envelope:
    envelope = sign_envelope(DIRECTORY_TYPE, text, roots[0])
    for root in roots[1:]:
        envelope = add_signature(envelope, root)
    return envelope


def log_lines() -> str:
    return "".join(
        f"log {log_key(ORIGINS[code], KEYS[f'{code} log'].public)}\n" for code in ("FR", "ES")
    )


def policy_text(_directory: Directory) -> bytes:
    return (log_lines() + "quorum none\n").encode()


def listed(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with a list that is true of them."""
    return {**files, MANIFEST: build_manifest(claim_of(files), files)}


def plain(*, filler: int = 2) -> World:
    """The smallest case: one request in Spain's log, one record in France's, no permission yet."""
    world = World()
    world.fill("FR", filler)
    world.fill("ES", filler)
    add_record(world, CNAV)
    world.say(history_request(world, b""), "inss")
    return world


Change = Callable[[Any], Any]
Changes = dict[str, Change]
"""What is said otherwise than in the honest story, by the name of what is said."""


def as_said(value: Any) -> Any:
    return value


def consented(
    changes: Changes | None = None, *, between: Callable[[World, bytes], object] | None = None
) -> World:
    """An honest release under a consent, but for ``changes``; ``between`` consent and request."""
    said = changes or {}
    world = World(with_agreement=True)
    world.fill("FR", 1)
    record = add_record(world, CNAV)
    consent = add_consent(world, said)
    if between is not None:
        between(world, consent)
    request = said.get("request", as_said)(history_request(world, consent))
    asked = world.say(request, "inss")
    add_answer(world, asked, consent, [record], said)
    return world


def settled(changes: Changes | None = None) -> World:
    """The whole case from records to closure, but for ``changes``."""
    said = changes or {}
    world = consented(said)
    records = [world.only("entitlement"), add_record(world, INSS)]
    response = world.only("history-response")
    result = add_result(world, response, records, said)
    decided = [
        world.say(one, one.header.sender.institution) for one in determinations(world, result, said)
    ]
    closure = Closure(header=world.header(ES, *decided), reason=ClosureReason.SETTLED)
    world.say(closure, "ES node")
    return world


def add_record(world: World, party: Party, key: str = "") -> bytes:
    salt = world.salt()
    code = party.jurisdiction
    years = (2000, 2009) if code == "FR" else (2010, 2014)
    record = EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, PERSON[code]),
        jurisdiction=code,
        institution=party.institution,
        issue_date=NOW.date(),
        supersedes=b"",
        content=Period(
            id="a record",
            jurisdiction=code,
            type=PeriodType.COMPULSORY_EMPLOYED,
            start=date(years[0], 1, 1),
            end=date(years[1], 12, 31),
        ),
    )
    return world.log(RECORD_TYPE, record_to_payload(record), key or party.institution, code)


def whole_grant() -> Grant:
    return Grant(
        branches=(Branch.OLD_AGE,),
        datatypes=("contribution-period",),
        actions=(Action.VIEW, Action.STORE),
        fields=CONTRIBUTION_PERIOD_FIELDS,
        from_date=SPAN[0],
        to_date=SPAN[1],
    )


def add_consent(world: World, said: Changes) -> bytes:
    source = (SOURCE / "template.toml").read_bytes()
    template = parse_template(source)
    template_id = world.log(TEMPLATE_TYPE, source, "inss", "ES")
    key = said.get("key", as_said)(subject_key(world))
    world.log(SUBJECT_KEY_TYPE, subject_key_to_payload(key), "ES node", "ES")
    asked = ConsentRequest(
        salt=world.salt(),
        requester=INSS,
        providers=(CNAV, INSS),
        person_reference=REFERENCE,
        purpose=template.purpose,
        template=template_id,
        grants=(whole_grant(),),
        not_before=NOW - timedelta(hours=2),
        not_after=NOW + timedelta(days=60),
        max_uses=2,
        erase_by=date(2026, 1, 1),
        created_at=NOW - timedelta(hours=2),
    )
    asked_id = world.log(CONSENT_REQUEST_TYPE, consent_request_to_payload(asked), "inss", "ES")
    draft = draft_consent(
        asked,
        template,
        Choice(),
        request_id=asked_id,
        requester=world.directory.institution("ES", "inss"),
        key=key,
        home_node="ES",
        withdrawal=WithdrawalMeans(
            url="https://example.org/withdraw",
            phone="+34 000",
            office="any office",
            text_key="withdrawal.how",
        ),
        consent_id=UUID7,
        nonce=world.salt(),
        now=NOW - timedelta(hours=1),
    )
    document = write_consent(said.get("consent", as_said)(draft.consent))
    envelope = sign_envelope(CONSENT_TYPE, document, KEYS["person"])
    holder = said.get("holder", as_said)("person")
    consent = world.log_envelope(said.get("envelope", as_said)(envelope), holder, "ES")
    add_status(world, consent, said)
    return consent


def subject_key(world: World) -> SubjectKey:
    salt = world.salt()
    return SubjectKey(
        salt=salt,
        subject_commitment=subject_commitment(salt, PERSON["ES"]),
        method=Method.SOFTWARE_KEY,
        public_key=KEYS["person"].public,
        identity_level=IdentityLevel.SUBSTANTIAL,
        enrolled_by=INSS,
        valid_from=NOW - timedelta(days=1),
    )


def add_status(world: World, consent: bytes, said: Changes) -> None:
    status = ConsentStatus(
        salt=world.salt(),
        consent=consent,
        state=ConsentState.GRANTED,
        version=2,
        as_of=NOW,
        recipient=FR,
        person_reference=REFERENCE,
    )
    payload = consent_status_to_payload(said.get("status", as_said)(status))
    envelope = sign_envelope(CONSENT_STATUS_TYPE, payload, KEYS["ES node"])
    world.unlogged[statement_id(CONSENT_STATUS_TYPE, payload)] = envelope


def withdraw(world: World, consent: bytes, *, hour: int) -> bytes:
    said = Withdrawal(id=UUID7, nonce=world.salt(), consent=consent, created_at=NOW)
    return world.log(WITHDRAWAL_TYPE, write_withdrawal(said), "person", "ES", hour=hour)


def claim() -> Claim:
    pack = parse_pack((SOURCE / "agreement.toml").read_bytes(), "agreement.toml")
    return Claim(
        branch=Branch.OLD_AGE,
        agreement=AGREEMENT,
        agreement_version=pack.rules_on(date(2025, 1, 1)).version,
        claim_date=date(2024, 10, 1),
        award_date=date(2025, 1, 1),
        parties=(INSS, CNAV),
    )


def history_request(world: World, consent: bytes) -> HistoryRequest:
    return HistoryRequest(
        header=world.header(INSS),
        recipient=CNAV,
        person_reference=REFERENCE,
        claim=claim(),
        permission=consent,
        purpose="claim-old-age",
        datatypes=("contribution-period",),
        fields=CONTRIBUTION_PERIOD_FIELDS,
        from_date=SPAN[0],
        to_date=SPAN[1],
    )


def make_receipt(
    world: World,
    request: bytes,
    consent: bytes,
    *,
    digest: bytes,
    records: int,
    case_id: str = CASE_ID,
    previous: bytes = b"",
) -> DisclosureReceipt:
    salt = world.salt()
    return DisclosureReceipt(
        id=UUID7,
        salt=salt,
        permission=consent,
        status_version=2,
        provider=CNAV,
        requester=INSS,
        request=request,
        reason_code="claim-old-age",
        reason_text_key="purpose.claim-old-age",
        case_digest=case_digest(salt, case_id),
        requested_at=NOW,
        released_at=NOW,
        outcome=Outcome.RELEASED,
        cause=None,
        datatypes=("contribution-period",),
        fields=CONTRIBUTION_PERIOD_FIELDS,
        from_date=SPAN[0],
        to_date=SPAN[1],
        record_count=records,
        payload_digest=digest,
        erase_by=date(2026, 1, 1),
        previous=previous,
    )


def earlier_receipt(world: World, consent: bytes) -> bytes:
    """An hour before, in another case, under the same consent."""
    other = hashlib.sha256(b"the request of another case").digest()
    left = make_receipt(world, other, consent, digest=bytes(32), records=0, case_id=OTHER_CASE_ID)
    hour = timedelta(hours=1)
    left = replace(left, requested_at=NOW - hour, released_at=NOW - hour)
    return world.log(RECEIPT_TYPE, receipt_to_payload(left), "FR node", "FR")


def earlier_refusal(world: World, consent: bytes) -> bytes:
    """As ``earlier_receipt``, of a request that was refused: such a bundle shows every receipt."""
    other = hashlib.sha256(b"the request of another case").digest()
    left = make_receipt(world, other, consent, digest=bytes(32), records=0, case_id=OTHER_CASE_ID)
    hour = timedelta(hours=1)
    refused = replace(
        left,
        requested_at=NOW - hour,
        released_at=None,
        outcome=Outcome.REFUSED,
        cause=RefusalCause.TOO_SOON,
        payload_digest=b"",
        erase_by=None,
    )
    return world.log(RECEIPT_TYPE, receipt_to_payload(refused), "FR node", "FR")


def add_answer(
    world: World, request: bytes, consent: bytes, records: list[bytes], said: Changes
) -> bytes:
    header = world.header(FR, request)
    envelopes = (envelope_to_bytes(world.placed[name].envelope) for name in records)
    digest = hashlib.sha256(header.salt + b"".join(envelopes)).digest()
    held = [name for name, one in world.placed.items() if one.envelope.payload_type == RECEIPT_TYPE]
    receipt = make_receipt(
        world,
        request,
        consent,
        digest=digest,
        records=len(records),
        previous=held[-1] if held else b"",
    )
    payload = receipt_to_payload(said.get("receipt", as_said)(receipt))
    payload = said.get("receipt payload", as_said)(payload)
    world.log(RECEIPT_TYPE, payload, "FR node", "FR")
    response = HistoryResponse(
        header=header,
        outcome=HistoryOutcome.RECORDS,
        records=tuple(records),
        not_before=None,
        log_origin=ORIGINS["FR"],
        tree_size=len(world.logs["FR"]),
        granted_fields=(),
        payload_digest=digest,
    )
    return world.say(said.get("response", as_said)(response), "FR node")


def add_result(world: World, response: bytes, records: list[bytes], said: Changes) -> bytes:
    pack = parse_pack((SOURCE / "agreement.toml").read_bytes(), "agreement.toml")
    inputs = sorted(records)
    periods = [
        record_from_payload(world.placed[name].envelope.payload, name.hex()).period
        for name in inputs
    ]
    result = reconcile(periods, pack, "old-age", claim().award_date)
    reconciliation = Reconciliation(
        header=world.header(ES, response),
        agreement=result.agreement,
        agreement_version=result.agreement_version,
        branch=Branch.OLD_AGE,
        as_of=result.as_of,
        inputs=tuple(inputs),
        result=result.signed_text.encode(),
        digest=bytes.fromhex(result.digest),
    )
    reconciliation = said.get("reconciliation", as_said)(reconciliation)
    show_on(world, response, said.get("shown", as_said)(reconciliation))
    found = world.say(reconciliation, "ES node")
    agreed = Countersignature(header=world.header(FR, found), digest=reconciliation.digest)
    world.say(said.get("countersignature", as_said)(agreed), "FR node")
    return found


def show_on(world: World, response: bytes, result: Reconciliation) -> None:
    """The lead shows the other party what the result rests on, and leaves the receipt of that."""
    own = [name for name, one in world.placed.items() if one.log == "ES" and name in result.inputs]
    shown = (envelope_to_bytes(world.placed[name].envelope) for name in own)
    receipt = replace(
        make_receipt(
            world,
            response,
            b"",
            digest=hashlib.sha256(result.header.salt + b"".join(shown)).digest(),
            records=len(own),
        ),
        provider=INSS,
        requester=CNAV,
        status_version=0,
        reason_code=CASE_PARTY_PURPOSE,
        reason_text_key=CASE_PARTY_PURPOSE,
        erase_by=None,
    )
    world.log(RECEIPT_TYPE, receipt_to_payload(receipt), "ES node", "ES")


def determinations(world: World, result: bytes, said: Changes) -> list[Determination]:
    """France has 120 of 180 months of a theoretical 900 EUR, Spain 60."""
    found = []
    for party, own, share in ((CNAV, 120, "600.00 EUR"), (INSS, 60, "300.00 EUR")):
        one = Determination(
            header=world.header(party, result),
            unit="months",
            own=own,
            total=180,
            meets_minimum_alone=False,
            meets_minimum=True,
            independent=None,
            theoretical=parse_money("900.00 EUR"),
            pro_rata=parse_money(share),
            payable=parse_money(share),
            paid_as="pro-rata",
            basis=("Treaty Art 16(2)",),
        )
        change = said.get("determination", as_said) if party == CNAV else as_said
        found.append(change(one))
    return found
