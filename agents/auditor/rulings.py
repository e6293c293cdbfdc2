"""The answer to each of the five questions, from what was found of each statement."""

from collections.abc import Sequence

from agents.auditor.computed import Computed
from agents.auditor.contents import counted
from agents.auditor.inquiry import Disputed, Release, Ruling, more
from agents.auditor.letters import Letter
from agents.auditor.questions import Holds


def rule(
    sent: Sequence[Letter], releases: Sequence[Release], computed: Sequence[Computed]
) -> tuple[Ruling, ...]:
    """All five, in their order."""
    return (
        _sent(sent),
        _received(sent),
        _same(sent),
        _permission(releases),
        _computed(computed),
    )


def _sent(sent: Sequence[Letter]) -> Ruling:
    return _over_letters(
        Disputed.SENT,
        [(one, one.sent.holds) for one in sent],
        "each of {all} that one country owed another has left, for it has arrived",
        "of {unknown} nothing shows that they left",
    )


def _received(sent: Sequence[Letter]) -> Ruling:
    return _over_letters(
        Disputed.RECEIVED,
        [(one, one.received.holds) for one in sent],
        "each of {all} is signed for by who got it, or stands in their own log",
        "of {unknown} nothing here proves it",
    )


def _same(sent: Sequence[Letter]) -> Ruling:
    return _over_letters(
        Disputed.CONTENT,
        [(one, one.same.holds) for one in sent],
        "each of {all} has one number on both sides, the digest of its exact bytes",
        "of {unknown} there is one copy only",
    )


def _over_letters(
    question: Disputed, found: Sequence[tuple[Letter, Holds]], all_words: str, unknown_words: str
) -> Ruling:
    if not found:
        return Ruling(
            question=question, holds=Holds.NOT_ASKED, words="nothing was owed by one to another"
        )
    bad = [one for one, holds in found if holds is Holds.NO]
    unknown = [one for one, holds in found if holds is Holds.UNKNOWN]
    if bad:
        one = bad[0]
        return Ruling(
            question=question,
            holds=Holds.NO,
            words=f"no: the {one.kind} {one.id[:16]}: {one.same.words}{more(bad)}",
        )
    good = counted(len(found) - len(unknown), "statement")
    if unknown:
        names = ", ".join(f"{one.kind} {one.id[:16]} to {one.to}" for one in unknown)
        told = unknown_words.format(unknown=counted(len(unknown), "statement"))
        return Ruling(
            question=question,
            holds=Holds.UNKNOWN,
            words=f"of {good} yes; {told}: {names}",
        )
    return Ruling(question=question, holds=Holds.YES, words=f"yes: {all_words.format(all=good)}")


def _permission(releases: Sequence[Release]) -> Ruling:
    question = Disputed.PERMISSION
    if not releases:
        return Ruling(
            question=question, holds=Holds.NOT_ASKED, words="no release is in the bundles"
        )
    bad = [one for one in releases if one.holds is Holds.NO]
    if bad:
        return Ruling(
            question=question,
            holds=Holds.NO,
            words=f"no: {bad[0].says}: {bad[0].words}{more(bad)}",
        )
    open_ = [one for one in releases if one.holds is Holds.UNKNOWN]
    if open_:
        return Ruling(question=question, holds=Holds.UNKNOWN, words=open_[0].words)
    told = "; ".join(dict.fromkeys(one.words.removeprefix("yes, ") for one in releases))
    return Ruling(question=question, holds=Holds.YES, words=f"yes, for each release: {told}")


def _computed(computed: Sequence[Computed]) -> Ruling:
    question = Disputed.COMPUTED
    if not computed:
        return Ruling(question=question, holds=Holds.NOT_ASKED, words="nothing was computed")
    bad = [one for one in computed if one.holds is Holds.NO]
    if bad:
        one = bad[0]
        return Ruling(
            question=question,
            holds=Holds.NO,
            words=f"{one.party}, in the {one.kind} {one.id[:16]}: {one.words}{more(bad)}",
        )
    open_ = [one for one in computed if one.holds is Holds.UNKNOWN]
    if open_:
        words = f"cannot be said of the {open_[0].kind} {open_[0].id[:16]}: {open_[0].words}"
        return Ruling(question=question, holds=Holds.UNKNOWN, words=words)
    parties = ", ".join(dict.fromkeys(one.party for one in computed))
    return Ruling(
        question=question,
        holds=Holds.YES,
        words=f"nobody: what {parties} have signed is what the records give, computed again",
    )
