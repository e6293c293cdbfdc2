"""
The outcome of a verification in words: the six questions, for each statement and for the whole.

Nothing is decided here; what was found is told. The page, the terminal and ``--json`` say the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from agents.auditor.contents import listed, says
from agents.auditor.findings import Erased, Findings
from agents.auditor.logged import LoggedLeaf, Trusted
from agents.auditor.next_steps import next_step
from agents.auditor.paid import paid_in
from agents.auditor.questions import Answer, Holds, Question
from agents.auditor.report import Fault, Report, StatementReport, Verdict
from agents.auditor.signed_only import SignedOnly
from agents.auditor.stated_losses import stated_losses
from agents.auditor.steps import Checked, kind_under
from agents.auditor.trust import TrustRoot
from agents.auditor.whole import answer_whole
from agents.bundle_files import Files, claim_of, statement_ids
from portability.consent.statements import ConsentStatus, SubjectKey
from portability.ledger.directory import Directory, KeyEntry
from portability.recognition.statements import Acknowledgement

AnyWord = SignedOnly[ConsentStatus] | SignedOnly[Acknowledgement]

MINUTES: Final = "%Y-%m-%d %H:%M"
SECONDS: Final = "%Y-%m-%d %H:%M:%S"

_UNLOGGED: Final[Mapping[type, str]] = {
    ConsentStatus: "signed only: a status is logged at its home node alone",
    Acknowledgement: "signed only: an acknowledgement is in no log",
}
_NOT_LOOKED_AT: Final = "not looked at: what comes before it does not hold"


def build_report(
    files: Files, trust: TrustRoot, trusted: Trusted | None, found: Findings
) -> Report:
    """What was found, as a report."""
    directory = None if trusted is None else trusted.directory
    statements = tuple(_statement(i, files, found, directory) for i in statement_ids(files))
    notes = list(found.notes)
    if trusted is not None:
        notes += _losses(trusted.directory, found)
    if trusted is not None and trusted.directory.quorum and not trusted.own_policy:
        notes.insert(0, _witnessed_note(found.checked.values(), trusted.directory.quorum))
    faults = tuple(dict.fromkeys(found.faults))
    causes = (*faults, *(one.fault for one in statements if one.fault is not None))
    return Report(
        trust=trust.words,
        claim=claim_of(files, found.scope),
        scope=found.scope,
        answers=answer_whole(found, faults, statements, directory),
        forks=found.forks,
        faults=faults,
        statements=statements,
        paid=paid_in(found),
        digest=", ".join(found.digests),
        notes=tuple(notes),
        next_step=next_step(found.forks, causes),
    )


def _statement(
    hex_id: str, files: Files, found: Findings, directory: Directory | None
) -> StatementReport:
    i = _id_of(hex_id)
    fault = found.failed.get(i)
    one, status, erased = found.checked.get(i), found.word(i), found.erased.get(i)
    logged = _logged(one, status, erased, found.leaves.get(i))
    seen = None if logged is None else logged.witnessed
    return StatementReport(
        id=hex_id,
        kind=logged.leaf.kind if erased and logged else kind_under(hex_id, files),
        verdict=_verdict(fault, one or status, erased),
        answers=tuple(_answers(i, found, directory)),
        says=_says(one or status),
        signer=_signer(one, status),
        fault=fault,
        accepted=logged.accepted.isoformat() if logged else "",
        witnessed=seen.time.isoformat() if seen else "",
        witnesses=seen.witnesses if seen else (),
        log=logged.log if logged else "",
        index=logged.index if logged else -1,
        replaced=None if fault else found.replaced.get(i),
    )


def _verdict(fault: Fault | None, held: object, erased: Erased | None) -> Verdict:
    if fault is None and erased is not None:
        return Verdict.ERASED
    return Verdict.VERIFIED if fault is None and held is not None else Verdict.NOT_VERIFIED


def _answers(i: bytes, found: Findings, directory: Directory | None) -> Iterator[Answer]:
    """One answer to each question about one statement."""
    fault = found.failed.get(i)
    known = {answer.question: answer for answer in _known(i, found, directory)}
    for question in Question:
        if fault is not None and fault.question is question:
            yield Answer(question=question, holds=Holds.NO, words=fault.cause)
        elif question in known:
            yield known[question]
        else:
            yield Answer(question=question, holds=Holds.UNKNOWN, words=_NOT_LOOKED_AT)


def _known(i: bytes, found: Findings, directory: Directory | None) -> Iterator[Answer]:
    """What there is to say, were there no fault."""
    one, status, erased = found.checked.get(i), found.word(i), found.erased.get(i)
    logged = _logged(one, status, erased, found.leaves.get(i))
    if logged is not None:
        yield _yes(Question.LOGGED, _logged_words(logged))
    if one is not None or status is not None:
        yield from _signed(one, status, found, directory)
        yield _yes(Question.COMPLETE, _whole_words(i, found))
        yield _none(Question.PERMISSION, "it releases nothing")
        yield _none(Question.RESULT, "it computes nothing")
    if erased is not None:
        yield from _erased(erased)
    yield from found.judged.get(i, ())


def _signed(
    one: Checked | None, status: AnyWord | None, found: Findings, directory: Directory | None
) -> Iterator[Answer]:
    signer = _signer(one, status)
    held = "the signature over its exact bytes holds"
    yield _yes(Question.ISSUER, f"{signer}; {held}{_passkey_words(one, found)}")
    if one is not None:
        yield _yes(Question.KEY, _key_words(one, found, directory))
    elif status is not None:
        yield _yes(Question.KEY, f"valid at the time it speaks of, {_minutes(status.as_of)}")
        if status.logged is None:
            yield _none(Question.LOGGED, _UNLOGGED[type(status.content)])


def _whole_words(i: bytes, found: Findings) -> str:
    since = found.replaced.get(i)
    ending = "" if since is None else f", but it counts no longer: {since.words}"
    return f"whole: nothing of it is missing or erased{ending}"


def _passkey_words(one: Checked | None, found: Findings) -> str:
    """How a passkey signed, since that was checked as well."""
    record = found.person_keys().get(one.key_id) if one is not None and one.by_person else None
    key = None if record is None else record.content
    if not isinstance(key, SubjectKey) or not key.method.is_passkey:
        return ""
    return f", made with a passkey for {key.relying_party_id}, the person present and verified"


def _erased(erased: Erased) -> Iterator[Answer]:
    by = f"erased, as the erasure {erased.by.hex()[:16]} in the same log says"
    yield _yes(Question.COMPLETE, f"{by}; its leaf proves that it had been there")
    for question in (Question.ISSUER, Question.KEY, Question.PERMISSION, Question.RESULT):
        words = "nobody can tell any more: it was erased"
        yield Answer(question=question, holds=Holds.UNKNOWN, words=words)


def _logged_words(logged: LoggedLeaf) -> str:
    place = f"entry {logged.index} in the log of {logged.log}"
    seen = logged.witnessed
    if seen is None:
        hour = f"taken in during the hour from {_minutes(logged.accepted)}"
        return f"{place}, {hour}; no witness vouches for that, the log alone says it"
    who = listed(seen.witnesses)
    return f"{place}, by {seen.time.strftime(SECONDS)} UTC: witnessed by {who}"


def _key_words(one: Checked, found: Findings, directory: Directory | None) -> str:
    entry = None if directory is None else directory.key(one.key_id)
    if entry is not None:
        return f"{_term(entry)}, a key for the purpose {entry.purpose}"
    record = found.person_keys().get(one.key_id)
    content = None if record is None else record.content
    if record is None or not isinstance(content, SubjectKey):
        return "by the record of the person's key"
    since = _minutes(content.valid_from)
    return f"the person's own key, valid from {since} by the record {record.id.hex()[:16]}"


def _term(entry: KeyEntry) -> str:
    ends = [end for end in (entry.valid_to, entry.cutoff) if end is not None]
    until = f" to {_minutes(min(ends))}" if ends else ", with no end set"
    return f"valid from {_minutes(entry.valid_from)}{until}"


def _logged(
    one: Checked | None,
    status: AnyWord | None,
    erased: Erased | None,
    leaf: LoggedLeaf | None,
) -> LoggedLeaf | None:
    if one is not None:
        return one.logged
    if status is not None:
        return status.logged
    return leaf if erased is None else erased.logged


def _says(held: Checked | AnyWord | None) -> str:
    return "" if held is None else says(held.content)


def _signer(found: Checked | None, status: AnyWord | None) -> str:
    if found is not None and found.by_person:
        return f"a person enrolled at {found.signer.jurisdiction}"
    signed = found or status
    return "" if signed is None else str(signed.signer)


def _losses(directory: Directory, found: Findings) -> Iterator[str]:
    """What logs have lost by the directory's word, and what of it is shown here all the same."""
    for loss in stated_losses(directory):
        here = [
            one.index
            for one in found.checked.values()
            if one.checkpoint.origin == loss.origin and loss.first <= one.index <= loss.last
        ]
        shown = f"; {len(here)} of them are here, with their proofs" if here else ""
        yield f"{loss.words}{shown}"


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


def _minutes(at: datetime) -> str:
    return f"{at.strftime(MINUTES)} UTC"


def _id_of(hex_id: str) -> bytes:
    try:
        return bytes.fromhex(hex_id)
    except ValueError:
        return hex_id.encode("utf-8")


def _yes(question: Question, words: str) -> Answer:
    return Answer(question=question, holds=Holds.YES, words=words)


def _none(question: Question, words: str) -> Answer:
    return Answer(question=question, holds=Holds.NOT_ASKED, words=words)
