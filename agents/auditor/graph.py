"""
A case as one graph: what every statement names, and the order in which it can be told.

A statement can name only what was signed before it, since ids are digests; so the order by what is
named is also the order of events, whatever times their signers wrote.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agents.auditor.steps import Checked
from portability.consent.acts import Pause, Resume
from portability.consent.document import Consent
from portability.consent.ending import ConsentEnd
from portability.consent.receipt import DisclosureReceipt
from portability.consent.statements import ConsentRequest
from portability.consent.withdrawal import Withdrawal
from portability.recognition.identity import IdentityResolution
from portability.recognition.stated_facts import StatedFacts
from portability.recognition.statements import (
    CaseStatement,
    Determination,
    HistoryRequest,
    Objection,
    PermissionEnd,
    Reconciliation,
    Reopening,
)

Statements = Mapping[bytes, Checked]

BUILDS_ON: Final = "builds on"
REPLACES: Final = "replaces"
UNDER: Final = "under the permission"
BECAUSE: Final = "because of"
ANSWERS: Final = "answers"
FOR: Final = "for the request"
AFTER: Final = "after the receipt"
ON_FACTS: Final = "on the national facts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """That one statement names another, and as what. ``needed``: it means nothing without it."""

    id: bytes
    role: str
    needed: bool = True


def links_of(content: object) -> tuple[Link, ...]:
    """Everything that a statement names but records, which are its inputs."""
    return tuple(_links(content))


def is_step(one: Checked, case_id: str, statements: Statements) -> bool:
    """Whether a statement is something that somebody did in this case."""
    content = one.content
    if isinstance(content, CaseStatement | StatedFacts):
        return _case_of(content) == case_id
    if isinstance(content, DisclosureReceipt | IdentityResolution):
        return _is_of(statements.get(content.request), case_id)
    if isinstance(content, Withdrawal | Pause | Resume | ConsentEnd):
        return content.consent in _permissions(case_id, statements)
    if isinstance(content, Consent):
        return one.id in _permissions(case_id, statements)
    if isinstance(content, ConsentRequest):
        return any(
            isinstance(given := statements.get(i), Checked)
            and isinstance(given.content, Consent)
            and given.content.request == one.id
            for i in _permissions(case_id, statements)
        )
    return False


def in_order(steps: Statements, log: str = "") -> list[Checked]:
    """
    Each after all that it names; among those, by the time that its signer wrote.

    Within one second the order of ``log`` decides, as far as it holds them.
    """
    left = dict(steps)
    told: list[Checked] = []
    done: set[bytes] = set()
    while left:
        ready = [one for one in left.values() if not _named(one) & (left.keys() - done)]
        following = min(ready or left.values(), key=lambda one: _moment(one, log))
        told.append(following)
        done.add(following.id)
        del left[following.id]
    return told


def signed_at(one: Checked) -> datetime:
    """When its signer says that it was signed; the log's hour where the content says nothing."""
    content = one.content
    if isinstance(content, CaseStatement):
        return content.header.created
    if isinstance(content, Consent | ConsentRequest | Withdrawal | Pause | Resume | ConsentEnd):
        return content.created_at
    if isinstance(content, DisclosureReceipt):
        return content.released_at or content.requested_at
    if isinstance(content, IdentityResolution | StatedFacts):
        return content.created
    return one.accepted


def _moment(one: Checked, log: str) -> tuple[datetime, int, bytes]:
    return signed_at(one), one.index if one.log == log else -1, one.id


def _named(one: Checked) -> set[bytes]:
    return {link.id for link in links_of(one.content)}


def _links(content: object) -> Iterator[Link]:
    if isinstance(content, CaseStatement):
        yield from (Link(id=i, role=BUILDS_ON) for i in content.header.predecessors)
        yield from _besides(content)
        return
    match content:
        case Consent():
            yield Link(id=content.request, role=ANSWERS)
            if content.supersedes is not None:
                yield Link(id=content.supersedes, role=REPLACES, needed=False)
        case Withdrawal() | Pause() | Resume() | ConsentEnd():
            yield Link(id=content.consent, role=BUILDS_ON)
        case DisclosureReceipt():
            yield from _of_receipt(content)
        case IdentityResolution():
            yield Link(id=content.request, role=FOR)
        case _:
            return


def _of_receipt(receipt: DisclosureReceipt) -> Iterator[Link]:
    yield Link(id=receipt.request, role=FOR)
    if receipt.permission:
        # it may be one that nobody ever had; that of a release is held against the receipt itself
        yield Link(id=receipt.permission, role=UNDER, needed=False)
    if receipt.previous:
        yield Link(id=receipt.previous, role=AFTER, needed=False)


def _besides(content: CaseStatement) -> Iterator[Link]:
    """What kinds of statements name beyond their predecessors."""
    match content:
        case HistoryRequest() if content.permission:
            yield Link(id=content.permission, role=UNDER)
        case Determination():
            if content.supersedes:
                yield Link(id=content.supersedes, role=REPLACES)
            if content.facts:
                yield Link(id=content.facts, role=ON_FACTS, needed=False)
        case Reconciliation() if content.supersedes:
            yield Link(id=content.supersedes, role=REPLACES)
        case Reopening():
            yield from (Link(id=i, role=BECAUSE, needed=False) for i in content.causes)
        case PermissionEnd() | Objection() if content.act:
            yield Link(id=content.act, role=BECAUSE, needed=False)
        case _:
            return


def _case_of(content: CaseStatement | StatedFacts) -> str:
    return content.case_id if isinstance(content, StatedFacts) else content.header.case_id


def _is_of(one: Checked | None, case_id: str) -> bool:
    content = None if one is None else one.content
    return isinstance(content, CaseStatement) and content.header.case_id == case_id


def _permissions(case_id: str, statements: Statements) -> set[bytes]:
    return {
        one.content.permission
        for one in statements.values()
        if isinstance(one.content, HistoryRequest) and one.content.header.case_id == case_id
    }
