"""
Offline verification of a bundle, in the order of formats.md, Offline bundle.

What concerns the whole (files, policy, directory) comes first; then every statement by itself, each
up to its first failure; then what only shows between them. Nothing here asks a node or a network,
and any exception, foreseen or not, is a failure to verify and never a pass.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeVar

from agents.auditor.agreements import read_agreements
from agents.auditor.permissions import Evidence, check_answers, check_receipts
from agents.auditor.report import (
    Determined,
    Fault,
    Fork,
    NotHeldError,
    Report,
    StatementReport,
    Step,
    Verdict,
)
from agents.auditor.results import (
    check_countersigned,
    check_determination,
    check_result,
    replay_case,
)
from agents.auditor.steps import (
    Checked,
    SignedStatus,
    Trusted,
    at_step,
    check_hints,
    check_statement,
    check_status,
    envelope_under,
    is_status,
)
from agents.auditor.trust import TrustRoot, policy_from
from agents.bundle_files import (
    AGREEMENTS,
    DIRECTORIES,
    DISCLOSURES,
    LEAVES,
    POLICY,
    PROOFS,
    STATEMENTS,
    Files,
    claim_of,
    statement_ids,
    under,
)
from portability.consent.agreement import AgreementScope, scope_on
from portability.consent.document import Consent
from portability.consent.statements import SubjectKey
from portability.consent.withdrawal import Withdrawal
from portability.core.agreement import Pack
from portability.core.money import Money
from portability.errors import PortabilityError, ProofError
from portability.ledger.bundle import MANIFEST, build_manifest, open_bundle
from portability.ledger.directory import (
    DIRECTORY_TYPE,
    Directory,
    parse_directory,
    succeed_directory,
)
from portability.ledger.encoding import decode_decimal
from portability.ledger.envelope import envelope_from_json, kind_of, verify_envelope
from portability.ledger.keys import key_id
from portability.ledger.policy import Policy, open_witnessed, parse_policy
from portability.ledger.proof_file import parse_proof_file
from portability.recognition.statements import Determination, HistoryRequest, Reconciliation

T = TypeVar("T")

KNOWN_FOLDERS: Final = (AGREEMENTS, DIRECTORIES, DISCLOSURES, LEAVES, PROOFS, STATEMENTS)


def verify_bundle(
    files: Files,
    trust: TrustRoot,
    now: datetime,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Report:
    """
    What holds of a bundle and what does not, by the verifier's own trust.

    ``progress(done, all)`` is called after each statement.
    """
    run = _Run(files, trust, now)
    run.guard(Step.FILES, run.check_files)
    run.guard(Step.POLICY, run.check_policy)
    trusted = run.guard(Step.DIRECTORY, run.open_trust)
    if trusted is not None:
        run.check_statements(trusted, progress)
        run.guard(Step.RESULT, lambda: run.check_between(trusted))
    return run.report()


class _Run:
    """One verification: what was checked so far, and what did not hold."""

    def __init__(self, files: Files, trust: TrustRoot, now: datetime) -> None:
        self._files = files
        self._trust = trust
        self._now = now
        self._faults: list[Fault] = []
        self._notes: list[str] = []
        self._checked: dict[bytes, Checked] = {}
        self._statuses: dict[bytes, SignedStatus] = {}
        self._failed: dict[bytes, Fault] = {}
        self._forks: tuple[Fork, ...] = ()
        self._digest = b""

    def guard(self, step: Step, action: Callable[[], T]) -> T | None:
        """What an action on the whole returns; whatever it raises is a fault of the whole."""
        try:
            return action()
        except NotHeldError as error:
            self._faults.append(error.fault)
        except PortabilityError as error:
            self._faults.append(Fault(step=step, cause=error.message))
        except Exception as error:  # noqa: BLE001  # a verifier that stumbles has not verified
            self._faults.append(Fault(step=step, cause=_stumbled(error)))
        return None

    def check_files(self) -> None:
        """Step 1: the list, every digest, and that the list is written and claims as it must."""
        manifest = open_bundle(self._files)
        others = {path: data for path, data in self._files.items() if path != MANIFEST}
        for path in others:
            if path != POLICY and path.partition("/")[0] not in KNOWN_FOLDERS:
                raise ProofError(f"{path} is not a file that this version knows how to verify")
        if manifest.claim != claim_of(others):
            raise ProofError(f"{MANIFEST} claims something else than what the bundle holds")
        if build_manifest(manifest.claim, others) != self._files[MANIFEST]:
            raise ProofError(f"{MANIFEST} is not laid out as it must be: it was changed")

    def check_policy(self) -> None:
        """Step 2: the policy in the bundle is information; it must at least be one."""
        if POLICY in self._files:
            parse_policy(self._files[POLICY])

    def open_trust(self) -> Trusted:
        """Step 3: the directory, from the pinned root keys on."""
        directory = _open_directory(self._files, self._trust)
        policy = self._trust.policy or policy_from(directory)
        return Trusted(
            directory=directory,
            policy=policy,
            own_policy=self._trust.policy is not None,
            now=self._now,
        )

    def check_statements(self, trusted: Trusted, progress: Callable[[int, int], None]) -> None:
        """Steps 4 to 10 for each; the records of persons' keys first, others rest on them."""
        ids = sorted(statement_ids(self._files), key=lambda i: (not self._is_key_record(i), i))
        for done, hex_id in enumerate(ids, start=1):
            self._check_one(hex_id, trusted)
            progress(done, len(ids))
        self._forks = tuple(_forks(self._files, trusted.policy))
        if trusted.directory.quorum and not trusted.own_policy:
            self._notes.append(_witnessed_note(self._checked.values(), trusted.directory.quorum))

    def check_between(self, trusted: Trusted) -> None:
        """Steps 11 to 13: what shows between statements only."""
        packs = read_agreements(self._files, trusted.directory)
        replayed = replay_case(self._checked)
        self._fail_all(replayed.refused)
        self._faults += replayed.faults
        contents = [one.content for one in self._checked.values()]
        request = next((one for one in contents if isinstance(one, HistoryRequest)), None)
        evidence = Evidence(
            case_id=request.header.case_id if request else "",
            statements=self._checked,
            person_keys=self._person_keys(),
            statuses=tuple(self._statuses.values()),
            directory=trusted.directory,
            agreement=_scope(request, packs),
        )
        self._fail_all(check_receipts(evidence))
        self._fail_all(check_answers(evidence))
        self._check_results(packs)
        if replayed.progress is not None:
            in_force = replayed.progress.reconciliation_id
            self._faults += check_countersigned(in_force, self._checked)
            self._digest = replayed.progress.digest
            self._notes.append(f"by these statements the case is {replayed.progress.state}")

    def report(self) -> Report:
        determinations = [
            one for one in self._checked.values() if isinstance(one.content, Determination)
        ]
        good = [one for one in determinations if one.id not in self._failed]
        return Report(
            trust=self._trust.words,
            claim=claim_of(self._files),
            forks=self._forks,
            faults=tuple(dict.fromkeys(self._faults)),
            statements=tuple(self._statement_reports()),
            determinations=tuple(_determined(one) for one in good),
            payable_total=_totals(good),
            digest=self._digest.hex(),
            notes=tuple(self._notes),
        )

    def _check_one(self, hex_id: str, trusted: Trusted) -> None:
        i = _id_of(hex_id)
        try:
            if is_status(hex_id, self._files):
                self._statuses[i] = check_status(hex_id, self._files, trusted)
            else:
                self._checked[i] = check_statement(
                    hex_id, self._files, trusted, self._subject_keys()
                )
        except NotHeldError as error:
            self._failed[i] = error.fault
        except Exception as error:  # noqa: BLE001  # a verifier that stumbles has not verified
            self._failed[i] = Fault(step=Step.CONTENT, cause=_stumbled(error))

    def _check_results(self, packs: dict[str, Pack]) -> None:
        for one in list(self._checked.values()):
            content = one.content
            try:
                if isinstance(content, Reconciliation):
                    check_result(content, self._checked, _pack(content, packs))
                elif isinstance(content, Determination):
                    rests_on = self._rests_on(content)
                    check_determination(content, rests_on, self._checked, _pack(rests_on, packs))
            except NotHeldError as error:
                self._failed.setdefault(one.id, error.fault)

    def _rests_on(self, determination: Determination) -> Reconciliation:
        for i in determination.header.predecessors:
            found = self._checked.get(i)
            if found is not None and isinstance(found.content, Reconciliation):
                return found.content
        raise NotHeldError(Step.RESULT, "the reconciliation that it rests on is not in the bundle")

    def _fail_all(self, failures: Iterable[tuple[bytes, NotHeldError]]) -> None:
        for i, error in failures:
            self._failed.setdefault(i, error.fault)

    def _person_keys(self) -> dict[bytes, Checked]:
        return {
            key_id(one.content.public_key): one
            for one in self._checked.values()
            if isinstance(one.content, SubjectKey)
        }

    def _subject_keys(self) -> dict[bytes, SubjectKey]:
        return {
            key: one.content
            for key, one in self._person_keys().items()
            if isinstance(one.content, SubjectKey)
        }

    def _is_key_record(self, hex_id: str) -> bool:
        return _kind(hex_id, self._files) == "subject-key"

    def _statement_reports(self) -> Iterator[StatementReport]:
        for hex_id in statement_ids(self._files):
            i = _id_of(hex_id)
            found = self._checked.get(i)
            seen = None if found is None else found.witnessed
            status = self._statuses.get(i)
            is_good = i not in self._failed and (found is not None or status is not None)
            yield StatementReport(
                id=hex_id,
                kind=_kind(hex_id, self._files),
                verdict=Verdict.VERIFIED if is_good else Verdict.NOT_VERIFIED,
                signer=_signer_words(found, status),
                fault=self._failed.get(i),
                accepted="" if found is None else found.accepted.isoformat(),
                witnessed=seen.time.isoformat() if seen else "",
                witnesses=seen.witnesses if seen else (),
            )


def _open_directory(files: Files, trust: TrustRoot) -> Directory:
    """Every version in the bundle: the first by the pinned keys, each next by the one before."""
    if not trust.root_keys:
        raise NotHeldError(
            Step.DIRECTORY,
            "no root key is pinned, and a bundle cannot vouch for itself; give --root-key KEY (got "
            "from the federation by another way than the bundle) or --profile FILE",
        )
    versions = sorted((_version(path), path) for path in under(files, DIRECTORIES))
    if not versions:
        raise NotHeldError(Step.DIRECTORY, "the bundle holds no directory")
    pinned = {key_id(public): public for public in trust.root_keys}
    first = envelope_from_json(files[versions[0][1]])
    verified = at_step(
        Step.DIRECTORY,
        lambda: verify_envelope(first, {DIRECTORY_TYPE}, pinned, trust.threshold),
    )
    directory, payload = parse_directory(verified.payload), verified.payload
    verify_envelope(first, {DIRECTORY_TYPE}, directory.roots, directory.threshold)
    for number, path in versions:
        envelope = envelope_from_json(files[path])
        directory = succeed_directory(directory, payload, envelope)
        payload = envelope.payload
        check_hints(envelope, directory.roots, directory.threshold, Step.DIRECTORY)
        if directory.version != number:
            raise NotHeldError(
                Step.DIRECTORY, f"{path} holds version {directory.version} of the directory"
            )
    return directory


def _version(path: str) -> int:
    name = path.removeprefix(f"{DIRECTORIES}/").removesuffix(".json")
    return decode_decimal(name, what=f"version in the name of {path}")


def _pack(reconciliation: Reconciliation, packs: dict[str, Pack]) -> Pack:
    pack = packs.get(reconciliation.agreement)
    if pack is None:
        raise NotHeldError(
            Step.RESULT, f"the agreement {reconciliation.agreement} is not in the bundle"
        )
    return pack


def _scope(request: HistoryRequest | None, packs: dict[str, Pack]) -> AgreementScope | None:
    pack = packs.get(request.claim.agreement) if request else None
    if request is None or pack is None:
        return None
    return at_step(Step.PERMISSION, lambda: scope_on(pack, request.claim.award_date))


def _forks(files: Files, policy: Policy) -> Iterator[Fork]:
    """
    Two roots of one size in one log: the log showed two histories.

    Every checkpoint that the log signed counts, also beside a statement that does not hold.
    """
    seen: dict[tuple[str, int], tuple[bytes, str]] = {}
    told: set[tuple[str, int]] = set()
    for note in dict.fromkeys(_notes(files)):
        try:
            head = open_witnessed(note, Policy(logs=policy.logs)).checkpoint
        except PortabilityError:
            continue  # signed by nobody who is trusted: evidence of nothing
        shown = note.decode("utf-8", "replace")
        place = (head.origin, head.size)
        root, other = seen.setdefault(place, (head.root, shown))
        if root != head.root and place not in told:
            told.add(place)
            yield Fork(origin=head.origin, first=other, second=shown)


def _notes(files: Files) -> Iterator[bytes]:
    """The checkpoint in each proof file that can be read."""
    for path in under(files, PROOFS):
        with suppress(PortabilityError):
            yield parse_proof_file(files[path]).checkpoint


def _determined(one: Checked) -> Determined:
    content = one.content
    if not isinstance(content, Determination):
        raise TypeError("only determinations are determined")
    return Determined(
        party=str(content.header.sender),
        unit=content.unit,
        own=content.own,
        total=content.total,
        payable=str(content.payable) if content.payable else "",
        paid_as=content.paid_as,
        basis=content.basis,
    )


def _witnessed_note(checked: Iterable[Checked], quorum: int) -> str:
    """
    Who vouches for the times. A statement goes out before it is published, so some have no witness.
    """
    found = [one.witnessed for one in checked]
    seen = [one for one in found if one is not None]
    names = sorted({name for one in seen for name in one.witnesses})
    told = f"{len(seen)} of {len(found)} logged statements were witnessed by the directory's quorum"
    by = f" of {quorum} ({', '.join(names)})" if seen else f" of {quorum}"
    rest = "; for the others the log alone says when" if len(seen) < len(found) else ""
    return f"{told}{by}{rest}"


def _signer_words(found: Checked | None, status: SignedStatus | None) -> str:
    if found is not None and isinstance(found.content, Consent | Withdrawal):
        return f"a person enrolled at {found.signer.jurisdiction}"
    signed = found or status
    return "" if signed is None else str(signed.signer)


def _totals(determinations: Iterable[Checked]) -> dict[str, str]:
    totals: dict[str, Money] = {}
    for one in determinations:
        payable = one.content.payable if isinstance(one.content, Determination) else None
        if payable is not None:
            nothing = Money(minor=0, currency=payable.currency)
            totals[payable.currency] = totals.get(payable.currency, nothing) + payable
    return {currency: amount.decimal for currency, amount in sorted(totals.items())}


def _kind(hex_id: str, files: Files) -> str:
    try:
        return kind_of(envelope_under(hex_id, files).payload_type)
    except (PortabilityError, NotHeldError):
        return "unreadable"


def _id_of(hex_id: str) -> bytes:
    try:
        return bytes.fromhex(hex_id)
    except ValueError:
        return hex_id.encode("utf-8")


def _stumbled(error: Exception) -> str:
    return f"it could not be checked: {type(error).__name__} in this software"
