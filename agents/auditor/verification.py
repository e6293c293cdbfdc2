"""
Offline verification of a bundle, in the order of formats.md, Offline bundle.

What concerns the whole (files, policy, directory) comes first; then every statement by itself, each
up to its first failure; then what only shows between them. Nothing here asks a node or a network,
and any exception, foreseen or not, is a failure to verify and never a pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from agents.auditor.agreements import read_agreements
from agents.auditor.answers import build_report
from agents.auditor.between import check_between
from agents.auditor.directories import directory_notes, open_directories
from agents.auditor.erasures import erasure_notes, find_erased
from agents.auditor.findings import Findings
from agents.auditor.histories import (
    check_consistency_files,
    find_forks,
    histories_note,
    signed_heads,
)
from agents.auditor.layout import check_layout
from agents.auditor.logged import Trusted, check_leaf, is_logged
from agents.auditor.report import NotHeldError, Report, Step, fault
from agents.auditor.signed_only import (
    check_acknowledgement,
    check_status,
    is_acknowledgement,
    is_signed_only,
)
from agents.auditor.steps import (
    check_statement,
    holds_statement,
    kind_under,
)
from agents.auditor.trust import TrustRoot, policy_from
from agents.bundle_files import (
    POLICY,
    Files,
    claim_of,
    scope_of,
    statement_ids,
)
from portability.core.agreement import Pack
from portability.errors import PortabilityError, ProofError
from portability.ledger.bundle import MANIFEST, build_manifest, open_bundle
from portability.ledger.policy import parse_policy

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """
    What was found in a bundle, with what it was judged by; ``trusted`` is None where the directory
    does not hold, and then nothing was looked at.
    """

    found: Findings
    trusted: Trusted | None
    packs: Mapping[str, Pack]
    report: Report


def verify_bundle(
    files: Files,
    trust: TrustRoot,
    now: datetime,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Report:
    """As ``examine_bundle``, for whoever needs no more than the report."""
    return examine_bundle(files, trust, now, progress=progress).report


def examine_bundle(
    files: Files,
    trust: TrustRoot,
    now: datetime,
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Examined:
    """
    What holds of a bundle and what does not, by the verifier's own trust.

    ``now`` only keeps cosignatures from after it from counting: the verdict on what was logged and
    witnessed before stays the same for ever. ``progress(done, all)`` is called after each
    statement.
    """
    run = _Run(files, trust, now)
    run.guard(Step.FILES, run.check_files)
    run.guard(Step.POLICY, run.check_policy)
    trusted = run.guard(Step.DIRECTORY, run.open_trust)
    if trusted is not None:
        run.check_statements(trusted, progress)
        run.guard(Step.INCLUSION, lambda: run.check_histories(trusted))
        run.guard(Step.RESULT, lambda: run.check_between(trusted))
    return Examined(
        found=run.found,
        trusted=trusted,
        packs=run.packs,
        report=build_report(files, trust, trusted, run.found),
    )


class _Run:
    """One verification: its steps, which leave what they find in ``found``."""

    def __init__(self, files: Files, trust: TrustRoot, now: datetime) -> None:
        self._files = files
        self._trust = trust
        self._now = now
        self.found = Findings()
        self.packs: Mapping[str, Pack] = {}

    def guard(self, step: Step, action: Callable[[], T]) -> T | None:
        """What an action on the whole returns; whatever it raises is a fault of the whole."""
        try:
            return action()
        except NotHeldError as error:
            self.found.faults.append(error.fault)
        except PortabilityError as error:
            self.found.faults.append(fault(step, error.message))
        except Exception as error:  # noqa: BLE001  # a verifier that stumbles has not verified
            self.found.faults.append(fault(step, _stumbled(error)))
        return None

    def check_files(self) -> None:
        """Step 1: the list, every digest, and that the list is written and claims as it must."""
        manifest = open_bundle(self._files)
        others = {path: data for path, data in self._files.items() if path != MANIFEST}
        check_layout(others)
        self.found.scope = scope_of(manifest.claim)
        if manifest.claim != claim_of(others, self.found.scope):
            raise ProofError(f"{MANIFEST} claims something else than what the bundle holds")
        if build_manifest(manifest.claim, others) != self._files[MANIFEST]:
            raise ProofError(f"{MANIFEST} is not laid out as it must be: it was changed")

    def check_policy(self) -> None:
        """Step 2: the policy in the bundle is information; it must at least be one."""
        if POLICY in self._files:
            parse_policy(self._files[POLICY])

    def open_trust(self) -> Trusted:
        """Step 3: the directory, from the pinned root keys on."""
        directory = open_directories(self._files, self._trust)
        return Trusted(
            directory=directory,
            policy=self._trust.policy or policy_from(directory),
            own_policy=self._trust.policy is not None,
            now=self._now,
        )

    def check_statements(self, trusted: Trusted, progress: Callable[[int, int], None]) -> None:
        """Steps 4 to 10 for each; the records of persons' keys first, others rest on them."""
        ids = sorted(statement_ids(self._files), key=lambda i: (not self._is_key_record(i), i))
        for done, hex_id in enumerate(ids, start=1):
            self._check_one(hex_id, trusted)
            progress(done, len(ids))
        find_erased(self.found, trusted.directory)
        self.found.notes += erasure_notes(self.found)
        self.found.notes += directory_notes(trusted.directory, self.found.logged())
        self.found.heads = signed_heads(self._files, trusted.policy)
        self.found.forks = tuple(find_forks(self.found.heads, self.found.logged()))

    def check_histories(self, trusted: Trusted) -> None:
        """That the checkpoints of each log are of one history, as far as proofs came with them."""
        links = check_consistency_files(self._files, trusted.policy)
        self.found.notes += histories_note(self._files, trusted.policy, links)

    def check_between(self, trusted: Trusted) -> None:
        """Steps 11 to 13: what shows between statements only."""
        self.packs = read_agreements(self._files, trusted.directory)
        check_between(self.found, trusted.directory, self.packs, self.found.scope)

    def _check_one(self, hex_id: str, trusted: Trusted) -> None:
        i = _id_of(hex_id)
        try:
            if is_acknowledgement(hex_id, self._files):
                self.found.acknowledgements[i] = check_acknowledgement(hex_id, self._files, trusted)
            elif is_signed_only(hex_id, self._files):
                self.found.statuses[i] = check_status(hex_id, self._files, trusted)
            elif not holds_statement(hex_id, self._files) and is_logged(hex_id, self._files):
                self.found.leaves[i] = check_leaf(hex_id, self._files, trusted)
            else:
                self.found.checked[i] = check_statement(
                    hex_id, self._files, trusted, self.found.subject_keys()
                )
        except NotHeldError as error:
            self.found.fail(i, error)
        except Exception as error:  # noqa: BLE001  # a verifier that stumbles has not verified
            self.found.fail(i, NotHeldError(Step.CONTENT, _stumbled(error)))

    def _is_key_record(self, hex_id: str) -> bool:
        return kind_under(hex_id, self._files) == "subject-key"


def _id_of(hex_id: str) -> bytes:
    try:
        return bytes.fromhex(hex_id)
    except ValueError:
        return hex_id.encode("utf-8")


def _stumbled(error: Exception) -> str:
    return f"it could not be checked: {type(error).__name__} in this software"
