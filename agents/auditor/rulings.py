"""The answer to each of the five questions, from what was found of each statement."""

from collections.abc import Sequence

from agents.auditor.computed import Computed
from agents.auditor.contents import counted, listed
from agents.auditor.inquiry import Disputed, Release, Ruling, more
from agents.auditor.letters import Letter
from agents.auditor.questions import Holds

_NAMED = 3


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
        "{good} of {all} have left, for they have arrived; nothing shows it of {unknown}",
    )


def _received(sent: Sequence[Letter]) -> Ruling:
    return _over_letters(
        Disputed.RECEIVED,
        [(one, one.received.holds) for one in sent],
        "each of {all} is signed for by who got it, or stands in their own log",
        "{good} of {all} are signed for by who got them, or stand in their own log; nothing here "
        "proves it of {unknown}",
    )


def _same(sent: Sequence[Letter]) -> Ruling:
    return _over_letters(
        Disputed.CONTENT,
        [(one, one.same.holds) for one in sent],
        "each of {all} has one number on both sides, the digest of its exact bytes",
        "{good} of {all} have one number on both sides, the digest of their exact bytes; there is "
        "one copy only of {unknown}",
    )


def _over_letters(
    question: Disputed, found: Sequence[tuple[Letter, Holds]], all_words: str, some_words: str
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
    all_of_them = counted(len(found), "statement")
    if unknown:
        names = [f"the {one.kind} {one.id[:16]} to {one.to}" for one in unknown[:_NAMED]]
        rest = len(unknown) - len(names)
        words = some_words.format(
            good=len(found) - len(unknown),
            all=all_of_them,
            unknown=listed([*names, *([f"{rest} more, told below"] if rest else [])]),
        )
        return Ruling(question=question, holds=Holds.UNKNOWN, words=words)
    return Ruling(
        question=question, holds=Holds.YES, words=f"yes: {all_words.format(all=all_of_them)}"
    )


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
    refused = [one for one in releases if one.is_refused]
    causes = "; ".join(dict.fromkeys(one.words.removeprefix("nothing left: ") for one in refused))
    told = "; ".join(
        dict.fromkeys(one.words.removeprefix("yes, ") for one in releases if not one.is_refused)
    )
    if not told:
        words = f"nothing was released: {counted(len(refused), 'request')} {causes}"
        return Ruling(question=question, holds=Holds.YES, words=words)
    rest = f"; nothing left on {counted(len(refused), 'request')} ({causes})" if refused else ""
    return Ruling(question=question, holds=Holds.YES, words=f"yes, for each release: {told}{rest}")


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
            words=f"{one.party}, in the {one.kind} {one.id[:16]}: {one.words}{more(bad)}"
            f"{_borne_out(computed)}",
        )
    open_ = [one for one in computed if one.holds is Holds.UNKNOWN]
    if open_:
        one = open_[0]
        words = (
            f"nobody, as far as it can be said: {len(computed) - len(open_)} of {len(computed)} "
            "things signed are what the records give, computed again; not so far of the "
            f"{one.kind} {one.id[:16]} of {one.party}{more(open_)}: {one.words}"
        )
        return Ruling(question=question, holds=Holds.UNKNOWN, words=words)
    parties = list(dict.fromkeys(one.party for one in computed))
    have = "has" if len(parties) == 1 else "have"
    return Ruling(
        question=question,
        holds=Holds.YES,
        words=f"nobody: what {listed(parties)} {have} signed is what the records give, computed "
        "again",
    )


def _borne_out(computed: Sequence[Computed]) -> str:
    """Who had disputed a result, and is right by the records."""
    right = [one.party for one in computed if one.disputes and one.holds is Holds.YES]
    if not right:
        return ""
    verb = "has" if len(right) == 1 else "have"
    return f"; {listed(right)} {verb} disputed it, and the records bear that out"
