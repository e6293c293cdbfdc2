"""Cases about keys, the directory, permissions, receipts, results and the bundle itself."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from portability.consent.document import IdentityLevel
from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt
from portability.consent.scope import Party
from portability.consent.statements import ConsentState
from portability.core.money import parse_money
from portability.ledger.bundle import MANIFEST, build_manifest
from portability.ledger.directory import Directory, KeyEntry, KeyPurpose, build_directory
from portability.ledger.envelope import Envelope
from portability.recognition.statements import HistoryRequest, Reconciliation
from portability.v1 import consent_pb2
from portability.wire.record import RECORD_TYPE
from tests.vectors.conformance_case import PINNED, Made, accepted, judged_by, made, refused
from tests.vectors.conformance_log import ONE_WITNESS, RECORD, SEEN, SIGNED_BY_NOBODY, cosigned
from tests.vectors.conformance_story import (
    CNAV,
    HOUR,
    INSS,
    KEYS,
    NOW,
    ROOTS,
    Changes,
    Placed,
    World,
    add_record,
    consented,
    earlier_receipt,
    earlier_refusal,
    leaf_path,
    listed,
    plain,
    settled,
    sign_directory,
    sign_directory_text,
    statement_path,
    withdraw,
)

SEEN_AT = datetime.fromtimestamp(SEEN, UTC)
NOT_VALID_THEN = "the key that signed it was not valid at that time"

# --- keys ----------------------------------------------------------------------------------------


def with_entry(name: str, **changes: object) -> Made:
    """Every checkpoint witnessed at one time, and one key's entry in the directory otherwise."""
    world = plain()
    world.directory = changed_entry(world.directory, name, **changes)
    return judged_by(cosigned(world.files()), ONE_WITNESS)


def changed_entry(directory: Directory, name: str, **changes: object) -> Directory:
    def change(entry: KeyEntry) -> KeyEntry:
        return replace(entry, **changes) if entry.public == KEYS[name].public else entry

    return replace(directory, entries=tuple(map(change, directory.entries)))


def with_key_text(public: str) -> Made:
    """The directory names another public key, as text: no honest writer would."""
    world = plain()
    text = build_directory(world.directory).decode()
    text = text.replace(KEYS["cnav"].public.hex(), public)
    world.directories = [(1, sign_directory_text(text.encode(), ROOTS[0]))]
    return made(world.files())


@refused("key-small-order", 3, "of small order", "An institution's key under which all can sign.")
def _small_order() -> Made:
    return with_key_text("01" + "00" * 31)


@refused("key-small-order-sign-bit", 3, "of small order", "As before, with the top bit set.")
def _small_order_sign() -> Made:
    return with_key_text("01" + "00" * 30 + "80")


@refused("key-non-canonical", 3, "not in canonical form", "The number of a key is p + 3.")
def _non_canonical() -> Made:
    return with_key_text("f0" + "ff" * 30 + "7f")


@refused("key-not-yet-valid", 8, NOT_VALID_THEN, "Witnessed a second before the key was valid.")
def _not_yet_valid() -> Made:
    return with_entry("cnav", valid_from=SEEN_AT + timedelta(seconds=1))


@accepted("key-valid-from-included", "Witnessed in the very second from which the key is valid.")
def _valid_from() -> Made:
    return with_entry("cnav", valid_from=SEEN_AT)


@refused(
    "key-expired-at-witnessed-time",
    8,
    NOT_VALID_THEN,
    "Witnessed in the second in which the key ended; the log says an earlier hour.",
)
def _expired() -> Made:
    return with_entry("cnav", valid_to=SEEN_AT)


@accepted("key-valid-to-excluded", "Witnessed a second before the key ended.")
def _valid_to() -> Made:
    return with_entry("cnav", valid_to=SEEN_AT + timedelta(seconds=1))


@refused(
    "key-after-compromise-cutoff",
    8,
    NOT_VALID_THEN,
    "Witnessed when the key was known to be in other hands; the log says an earlier hour.",
)
def _after_cutoff() -> Made:
    return with_entry("cnav", cutoff=SEEN_AT - timedelta(seconds=1))


@accepted("key-witnessed-before-compromise", "Witnessed a second before the key was compromised.")
def _before_cutoff() -> Made:
    return with_entry("cnav", cutoff=SEEN_AT + timedelta(seconds=1))


@refused(
    "key-expired-at-logged-hour",
    8,
    NOT_VALID_THEN,
    "No witnesses are asked for: the log's own hour is after the key ended.",
)
def _expired_hour() -> Made:
    world = plain()
    end = NOW - timedelta(hours=1)
    world.directory = changed_entry(world.directory, "cnav", valid_to=end)
    return made(world.files())


@refused(
    "key-log-expired",
    4,
    "the key of FR's log was not valid when it took this in",
    "The log signed with a key that the directory had ended.",
)
def _log_expired() -> Made:
    world = plain()
    end = NOW - timedelta(hours=1)
    world.directory = changed_entry(world.directory, "FR log", valid_to=end)
    return made(world.files())


@refused(
    "key-wrong-purpose",
    8,
    "it is signed by a key for the purpose node, not institution",
    "A record signed by the node in its institution's place.",
)
def _wrong_purpose() -> Made:
    return record_signed_by("FR node")


@refused(
    "key-other-institution",
    8,
    "it speaks for FR/cnav, but ES/inss has signed it",
    "A record of one institution signed by another.",
)
def _other_institution() -> Made:
    return record_signed_by("inss")


@refused(
    "key-not-in-directory",
    8,
    "the key that signed it is not in the directory",
    "A record signed by a key of nobody.",
)
def _not_in_directory() -> Made:
    return record_signed_by("stranger")


def record_signed_by(key: str) -> Made:
    world = plain()
    add_record(world, CNAV, key)
    return made(world.files())


@refused("key-enrolled-twice", 3, "names a key twice", "One key for a log and an institution.")
def _enrolled_twice() -> Made:
    return with_key_text(KEYS["FR log"].public.hex())


# --- directory -----------------------------------------------------------------------------------


def next_directory(world: World) -> Directory:
    """Version 2, with another root key."""
    roots = {ROOTS[1].key_id: ROOTS[1].public}
    return replace(world.directory, version=2, roots=roots)


@accepted("directory-rotated", "Version 2 has another root key; old and new root signed it.")
def _rotated() -> Made:
    world = plain()
    world.directories = [
        (1, sign_directory(world.directory, ROOTS[0])),
        (2, sign_directory(next_directory(world), ROOTS[0], ROOTS[1])),
    ]
    return made(world.files())


@accepted("directory-key-replaced", "Version 2 ends an institution's key; its record stays valid.")
def _key_replaced() -> Made:
    world = plain()
    later = changed_entry(world.directory, "cnav", valid_to=NOW + timedelta(days=1))
    fresh = KeyEntry(
        jurisdiction="FR",
        institution="cnav",
        purpose=KeyPurpose.INSTITUTION,
        public=KEYS["stranger"].public,
        valid_from=NOW,
    )
    later = replace(later, version=2, entries=(*later.entries, fresh))
    world.directories = [
        (1, sign_directory(world.directory, ROOTS[0])),
        (2, sign_directory(later, ROOTS[0])),
    ]
    return made(world.files())


@refused("key-directory-version-skipped", 3, "does not follow version 1", "Version 3 after 1.")
def _version_skipped() -> Made:
    world = plain()
    third = replace(world.directory, version=3)
    world.directories = [
        (1, sign_directory(world.directory, ROOTS[0])),
        (3, sign_directory(third, ROOTS[0])),
    ]
    return made(world.files())


@refused("key-directory-rollback", 3, "does not follow version 2", "Version 1 again after 2.")
def _rollback() -> Made:
    world = plain()
    second = replace(world.directory, version=2)
    first = sign_directory(world.directory, ROOTS[0])
    world.directories = [(1, first), (2, sign_directory(second, ROOTS[0])), (3, first)]
    return made(world.files())


@refused(
    "key-directory-old-threshold-missing",
    3,
    "the envelope is signed by 0 of the trusted keys, 1 needed",
    "Version 2 is signed by its own root only, not by that of version 1.",
)
def _old_threshold() -> Made:
    world = plain()
    world.directories = [
        (1, sign_directory(world.directory, ROOTS[0])),
        (2, sign_directory(next_directory(world), ROOTS[1])),
    ]
    return made(world.files())


@refused(
    "key-directory-new-threshold-missing",
    3,
    "the envelope is signed by 0 of the trusted keys, 1 needed",
    "Version 2 is signed by the root of version 1 only, not by its own.",
)
def _new_threshold() -> Made:
    world = plain()
    world.directories = [
        (1, sign_directory(world.directory, ROOTS[0])),
        (2, sign_directory(next_directory(world), ROOTS[0])),
    ]
    return made(world.files())


@refused(
    "key-directory-other-root",
    3,
    "the envelope is signed by 0 of the trusted keys, 1 needed",
    "The whole bundle rests on a root key that the verifier did not pin.",
)
def _other_root() -> Made:
    return made(plain().files(), "--root-key", ROOTS[2].public.hex())


@refused(
    "key-directory-missing", 3, "the bundle holds no directory", "Nothing says whose the keys are."
)
def _directory_missing() -> Made:
    files = plain().files()
    del files["directory/1.json"]
    return made(files)


# --- permissions ---------------------------------------------------------------------------------

DISALLOWED = "the permission did not allow this release: "


def consent_with(**changes: object) -> Changes:
    return {"consent": lambda consent: replace(consent, **changes)}


def edited(change: Callable[[bytes], bytes]) -> Made:
    """The document is another one than the person signed, and the log took it in."""

    def edit(envelope: Envelope) -> Envelope:
        payload = change(envelope.payload)
        assert payload != envelope.payload
        return replace(envelope, payload=payload)

    return made(consented({"envelope": edit}).files())


@refused("consent-edited-after-signing", 8, SIGNED_BY_NOBODY, "More uses than the person signed.")
def _edited() -> Made:
    return edited(lambda data: data.replace(b'"max_uses": 2', b'"max_uses": 9'))


@refused("consent-whitespace-changed", 8, SIGNED_BY_NOBODY, "The same document, indented by one.")
def _whitespace() -> Made:
    return edited(lambda data: json.dumps(json.loads(data), indent=1).encode())


@refused(
    "consent-other-requester",
    11,
    DISALLOWED + "other-requester",
    "The consent is for another institution than the one that asked.",
)
def _other_requester() -> Made:
    def change(consent: object) -> object:
        other = Party(jurisdiction="ES", institution="imserso")
        return replace(consent, requester=replace(consent.requester, party=other))

    return made(consented({"consent": change}).files())


@refused(
    "consent-other-provider",
    11,
    DISALLOWED + "other-provider",
    "The consent does not name the institution that released.",
)
def _other_provider() -> Made:
    return made(consented(consent_with(providers=(INSS,))).files())


def granting(**changes: object) -> Changes:
    def change(consent: object) -> object:
        return replace(consent, grants=(replace(consent.grants[0], **changes),))

    return {"consent": change}


@refused(
    "consent-field-outside",
    11,
    "the field end_date was not allowed to leave",
    "The consent lets two fields leave, the receipt names all.",
)
def _field_outside() -> Made:
    return made(consented(granting(fields=("period_type", "start_date"))).files())


@refused(
    "consent-period-outside",
    11,
    DISALLOWED + "period-outside",
    "The consent is for other years than those asked for.",
)
def _period_outside() -> Made:
    def ask(request: HistoryRequest) -> HistoryRequest:
        return replace(request, from_date=date(1990, 1, 1))

    span = granting(from_date=date(1970, 1, 1), to_date=date(1979, 12, 31))
    return made(consented({**span, "request": ask}).files())


@refused(
    "consent-period-too-long",
    11,
    "the days from 1960-01-01 to 2024-12-31 were not allowed to leave",
    "The consent is for some of the years that the receipt says were released.",
)
def _period_too_long() -> Made:
    span = granting(from_date=date(1999, 1, 1), to_date=date(2012, 12, 31))
    return made(consented(span).files())


@refused(
    "consent-record-outside",
    11,
    "was not allowed to leave",
    "The receipt keeps to the consent's years, a record that was released does not.",
)
def _record_outside() -> Made:
    first, last = date(2001, 1, 1), date(2012, 12, 31)

    def receipt(said: DisclosureReceipt) -> DisclosureReceipt:
        return replace(said, from_date=first, to_date=last)

    span = granting(from_date=first, to_date=last)
    return made(consented({**span, "receipt": receipt}).files())


@accepted("consent-narrowed", "The person allowed fewer years, and only those were released.")
def _narrowed() -> Made:
    first, last = date(1999, 1, 1), date(2012, 12, 31)

    def receipt(said: DisclosureReceipt) -> DisclosureReceipt:
        return replace(said, from_date=first, to_date=last)

    span = granting(from_date=first, to_date=last)
    return made(consented({**span, "receipt": receipt}).files())


@refused("consent-expired", 11, DISALLOWED + "expired", "Released in the second it had ended.")
def _expired_consent() -> Made:
    return made(consented(consent_with(not_after=NOW)).files())


@accepted("consent-last-second", "Released a second before the consent ended.")
def _last_second() -> Made:
    return made(consented(consent_with(not_after=NOW + timedelta(seconds=1))).files())


@refused(
    "consent-not-yet-valid",
    11,
    DISALLOWED + "not-yet-valid",
    "Released a second before the consent began.",
)
def _not_yet() -> Made:
    return made(consented(consent_with(not_before=NOW + timedelta(seconds=1))).files())


@refused(
    "consent-withdrawn",
    11,
    "the consent had been withdrawn before",
    "The log took in the withdrawal an hour before the release.",
)
def _withdrawn() -> Made:
    def between(world: World, consent: bytes) -> None:
        withdraw(world, consent, hour=HOUR - 1)

    return made(consented(between=between).files())


@accepted("consent-withdrawn-later", "Withdrawn an hour after the release, which stays allowed.")
def _withdrawn_later() -> Made:
    def between(world: World, consent: bytes) -> None:
        withdraw(world, consent, hour=HOUR + 1)

    return made(consented(between=between).files())


@refused("consent-exhausted", 11, DISALLOWED + "exhausted", "One use was allowed; this is another.")
def _exhausted() -> Made:
    def change(consent: object) -> object:
        return replace(consent, use=replace(consent.use, max_uses=1))

    return made(consented({"consent": change}, between=earlier_receipt).files())


@accepted("consent-second-use", "Two uses were allowed, and this is the second.")
def _second_use() -> Made:
    return made(consented(between=earlier_receipt).files())


def status_with(**changes: object) -> Made:
    return made(consented({"status": lambda status: replace(status, **changes)}).files())


@refused(
    "consent-status-stale",
    11,
    DISALLOWED + "status-stale",
    "The home node's word was older than the purpose allows.",
)
def _stale() -> Made:
    return status_with(as_of=NOW - timedelta(hours=1))


@refused("consent-status-paused", 11, DISALLOWED + "paused", "The home node had said: paused.")
def _paused() -> Made:
    return status_with(state=ConsentState.PAUSED)


@refused(
    "consent-status-withdrawn", 11, DISALLOWED + "withdrawn", "The home node had said: withdrawn."
)
def _status_withdrawn() -> Made:
    return status_with(state=ConsentState.WITHDRAWN)


@refused(
    "consent-level-too-low",
    11,
    DISALLOWED + "level-too-low",
    "The person was identified at a lower level than the purpose asks for.",
)
def _level() -> Made:
    low = {"key": lambda key: replace(key, identity_level=IdentityLevel.LOW)}
    return made(consented(low).files())


@refused(
    "consent-missing",
    11,
    "the consent that it rests on is not in the bundle",
    "The bundle leaves out what the person signed.",
)
def _consent_missing() -> Made:
    world = consented()
    del world.placed[world.only("consent")]
    return made(world.files())


@refused(
    "consent-key-record-missing",
    8,
    "the record of the person's key is missing or was not verified",
    "Nothing says whose key signed the consent.",
)
def _key_record_missing() -> Made:
    world = consented()
    del world.placed[world.only("subject-key")]
    return made(world.files())


# --- receipts ------------------------------------------------------------------------------------


@refused(
    "receipt-chain-broken",
    12,
    "it does not name the receipt before it",
    "The second receipt under a consent names another one than the first.",
)
def _chain_broken() -> Made:
    other = {"receipt": lambda said: replace(said, previous=bytes(32))}
    return made(consented(other, between=earlier_refusal).files())


@accepted("receipt-after-refusal", "A refusal, and a release under the same consent that names it.")
def _after_refusal() -> Made:
    return made(consented(between=earlier_refusal).files())


@refused(
    "receipt-missing", 12, "no receipt was left for this answer", "Data left without a receipt."
)
def _receipt_missing() -> Made:
    world = consented()
    del world.placed[world.only("disclosure-receipt")]
    return made(world.files())


@refused(
    "receipt-of-result-missing",
    12,
    "it shows FR/cnav 1 record of others, and no receipt was left of it",
    "The lead shows what its result rests on without a receipt.",
)
def _result_unreceipted() -> Made:
    world = settled()
    of_lead = [name for name, one in world.placed.items() if _is_receipt(one) and one.log == "ES"]
    del world.placed[of_lead[0]]
    return made(world.files())


@refused(
    "receipt-of-result-other",
    12,
    "the receipt that was left of it is for other data",
    "The lead's receipt is of what another result would have shown.",
)
def _result_receipted_otherwise() -> Made:
    def other(said: Reconciliation) -> Reconciliation:
        return replace(said, header=replace(said.header, salt=bytes(32)))

    return made(settled({"shown": other}).files())


def _is_receipt(one: Placed) -> bool:
    return one.envelope.payload_type == RECEIPT_TYPE


@refused(
    "receipt-holds-value",
    9,
    "is not a plain name of letters, digits",
    "A receipt says an amount where it may only name fields.",
)
def _holds_value() -> Made:
    def change(payload: bytes) -> bytes:
        message = consent_pb2.DisclosureReceipt.FromString(payload)
        message.fields.append("salary: 1000 EUR")
        return message.SerializeToString()

    return made(consented({"receipt payload": change}).files())


@refused(
    "receipt-unknown-field", 9, "has a field that is unknown here", "A receipt says something more."
)
def _unknown_field() -> Made:
    return made(consented({"receipt payload": lambda data: data + b"\xfa\x3f\x01x"}).files())


@refused(
    "receipt-other-data",
    12,
    "the receipt is for other data than this answer released",
    "The digest of what was released is that of something else.",
)
def _other_data() -> Made:
    other = {"receipt": lambda said: replace(said, payload_digest=bytes(32))}
    return made(consented(other).files())


@refused(
    "receipt-other-count",
    12,
    "the receipt counts other records than the answer names",
    "One record was released, the receipt says two.",
)
def _other_count() -> Made:
    other = {"receipt": lambda said: replace(said, record_count=2)}
    return made(consented(other).files())


# --- results -------------------------------------------------------------------------------------


@accepted("result-agreed", "Records, release, result, countersignature, decisions and closure.")
def _agreed() -> Made:
    return made(settled().files())


def result_with(what: str, **changes: object) -> Made:
    return made(settled({what: lambda said: replace(said, **changes)}).files())


@refused(
    "result-other-digest", 13, "the result has another digest", "A result that does not follow."
)
def _other_digest() -> Made:
    return result_with("reconciliation", digest=bytes(32))


@refused(
    "result-shown-otherwise",
    13,
    "the result that it shows is not the one of its digest",
    "The digest is right, the numbers beside it are not.",
)
def _shown_otherwise() -> Made:
    return result_with("reconciliation", result=b"{}")


@refused(
    "result-not-countersigned",
    13,
    "FR has not countersigned the result",
    "Decided and closed without the other party's word.",
)
def _not_countersigned() -> Made:
    world = settled()
    del world.placed[world.only("countersignature")]
    return made(world.files())


@refused(
    "result-record-missing",
    13,
    "is missing or was not verified",
    "A record that the result uses is not in the bundle.",
)
def _record_missing() -> Made:
    world = settled()
    del world.placed[world.only(RECORD)]
    return made(world.files())


@refused(
    "result-periods-miscounted",
    13,
    "it counts 121 of 180 months, computed again they are 120 of 180",
    "A decision with one month too many.",
)
def _miscounted() -> Made:
    return result_with("determination", own=121)


@refused(
    "result-share-miscomputed",
    13,
    "which is not 120/180 of 900.00 EUR",
    "A cent more than the share.",
)
def _share() -> Made:
    more = parse_money("600.01 EUR")
    return result_with("determination", pro_rata=more, payable=more)


@refused(
    "result-lower-paid",
    13,
    "it pays the lower of two amounts",
    "The share is paid although the independent amount is higher.",
)
def _lower_paid() -> Made:
    return result_with("determination", independent=parse_money("700.00 EUR"))


# --- the bundle ----------------------------------------------------------------------------------


@accepted("whole-request", "The smallest bundle: a request, and a record beside it.")
def _whole_request() -> Made:
    return made(plain().files())


@refused(
    "bundle-file-not-listed",
    1,
    "is in the bundle but not in its list of files",
    "A file was put beside those that are listed.",
)
def _not_listed() -> Made:
    world = plain()
    files = world.files()
    path = statement_path(world.only(RECORD))
    without = {name: data for name, data in files.items() if name != path}
    return Made(bundle={**files, MANIFEST: listed(without)[MANIFEST]}, arguments=PINNED)


@refused(
    "bundle-file-missing",
    1,
    "is in the list of files but not in the bundle",
    "A file that is listed is not there.",
)
def _file_missing() -> Made:
    world = plain()
    whole = listed(world.files())
    del whole[leaf_path(world.only(RECORD))]
    return Made(bundle=whole, arguments=PINNED)


@refused(
    "bundle-digest-mismatch",
    1,
    "is not the file that was listed: it was changed",
    "A newline more in one file.",
)
def _digest() -> Made:
    whole = listed(plain().files())
    return Made(bundle={**whole, "policy": whole["policy"] + b"\n"}, arguments=PINNED)


@refused(
    "bundle-claim-untrue",
    1,
    "claims something else than what the bundle holds",
    "The claim is not what the files are.",
)
def _claim() -> Made:
    files = plain().files()
    manifest = build_manifest("This settles everything.", files)
    return Made(bundle={**files, MANIFEST: manifest}, arguments=PINNED)


@refused(
    "bundle-unknown-file",
    1,
    "is not a file that this version knows how to verify",
    "A listed file that nobody can verify.",
)
def _unknown_file() -> Made:
    return made({**plain().files(), "surprise": b"x"})


@refused(
    "bundle-erasure-without-proof",
    1,
    "the statement itself is missing, and no erasure of it is proven",
    "Proof and leaf of a record, but not the record, as if it had been erased.",
)
def _erasure() -> Made:
    world = plain()
    files = world.files()
    del files[statement_path(world.only(RECORD))]
    return made(files)


@refused(
    "bundle-disclosure-not-in-record",
    10,
    "fields are disclosed of it, but it holds no digests of fields",
    "A field is shown that the signed record knows nothing of.",
)
def _disclosure() -> Made:
    world = plain()
    files = world.files()
    shown = b'["WyJzYWx0IiwgInNhbGFyeSIsIDFd"]'
    files[f"disclosures/{world.only(RECORD).hex()}.json"] = shown
    return made(files)


@refused(
    "bundle-statement-renamed",
    7,
    "its file is named after another statement",
    "A statement's file carries the name of another one.",
)
def _renamed() -> Made:
    world = plain()
    files = world.files()
    path = statement_path(world.only("history-request"))
    files[path] = files[statement_path(world.only(RECORD))]
    return made(files)


@refused(
    "bundle-record-padded", 9, "has a field that is unknown here", "Signed bytes beyond a record."
)
def _padded() -> Made:
    world = plain()
    payload = world.placed[world.only(RECORD)].envelope.payload + b"\xfa\x3f\x01x"
    world.log(RECORD_TYPE, payload, "cnav", "FR")
    return made(world.files())
