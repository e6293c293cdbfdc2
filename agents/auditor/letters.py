"""
Every statement that one country owed another, and what proves that it was sent, received, and the
same on both sides.

A statement's id is the digest of its exact bytes. So whoever signs that it has received an id, or
has that id in its own log, has received these bytes and no others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agents.auditor.contents import listed, says, short
from agents.auditor.findings import Findings
from agents.auditor.graph import in_order, links_of, signed_at
from agents.auditor.questions import Holds
from agents.auditor.replay import signed_for
from agents.auditor.results import exporter_of, said_in, take_all
from agents.auditor.sides import Side
from agents.auditor.steps import Checked
from portability.ledger.encoding import format_time
from portability.recognition.case import Case
from portability.recognition.facts import Facts, read_facts
from portability.recognition.presence import recipients
from portability.recognition.statements import Claim, HistoryRequest

MINUTES = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What shows it: a node's signature or the entry of a log; ``id`` is that of the statement."""

    words: str
    id: str = ""
    time: datetime | None = None

    def to_json(self) -> dict[str, object]:
        time = "" if self.time is None else format_time(self.time.replace(microsecond=0))
        return {"words": self.words, "id": self.id, "time": time}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Whether something is shown, and by what."""

    holds: Holds
    words: str
    proofs: tuple[Proof, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "holds": str(self.holds),
            "words": self.words,
            "proofs": [one.to_json() for one in self.proofs],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """
    One statement on its way from one country to another.

    ``left_out`` are the parties whose own bundle does not show it although it must; ``too_early``
    those whose bundle may have been made before it was there.
    """

    id: str
    kind: str
    sender: str
    source: str
    to: str
    says: str
    signed: datetime
    sent: Shown
    received: Shown
    same: Shown
    left_out: tuple[str, ...] = ()
    too_early: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "kind": self.kind,
            "sender": self.sender,
            "to": self.to,
            "says": self.says,
            "signed": format_time(self.signed),
            "sent": self.sent.to_json(),
            "received": self.received.to_json(),
            "same_content": self.same.to_json(),
            "left_out_by": list(self.left_out),
            "bundle_older_of": list(self.too_early),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The case as whoever can place most of what the bundles show would see it."""

    case: Case
    claim: Claim
    facts: Facts


def know(found: Findings, sides: Sequence[Side] = ()) -> Known | None:
    """
    None where no request is there, and so no case.

    Everything is said to the lead, so it places most; but without its own bundle the answers of
    other countries, on which its results build, are known by their ids alone.
    """
    said = said_in(found.checked)
    requests = [one.statement for one in said if isinstance(one.statement, HistoryRequest)]
    if not requests:
        return None
    lead = requests[0].claim.lead.jurisdiction
    viewers = dict.fromkeys((lead, *(side.exporter for side in sides if side.exporter)))
    case = max((take_all(one, said)[0] for one in viewers), key=lambda one: len(one.accepted))
    if case.claim is None:
        return None
    return Known(case=case, claim=case.claim, facts=read_facts(case))


def letters(found: Findings, known: Known, sides: Sequence[Side]) -> tuple[Letter, ...]:
    """
    All that was owed to or by those whose bundles are here, in the order in which it was signed.
    """
    contradicted = {i: group for group in known.facts.contradictions for i in group}
    return tuple(
        _letter(one, to, found, sides, contradicted)
        for one, to in _owed(found, known)
        if _is_of(one, to, sides)
    )


def between_others(found: Findings, known: Known, sides: Sequence[Side]) -> int:
    """How many statements were owed by one country to another of which neither's bundle is here."""
    return sum(not _is_of(one, to, sides) for one, to in _owed(found, known))


def _owed(found: Findings, known: Known) -> Iterator[tuple[Checked, str]]:
    said = {i: one for i, one in found.checked.items() if i in known.case.accepted}
    for one in in_order(said, exporter_of(said)):
        for to in _owed_to(known, one):
            yield one, to


def _is_of(one: Checked, to: str, sides: Sequence[Side]) -> bool:
    exporters = {side.exporter for side in sides}
    return bool({"", one.signer.jurisdiction, to} & exporters)


def _owed_to(known: Known, one: Checked) -> Iterable[str]:
    source = one.signer.jurisdiction
    return recipients(replace(known.case, own=source), known.claim, known.facts, one.id)


def _letter(
    one: Checked,
    to: str,
    found: Findings,
    sides: Sequence[Side],
    contradicted: Mapping[bytes, tuple[bytes, ...]],
) -> Letter:
    source = one.signer.jurisdiction
    arrived = tuple(_arrivals(one.id, to, found, sides))
    logged = tuple(_entries(one.id, source, sides))
    late = [arrival.time for arrival in arrived if arrival.time is not None]
    had = {source: signed_at(one), to: min(late, default=signed_at(one))}
    lacking = [
        (side, had[side.exporter])
        for side in sides
        if one.id not in side.statements
        and (side.exporter == source or (side.exporter == to and arrived))
    ]
    return Letter(
        id=one.id.hex(),
        kind=one.kind,
        sender=str(one.signer),
        source=source,
        to=to,
        says=says(one.content),
        signed=signed_at(one),
        sent=_sent(source, to, arrived, logged),
        received=_received(to, arrived, sides),
        same=_same(one, to, arrived, contradicted.get(one.id, ())),
        left_out=tuple(side.exporter for side, at in lacking if _had(side, one.id, at)),
        too_early=tuple(side.exporter for side, at in lacking if not _had(side, one.id, at)),
    )


def _had(side: Side, i: bytes, at: datetime) -> bool:
    """
    Whether whoever made a bundle must have had a statement that they have got at that moment.

    So it is if the bundle shows something from later, or something that names the statement, were
    it another's signature for having got it.
    """
    if side.latest is not None and side.latest > at:
        return True
    if signed_for(side.examined.found, i):
        return True
    return any(link.id == i for one in side.statements.values() for link in links_of(one.content))


def _arrivals(i: bytes, to: str, found: Findings, sides: Sequence[Side]) -> Iterator[Proof]:
    for name, word in signed_for(found, i):
        if word.signer.jurisdiction == to:
            yield Proof(
                words=f"{word.signer} signed for it on {word.as_of:{MINUTES}} ({short(name)})",
                id=name.hex(),
                time=word.as_of,
            )
    yield from _entries(i, to, sides)


def _entries(i: bytes, jurisdiction: str, sides: Sequence[Side]) -> Iterator[Proof]:
    """That it is in a country's own log, as the bundles show; each entry once."""
    told = set()
    for side in sides:
        one = side.statements.get(i)
        if one is None or one.log != jurisdiction or one.index in told:
            continue
        told.add(one.index)
        seen = one.witnessed
        by = (
            f"taken in during the hour from {one.accepted:{MINUTES}}, seen by no witness"
            if seen is None
            else f"seen by {listed(seen.witnesses)} on {seen.time:{MINUTES}}"
        )
        yield Proof(
            words=f"entry {one.index} of {jurisdiction}'s own log, {by}",
            id=i.hex(),
            time=one.accepted if seen is None else seen.time,
        )


def _sent(source: str, to: str, arrived: Sequence[Proof], logged: Sequence[Proof]) -> Shown:
    if arrived:
        return Shown(holds=Holds.YES, words="yes, for it has arrived", proofs=tuple(logged))
    words = f"{source} has signed it; nothing here shows that it left for {to}"
    return Shown(holds=Holds.UNKNOWN, words=words, proofs=tuple(logged))


def _received(to: str, arrived: Sequence[Proof], sides: Sequence[Side]) -> Shown:
    if arrived:
        return Shown(holds=Holds.YES, words="yes", proofs=tuple(arrived))
    has_own = any(side.exporter == to for side in sides)
    words = (
        f"nothing proves it: {to} has signed for nothing, and its own bundle does not show it"
        if has_own
        else f"nothing proves it: {to} has signed for nothing; ask {to} for its own bundle"
    )
    return Shown(holds=Holds.UNKNOWN, words=words)


def _same(one: Checked, to: str, arrived: Sequence[Proof], contradicted: Sequence[bytes]) -> Shown:
    others = [i for i in contradicted if i != one.id]
    if others:
        return Shown(
            holds=Holds.NO,
            words=(
                f"{one.signer} has signed something else in its place as well: "
                f"{', '.join(map(short, others))}"
            ),
            proofs=tuple(Proof(words="signed as well", id=i.hex()) for i in contradicted),
        )
    if arrived:
        words = f"yes: {to} holds it under the same number, which is the digest of its bytes"
        return Shown(holds=Holds.YES, words=words)
    return Shown(holds=Holds.UNKNOWN, words="there is only one copy to compare")
