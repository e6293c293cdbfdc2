"""
What was read and opened lately, kept in memory so that the next step need not open it again.

A step of a case rests on the same thousand records as the step before. What is kept is found again
only by somebody who has just read in the database that it is there still, and it is forgotten with
the key of its owner. It is bounded: what was not asked for longest goes first.
"""

from collections import OrderedDict
from collections.abc import Hashable, Set
from typing import Final, TypeVar

_T = TypeVar("_T")

MOST: Final = 50_000
"""Weight of all that is kept; a record, of some 2 kB in memory, has the weight 1."""


class Kept:
    """
    Values by name, each with the owner of the key under which it is stored.

    Of an owner in ``fenced`` nothing is kept: whoever began to read before the fence may come here
    after it, when nobody would ever have it forgotten again.
    """

    def __init__(self, most: int = MOST, *, fenced: Set[str] = frozenset()) -> None:
        self._most = most
        self._fenced = fenced
        self._weight = 0
        self._values: OrderedDict[Hashable, tuple[object, str, int]] = OrderedDict()
        self._of_owner: dict[str, set[Hashable]] = {}

    def find(self, name: Hashable, kind: type[_T]) -> _T | None:
        """What is kept under a name, if it is of that kind."""
        found = self._values.get(name)
        if found is None or not isinstance(found[0], kind):
            return None
        self._values.move_to_end(name)
        return found[0]

    def put(self, name: Hashable, value: object, *, owner: str, weight: int = 1) -> None:
        """Keep a value, in place of any other of that name."""
        if name in self._values:
            self._drop(name)
        if owner in self._fenced:
            return
        self._values[name] = (value, owner, weight)
        names = self._of_owner.get(owner)
        if names is None:
            names = self._of_owner[owner] = set()
        names.add(name)
        self._weight += weight
        while self._weight > self._most:
            self._drop(next(iter(self._values)))

    def forget(self, owner: str) -> None:
        """Drop all that is stored under an owner's key."""
        for name in list(self._of_owner.get(owner, ())):
            self._drop(name)

    def _drop(self, name: Hashable) -> None:
        found = self._values.pop(name, None)
        if found is None:
            return
        _, owner, weight = found
        self._weight -= weight
        names = self._of_owner[owner]
        names.discard(name)
        if not names:
            del self._of_owner[owner]
