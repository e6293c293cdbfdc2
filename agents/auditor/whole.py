"""The six questions about a bundle as a whole, answered from what was found of its parts."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from agents.auditor.contents import counted
from agents.auditor.findings import Findings
from agents.auditor.questions import Answer, Holds, Question
from agents.auditor.report import Fault, StatementReport, Verdict
from agents.bundle_files import Scope
from portability.ledger.directory import Directory

Asked = Callable[[], Answer]


def answer_whole(
    found: Findings,
    faults: Sequence[Fault],
    statements: Sequence[StatementReport],
    directory: Directory | None,
) -> tuple[Answer, ...]:
    """One answer to each question: no as soon as it is no for any part."""
    answers = {
        Question.ISSUER: lambda: _issuers(statements),
        Question.LOGGED: lambda: _logged(found),
        Question.KEY: lambda: _keys(statements, directory),
        Question.PERMISSION: lambda: _judged(
            statements, Question.PERMISSION, "release or refusal", "nothing was released"
        ),
        Question.RESULT: lambda: _judged(
            statements, Question.RESULT, "result or decision", "nothing was reconciled"
        ),
        Question.COMPLETE: lambda: _complete(found, statements),
    }
    return tuple(_answer(question, answers[question], faults, statements) for question in Question)


def _answer(
    question: Question, ask: Asked, faults: Sequence[Fault], statements: Sequence[StatementReport]
) -> Answer:
    causes = [fault.cause for fault in faults if fault.question is question]
    causes += [
        f"{one.kind} {one.id[:16]}: {one.fault.cause}"
        for one in statements
        if one.fault is not None and one.fault.question is question
    ]
    if causes:
        more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
        return Answer(question=question, holds=Holds.NO, words=f"{causes[0]}{more}")
    if not statements:
        return Answer(question=question, holds=Holds.UNKNOWN, words="the bundle holds no statement")
    if not any(one.verdict is not Verdict.NOT_VERIFIED for one in statements):
        return Answer(question=question, holds=Holds.UNKNOWN, words="no statement holds")
    return ask()


def _issuers(statements: Sequence[StatementReport]) -> Answer:
    signers = Counter(one.signer for one in statements if one.signer)
    by = ", ".join(f"{name} ({count})" for name, count in sorted(signers.items()))
    return _part(Question.ISSUER, statements, f"{by}; each signature over the exact bytes holds")


def _logged(found: Findings) -> Answer:
    logged = [one.logged for one in found.checked.values()]
    logged += [one.logged for one in found.erased.values()]
    if not logged:
        return _say(Question.LOGGED, Holds.UNKNOWN, "no leaf of any log holds")
    times = sorted(one.judged for one in logged)
    logs = ", ".join(sorted({one.log for one in logged}))
    seen = [one.witnessed for one in logged if one.witnessed is not None]
    who = " and ".join(sorted({name for one in seen for name in one.witnesses}))
    span = _span(times[0].strftime(_MINUTES), times[-1].strftime(_MINUTES))
    witnessed = (
        f"{len(seen)} of {len(logged)} witnessed, by {who}"
        if seen
        else "no witness vouches for it, the logs alone say so"
    )
    return _say(Question.LOGGED, Holds.YES, f"{span} UTC, in the logs of {logs}; {witnessed}")


def _keys(statements: Sequence[StatementReport], directory: Directory | None) -> Answer:
    version = "" if directory is None else f" by version {directory.version} of the directory"
    words = f"yes: every key was of the right purpose and valid when it signed{version}"
    return _part(Question.KEY, statements, words)


def _judged(
    statements: Iterable[StatementReport], question: Question, what: str, nothing: str
) -> Answer:
    found = [
        answer
        for one in sorted(statements, key=lambda one: one.kind, reverse=True)
        for answer in one.answers
        if answer.question is question and one.verdict is Verdict.VERIFIED
    ]
    held = [answer for answer in found if answer.holds is Holds.YES]
    open_ = [answer for answer in found if answer.holds is Holds.UNKNOWN]
    if open_:
        return _say(question, Holds.UNKNOWN, f"not for all of it: {open_[0].words}")
    if not held:
        return _say(question, Holds.NOT_ASKED, nothing)
    if len(held) == 1:
        return _say(question, Holds.YES, held[0].words)
    return _say(question, Holds.YES, f"yes, each of {len(held)}: {_grouped(held)}")


def _grouped(answers: Sequence[Answer]) -> str:
    """Different words once each, those said most first."""
    counted = Counter(answer.words.removeprefix("yes, ") for answer in answers)
    told = [f"{words} ({count})" if count > 1 else words for words, count in counted.most_common(3)]
    more = len(counted) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _complete(found: Findings, statements: Sequence[StatementReport]) -> Answer:
    erased = sum(one.verdict is Verdict.ERASED for one in statements)
    whole = "nothing is missing: every file of the list is here and is what was listed"
    held = (
        ""
        if found.scope is Scope.CASE
        else "; whether the node holds more of the person no bundle can show"
    )
    if erased:
        return _say(
            Question.COMPLETE,
            Holds.YES,
            f"{counted(erased, 'statement')} erased, as is proven; otherwise {whole}{held}",
        )
    return _say(Question.COMPLETE, Holds.YES, f"{whole}; nothing was erased{held}")


def _part(question: Question, statements: Sequence[StatementReport], words: str) -> Answer:
    """An answer that cannot be given for what was erased or fell at an earlier step."""
    erased = sum(one.verdict is Verdict.ERASED for one in statements)
    unknown = sum(
        answer.holds is Holds.UNKNOWN
        for one in statements
        for answer in one.answers
        if answer.question is question and one.verdict is not Verdict.ERASED
    )
    if erased:
        words = f"{words}; of {counted(erased, 'erased statement')} nobody can tell any more"
    if unknown:
        words = f"{words}; {counted(unknown, 'statement')} could not be looked at that far"
    return _say(question, Holds.UNKNOWN if erased or unknown else Holds.YES, words)


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _say(question: Question, holds: Holds, words: str) -> Answer:
    return Answer(question=question, holds=holds, words=words)


_MINUTES: Final = "%Y-%m-%d %H:%M"
