"""
Which records still count: an issuer alone corrects or withdraws what it issued.

A document binds everybody until the institution that issued it withdraws it or declares it invalid
(987/2009 Art 5(1)), so whatever another institution says of it changes nothing here.
"""

from collections.abc import Hashable, Iterable
from typing import Protocol, TypeVar


class Issued(Protocol):
    """What is needed of a record: its id, who issued it, and the id that it replaces, or empty."""

    @property
    def statement_id(self) -> bytes: ...
    @property
    def supersedes(self) -> bytes: ...
    @property
    def issuer(self) -> Hashable: ...


R = TypeVar("R", bound=Issued)


def superseded_by(records: Iterable[R]) -> dict[bytes, R]:
    """
    By the id of each record that was replaced, the one that replaced it.

    If two say that they replace the same record, the first of them in the given order counts.
    """
    held = list(records)
    replacing = [one for one in held if one.supersedes]
    issuers = {one.statement_id: one.issuer for one in held} if replacing else {}
    found: dict[bytes, R] = {}
    for one in replacing:
        if issuers.get(one.supersedes) == one.issuer:
            found.setdefault(one.supersedes, one)
    return found


def in_force(records: Iterable[R]) -> list[R]:
    """Those that nobody entitled to it has replaced, in their order; withdrawals among them."""
    held = list(records)
    replaced = superseded_by(held)
    return [one for one in held if one.statement_id not in replaced]
