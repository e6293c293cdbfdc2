"""
Step 12 of formats.md, Offline bundle, for what was shown on: no data without a receipt.

With a result its lead shows each other party the records of others that it rests on; with a
correction its author shows the lead the new record. Both rest on the agreement's clause for parties
of a case, and leave a receipt in the log of whoever showed. Whom the data went to gets none, but
for the lead, which keeps it for the person: so no other bundle can lack it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agents.auditor.contents import counted
from agents.auditor.logged import LoggedLeaf
from agents.auditor.mandated import asked_again, shown_to
from agents.auditor.permissions import Evidence, of_kind
from agents.auditor.questions import Answer, Holds, Question
from agents.auditor.records import digest_of, shown_with
from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked
from portability.consent.gate import Granted
from portability.consent.payload_types import RECEIPT_TYPE
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.consent.scope import Party
from portability.ledger.envelope import kind_of
from portability.recognition.receipted import addressees
from portability.recognition.statements import (
    Correction,
    Header,
    HistoryRequest,
    Reconciliation,
)
from portability.wire.log_entry import SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """
    What went out with ``one``; its receipt names ``request``.

    ``records`` and ``digest`` are what that must say, None where the bundle does not show what it
    was.
    """

    one: Checked
    header: Header
    by: Party
    to: Party
    request: bytes
    records: int | None
    digest: bytes | None

    @property
    def place(self) -> tuple[Party, Party, bytes]:
        """What the receipts of one answer have in common: there is one for each result on it."""
        return self.by, self.to, self.request


def check_onward(
    evidence: Evidence, erased: Iterable[LoggedLeaf], exporter: str
) -> Iterator[tuple[bytes, Answer | NotHeldError]]:
    """
    Each result and each correction with which records went out that left no receipt, or another.

    What was erased, or may be lost with the log as the directory says, excuses whoever showed: then
    it cannot be said whether there was one.
    """
    gone = Counter(one.log for one in erased if one.leaf.kind == kind_of(RECEIPT_TYPE))
    left = defaultdict(list)
    for _, one in of_kind(evidence, DisclosureReceipt):
        left[one.provider, one.requester, one.request].append(one)
    groups = defaultdict(list)
    for shown in (*_with_results(evidence, exporter), *_with_corrections(evidence, exporter)):
        groups[shown.place].append(shown)
    for place, group in groups.items():
        for shown, other in _unreceipted(group, left[place]):
            log = shown.one.log
            if other is not None:
                yield shown.one.id, NotHeldError(Step.RECEIPTS, _words(shown, _OTHER))
            elif gone[log]:
                gone[log] -= 1
                yield shown.one.id, _unknown(_words(shown, _ERASED))
            elif _may_be_lost(shown, evidence):
                yield shown.one.id, _unknown(_words(shown, _LOST))
            else:
                yield shown.one.id, NotHeldError(Step.RECEIPTS, _words(shown, _MISSING))


def _unreceipted(
    group: Sequence[_Shown], left: Sequence[DisclosureReceipt]
) -> Iterator[tuple[_Shown, DisclosureReceipt | None]]:
    """
    What no receipt is of, with one that says something else if there is any left over.

    One that fits what was shown is taken first; a refusal says that nothing was.
    """
    free = list(left)
    rest = []
    for shown in group:
        said = (shown.digest, shown.records)
        fitting = [one for one in free if (one.payload_digest, one.record_count) == said]
        if fitting:
            free.remove(fitting[0])
        else:
            rest.append(shown)
    for shown in sorted(rest, key=lambda one: one.digest is not None):
        other = free.pop(0) if free else None
        if other is None:
            yield shown, None
        elif shown.digest is not None and other.outcome is not Outcome.REFUSED:
            yield shown, other


def _with_results(evidence: Evidence, exporter: str) -> Iterator[_Shown]:
    """What the lead showed the others, if the bundle is its own."""
    said = {i: one.content for i, one in evidence.statements.items()}
    for one, result in of_kind(evidence, Reconciliation):
        for i, request in addressees(result, said):
            lead = request.claim.lead
            if not one.signer.jurisdiction == lead.jurisdiction == exporter:
                continue
            answer = evidence.statements[i]
            if not isinstance(asked_again(result, request, answer, evidence), Granted):
                continue
            records = shown_to(request.recipient, result, lead, evidence)
            if records is not None and not records:
                continue
            yield _Shown(
                one=one,
                header=result.header,
                by=lead,
                to=request.recipient,
                request=i,
                records=None if records is None else len(records),
                digest=None if records is None else digest_of(result.header.salt, records),
            )


def _with_corrections(evidence: Evidence, exporter: str) -> Iterator[_Shown]:
    """What authors of corrections showed the lead, if the bundle is of either."""
    lead = next((one.claim.lead for _, one in of_kind(evidence, HistoryRequest)), None)
    for one, correction in of_kind(evidence, Correction):
        by = correction.header.sender
        if lead is None or by.jurisdiction == lead.jurisdiction or not correction.added:
            continue
        if exporter not in {by.jurisdiction, lead.jurisdiction}:
            continue
        records = shown_with(correction, correction.added, evidence.statements)
        is_whole = len(records) == len(correction.added)
        yield _Shown(
            one=one,
            header=correction.header,
            by=by,
            to=lead,
            request=next(iter(correction.header.predecessors), b""),
            records=len(records) if is_whole else None,
            digest=digest_of(correction.header.salt, records) if is_whole else None,
        )


def _may_be_lost(shown: _Shown, evidence: Evidence) -> bool:
    """
    Whether a statement may be one that its log had lost and has back from a peer: a receipt that
    nobody else had does not come back.

    Not if something behind the loss was taken in before it was signed: then the loss was before.
    """
    one, signed = shown.one, int(shown.header.created.timestamp())
    for end in evidence.directory.ended_logs:
        is_behind = end.lost and end.lost.start <= one.index and one.checkpoint.origin != end.origin
        if end.jurisdiction != one.log or not is_behind:
            continue
        since = (
            (other.logged.leaf.accepted_hour + 1) * SECONDS_PER_HOUR
            for other in evidence.statements.values()
            if other.log == one.log
            and other.index >= end.lost.start
            and other.checkpoint.origin != end.origin
        )
        if not any(hour_over <= signed for hour_over in since):
            return True
    return False


_MISSING: Final = (
    "no receipt was left of it; ask {by} for that receipt, and the person whether they can read it"
)
_OTHER: Final = "the receipt that was left of it is for other data"
_ERASED: Final = "its receipt, if there was one, was erased"
_LOST: Final = "its receipt, if there was one, may be among what the log of {log} has lost"


def _words(shown: _Shown, words: str) -> str:
    what = "records" if shown.records is None else counted(shown.records, "record")
    told = words.format(by=shown.by.node, log=shown.one.log)
    return f"it shows {shown.to} {what} of others, and {told}"


def _unknown(words: str) -> Answer:
    return Answer(question=Question.PERMISSION, holds=Holds.UNKNOWN, words=words)
