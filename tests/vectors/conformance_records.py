"""Cases about records: every kind, fields shown in part, corrections and withdrawals."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from portability.consent.agreement import CONTRIBUTION_PERIOD_FIELDS
from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import Outcome
from portability.core.attestations import Invalidation, InvalidationReason
from portability.core.pack_parser import parse_pack
from portability.core.periods import Branch, Period, PeriodType
from portability.core.reconciliation import reconcile
from portability.ledger.disclosure import disclosures_to_json
from portability.recognition.statements import (
    Closure,
    ClosureReason,
    Countersignature,
    HistoryOutcome,
    HistoryResponse,
    Reconciliation,
    ShownFields,
)
from portability.v1 import record_pb2
from portability.wire.envelope import envelope_to_bytes
from portability.wire.receipt import receipt_to_payload
from portability.wire.record import (
    RECORD_TYPE,
    Content,
    EntitlementRecord,
    count_periods,
    record_from_payload,
    record_to_payload,
    salt_record,
    select_disclosures,
    subject_commitment,
)
from tests.unit.wire.record_samples import AWARD, RECORDS
from tests.vectors.conformance_case import Made, accepted, made, refused
from tests.vectors.conformance_story import (
    ES,
    FR,
    INSS,
    NOW,
    ORIGINS,
    PERSON,
    SOURCE,
    World,
    add_consent,
    add_record,
    claim,
    determinations,
    history_request,
    make_receipt,
    plain,
    show_on,
)

ALL = CONTRIBUTION_PERIOD_FIELDS
WITHOUT_SCHEME = tuple(name for name in ALL if name != "scheme")
WITHOUT_MASKS = tuple(name for name in ALL if name not in ("relevance", "calculation"))
NOT_IN_RECORD = "a disclosed field is not in the signed record"
WITHDRAWAL = Invalidation(reason=InvalidationReason.WRONG_FACTS, article="987/2009 Art 5(1)")

Texts = tuple[str, ...]


@dataclass
class Story:
    """A case whose French record has salted fields, and the disclosures that the bundle shows."""

    world: World
    record: bytes
    texts: Texts
    shown: Texts

    def files(self) -> dict[str, bytes]:
        beside = {f"disclosures/{self.record.hex()}.json": disclosures_to_json(self.shown)}
        return {**self.world.files(), **beside}


def attest(
    world: World,
    content: Content,
    *,
    supersedes: bytes = b"",
    by: str = "cnav",
    change: Callable[[bytes], bytes] = bytes,
) -> bytes:
    """A record in clear of a French institution."""
    record = _record(world, content, supersedes, by)
    return world.log(RECORD_TYPE, change(record_to_payload(record)), by, _code(by))


def attest_salted(
    world: World, content: Content, change: Callable[[bytes], bytes] = bytes
) -> tuple[bytes, Texts]:
    """A record with salted fields, and the disclosures of all of them."""
    made_of = salt_record(_record(world, content, b"", "cnav"), lambda _: world.salt())
    return world.log(RECORD_TYPE, change(made_of.payload), "cnav", "FR"), made_of.disclosures


def _record(world: World, content: Content, supersedes: bytes, by: str) -> EntitlementRecord:
    salt = world.salt()
    return EntitlementRecord(
        salt=salt,
        subject_commitment=subject_commitment(salt, PERSON[_code(by)]),
        jurisdiction=_code(by),
        institution=by,
        issue_date=NOW.date(),
        supersedes=supersedes,
        content=content,
    )


def _code(institution: str) -> str:
    return "FR" if institution == "cnav" else "ES"


def decade() -> Period:
    return Period(
        id="a record",
        jurisdiction="FR",
        type=PeriodType.COMPULSORY_EMPLOYED,
        start=date(2000, 1, 1),
        end=date(2009, 12, 31),
        scheme="04",
        relevance="111",
        calculation="111",
    )


def answer(
    world: World,
    asked: bytes,
    consent: bytes,
    records: Sequence[tuple[bytes, Texts]],
    granted: Sequence[str] = ALL,
) -> bytes:
    """France's receipt and its answer with these records, each shown by these disclosures."""
    header = world.header(FR, asked)
    digest = hashlib.sha256(header.salt)
    for name, texts in records:
        digest.update(envelope_to_bytes(world.placed[name].envelope))
        for text in texts:
            digest.update(b"~" + text.encode())
    receipt = make_receipt(world, asked, consent, digest=digest.digest(), records=len(records))
    partial = tuple(granted) != ALL
    if partial:
        receipt = replace(receipt, outcome=Outcome.PARTIAL, fields=tuple(granted))
    world.log(RECEIPT_TYPE, receipt_to_payload(receipt), "FR node", "FR")
    response = HistoryResponse(
        header=header,
        outcome=HistoryOutcome.RECORDS,
        records=tuple(name for name, _ in records),
        not_before=None,
        log_origin=ORIGINS["FR"],
        tree_size=len(world.logs["FR"]),
        granted_fields=tuple(granted) if partial else (),
        payload_digest=digest.digest(),
        shown=tuple(
            ShownFields(record=name, fields=_names(world, name, texts))
            for name, texts in records
            if texts
        ),
    )
    return world.say(response, "FR node")


def _names(world: World, name: bytes, texts: Texts) -> tuple[str, ...]:
    payload = world.placed[name].envelope.payload
    content = record_from_payload(payload, name.hex(), texts).content
    return ALL if isinstance(content, Period) else content.names  # type: ignore[union-attr]


def result(world: World, response: bytes, records: Sequence[tuple[bytes, Texts]]) -> bytes:
    """The lead's result of these records, countersigned."""
    pack = parse_pack((SOURCE / "agreement.toml").read_bytes(), "agreement.toml")
    counted = count_periods(
        (
            record_from_payload(world.placed[name].envelope.payload, name.hex(), texts)
            for name, texts in records
        ),
        Branch.OLD_AGE,
    )
    found = reconcile(
        counted.periods, pack, "old-age", claim().award_date, incomplete=counted.incomplete
    )
    reconciliation = Reconciliation(
        header=world.header(ES, response),
        agreement=found.agreement,
        agreement_version=found.agreement_version,
        branch=Branch.OLD_AGE,
        as_of=found.as_of,
        inputs=tuple(sorted(name for name, _ in records)),
        result=found.signed_text.encode(),
        digest=bytes.fromhex(found.digest),
    )
    show_on(world, response, reconciliation)
    said = world.say(reconciliation, "ES node")
    agreed = Countersignature(header=world.header(FR, said), digest=reconciliation.digest)
    world.say(agreed, "FR node")
    return said


def close(world: World, reconciled: bytes) -> None:
    decided = [
        world.say(one, one.header.sender.institution)
        for one in determinations(world, reconciled, {})
    ]
    closure = Closure(header=world.header(ES, *decided), reason=ClosureReason.SETTLED)
    world.say(closure, "ES node")


def story(shown: Sequence[str] = WITHOUT_SCHEME, granted: Sequence[str] = WITHOUT_SCHEME) -> Story:
    """A case up to its agreed result: France shows some fields, by a consent to some."""
    world = World(with_agreement=True)
    world.fill("FR", 1)
    record, texts = attest_salted(world, decade())
    narrowed = {
        "consent": lambda one: replace(
            one, grants=tuple(replace(grant, fields=tuple(granted)) for grant in one.grants)
        )
    }
    consent = add_consent(world, narrowed)
    asked = world.say(history_request(world, consent), "inss")
    leaving = select_disclosures(texts, shown)
    response = answer(world, asked, consent, [(record, leaving)], granted)
    own = add_record(world, INSS)
    result(world, response, [(record, leaving), (own, ())])
    return Story(world, record, texts, leaving)


# --- fields shown in part ------------------------------------------------------------------------


@accepted("record-shown-in-part", "A record without its scheme: the rest is proved unaltered.")
def _shown() -> Made:
    found = story()
    close(found.world, found.world.only("reconciliation"))
    return made(found.files())


@accepted(
    "record-needed-field-withheld",
    "A record without its masks does not count, and the result says so.",
)
def _needed() -> Made:
    return made(story(WITHOUT_MASKS, WITHOUT_MASKS).files())


@refused(
    "disclosure-value-changed", 10, NOT_IN_RECORD, "A disclosed date is another than was signed."
)
def _value_changed() -> Made:
    found = story()
    other = attest_salted(World(), replace(decade(), end=date(2010, 12, 31)))[1]
    found.shown = (*found.shown[:2], other[2], *found.shown[3:])
    return made(found.files())


@refused(
    "disclosure-of-another-record", 10, NOT_IN_RECORD, "A disclosure of the person's other record."
)
def _another() -> Made:
    found = story()
    _, others = attest_salted(found.world, decade())
    found.shown = (others[0], *found.shown[1:])
    return made(found.files())


@refused("disclosure-twice", 10, "a field is disclosed twice", "One field is disclosed twice.")
def _twice() -> Made:
    found = story()
    found.shown = (found.shown[0], *found.shown[:-1])
    return made(found.files())


@refused(
    "disclosure-left-out",
    12,
    "its digest is not that of the records",
    "A field that the answer showed is missing in the bundle.",
)
def _left_out() -> Made:
    found = story()
    found.shown = found.shown[1:]
    return made(found.files())


@refused(
    "disclosure-not-granted",
    11,
    "of the record",
    "The answer shows a field to which the person did not agree.",
)
def _not_granted() -> Made:
    return made(story(shown=ALL).files())


@refused(
    "disclosure-of-no-text",
    10,
    "a disclosure is not text",
    "The disclosures are numbers.",
)
def _no_text() -> Made:
    found = story()
    files = found.files()
    files[f"disclosures/{found.record.hex()}.json"] = b'{"disclosures": [1]}\n'
    return made(files)


@refused(
    "record-digests-out-of-order",
    9,
    "in ascending order",
    "The order of the digests tells which field is which.",
)
def _order() -> Made:
    def turn(payload: bytes) -> bytes:
        message = record_pb2.EntitlementRecord.FromString(payload)
        digests = list(message.field_digests)
        del message.field_digests[:]
        message.field_digests.extend(reversed(digests))
        return message.SerializeToString()

    world = plain()
    attest_salted(world, decade(), turn)
    return made(world.files())


# --- kinds, corrections, withdrawals -------------------------------------------------------------


@accepted("record-of-each-kind", "Every kind of record, two of them corrected or withdrawn.")
def _each_kind() -> Made:
    world = plain()
    names = [attest(world, one.content) for one in RECORDS.values() if not one.supersedes]  # type: ignore[arg-type]
    attest(world, AWARD, supersedes=names[1])
    attest(world, WITHDRAWAL, supersedes=names[3])
    return made(world.files())


@refused(
    "record-withdrawn-by-another",
    9,
    "which only FR/cnav may",
    "Spain's institution withdraws a French record.",
)
def _by_another() -> Made:
    world = plain()
    first = attest(world, decade())
    attest(world, WITHDRAWAL, supersedes=first, by="inss")
    return made(world.files())


@refused(
    "record-corrected-by-other-kind",
    9,
    "it corrects a contribution-period",
    "A period is corrected by an award.",
)
def _other_kind() -> Made:
    world = plain()
    first = attest(world, decade())
    attest(world, AWARD, supersedes=first)
    return made(world.files())


@refused(
    "record-withdrawing-nothing",
    9,
    "an invalidation must name the record",
    "A withdrawal does not say of what.",
)
def _nothing() -> Made:
    def forget(payload: bytes) -> bytes:
        message = record_pb2.EntitlementRecord.FromString(payload)
        message.ClearField("supersedes")
        return message.SerializeToString()

    world = plain()
    attest(world, WITHDRAWAL, supersedes=world.only("entitlement"), change=forget)
    return made(world.files())


def replaced(counted: Sequence[int]) -> World:
    """France answers with a record and its correction; the result counts some of the two."""
    world = World(with_agreement=True)
    world.fill("FR", 1)
    wrong = attest(world, decade())
    right = attest(world, replace(decade(), end=date(2008, 12, 31)), supersedes=wrong)
    consent = add_consent(world, {})
    asked = world.say(history_request(world, consent), "inss")
    both = [(wrong, ()), (right, ())]
    response = answer(world, asked, consent, both)
    own = add_record(world, INSS)
    result(world, response, [*(both[one] for one in counted), (own, ())])
    return world


@accepted("record-corrected", "The result counts the correction and not the record corrected.")
def _corrected() -> Made:
    return made(replaced([1]).files())


@refused(
    "record-corrected-counted-too",
    13,
    "which FR/cnav had replaced by",
    "The result counts a record beside its correction.",
)
def _counted_too() -> Made:
    return made(replaced([0, 1]).files())


@accepted("record-withdrawn-since", "A record is withdrawn after the case was settled on it.")
def _since() -> Made:
    found = story()
    close(found.world, found.world.only("reconciliation"))
    attest(found.world, WITHDRAWAL, supersedes=found.record)
    return made(found.files())
