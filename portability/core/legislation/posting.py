"""Exceptions agreed between authorities and posting (883/2004 Art 16 and 12)."""

from datetime import date, timedelta

from portability.core.agreement import Rules
from portability.core.discrepancy import Discrepancy, DiscrepancyKind
from portability.core.legislation.decision import Decision
from portability.core.legislation.facts import Posting, Situation, Work
from portability.core.time_limits import last_day_of, months_after

_DAY = timedelta(days=1)


def by_exception(situation: Situation) -> Decision | None:
    """The legislation agreed for the day, if there is an agreement (Art 16)."""
    agreed = situation.exception
    if agreed is None or not _holds(situation.day, agreed.start, agreed.end):
        return None
    return Decision(
        competent=agreed.jurisdiction,
        rule="exception",
        steps=("exception",),
        until=agreed.end,
        reasons=(("the authorities agreed on an exception", "exception"),),
    )


def by_certificate(situation: Situation, decided: Decision, rules: Rules) -> Decision:
    """
    What a document says that holds on the day, whatever the rules would say (987/2009 Art 5).

    A difference is reported: only the issuer may withdraw the document.
    """
    held = situation.certificate
    if held is None or held.withdrawn or not _holds(situation.day, held.start, held.end):
        return decided
    step = "documents_bind"
    found = decided.found
    if decided.competent != held.issuer:
        rule = f"{decided.competent or 'nothing'} ({decided.rule})"
        finding = Discrepancy(
            kind=DiscrepancyKind.CERTIFICATE_DIFFERS,
            jurisdiction=held.issuer,
            records=(),
            detail=f"the document of {held.issuer} binds, but by the facts the rules give {rule}",
            action=f"Ask the institution in {held.issuer} to reconsider the document; only it can "
            "withdraw it.",
            article=rules.cite(step)[0],
        )
        found = (*found, finding)
    return Decision(
        competent=held.issuer,
        rule="certificate",
        steps=(step,),
        until=held.end,
        reasons=((f"a document of {held.issuer} holds from {held.start}", step),),
        found=found,
    )


def by_posting(situation: Situation, rules: Rules) -> Decision | None:
    """The legislation of the sending state, if the day lies in a posting that meets Art 12."""
    posting = situation.posting
    if posting is None or not _holds(situation.day, posting.start, posting.end):
        return None
    if posting_obstacles(posting, rules):
        return None
    step = posting_step(posting)
    limit = _months(rules, "posting_limit_months")
    text = f"posted from {posting.sending} to {posting.to}, {posting.start} to {posting.end}"
    reasons = [(f"{text}, within {limit} months", step)]
    if chain_start(posting, rules) != posting.start:
        reasons.append(
            (f"counted from {chain_start(posting, rules)}, an earlier posting", "posting_gap")
        )
    return Decision(
        competent=posting.sending,
        rule="posting",
        steps=(step,),
        until=posting.end,
        reasons=tuple(reasons),
    )


def posting_step(posting: Posting) -> str:
    """The key of the article: employed (12(1)) or self-employed (12(2))."""
    return "posting" if posting.work is Work.EMPLOYED else "posting_self_employed"


def posting_obstacles(posting: Posting, rules: Rules) -> tuple[str, ...]:
    """Why a posting does not keep the law of the sending state; empty if it does."""
    employed = posting.work is Work.EMPLOYED
    limit = _months(rules, "posting_limit_months")
    who = "the employer does not normally work" if employed else "the person is not normally active"
    tests = (
        (not posting.normally_active, f"{who} in {posting.sending}"),
        (employed and posting.replaces, "the person replaces another posted person"),
        (
            employed and not posting.subject_before,
            f"the person was not subject to the law of {posting.sending} immediately before",
        ),
        (not employed and not posting.similar_activity, "the activity abroad is not similar"),
        (posting.end is None, "no end of the posting is foreseen"),
        (
            posting.end is not None
            and posting.end > last_day_of(chain_start(posting, rules), limit),
            f"it is expected to last longer than {limit} months",
        ),
    )
    return tuple(text for holds, text in tests if holds)


def chain_start(posting: Posting, rules: Rules) -> date:
    """
    The first day of the posting, or of the earlier one that it continues.

    A fresh posting needs a gap of two months (AC Decision A2, point 3(c)).
    """
    start = posting.start
    gap = rules.more.get("posting_gap_months")
    if not isinstance(gap, int):
        return start  # the agreement says nothing about repeated postings
    for begins, ends in reversed(posting.earlier):
        if start < months_after(ends, gap) + _DAY:
            start = min(start, begins)
    return start


def _holds(day: date, start: date | None, end: date | None) -> bool:
    return (start is None or start <= day) and (end is None or day <= end)


def _months(rules: Rules, key: str) -> int:
    found = rules.more[key]
    assert isinstance(found, int)  # noqa: S101  # by its reader
    return found
