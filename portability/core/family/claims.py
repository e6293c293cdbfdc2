"""Who claims what for which children: rights brought together per jurisdiction."""

from collections.abc import Sequence
from dataclasses import dataclass

from portability.core.family.facts import Basis, Child, Right
from portability.core.money import Money, Rounding
from portability.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitled:
    """
    What one jurisdiction grants for the children of a group, by its strongest basis.

    ``refuses`` says that it grants no supplement: its right rests on residence only, it refuses
    one, and the children live elsewhere (883/2004 Art 68(2)). ``interruption`` is what suspends the
    activity behind the right, if anything does.
    """

    jurisdiction: str
    basis: Basis
    amount: Money
    rounding: Rounding
    refuses: bool
    interruption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Children who live in one jurisdiction and are treated together, in one category."""

    category: str
    children: tuple[str, ...]
    residence: str
    entitled: tuple[Entitled, ...]


def group_claims(
    children: Sequence[Child], rights: Sequence[Right], ranks: Sequence[str]
) -> tuple[Group, ...]:
    """
    The groups, each child for itself where all amounts are given by child.

    Raises InvalidInputError if an amount for several children cannot be compared.
    """
    found: list[Group] = []
    for category in sorted({right.category for right in rights}):
        held = [right for right in rights if right.category == category]
        for members in _members(children, held):
            names = tuple(child.name for child in members)
            entitled = _entitled(names, members[0].residence, held, ranks)
            if entitled:
                found.append(
                    Group(
                        category=category,
                        children=names,
                        residence=members[0].residence,
                        entitled=entitled,
                    )
                )
    return tuple(found)


def _members(children: Sequence[Child], rights: Sequence[Right]) -> list[tuple[Child, ...]]:
    everybody = tuple(child.name for child in children)
    covered = [frozenset(right.children or everybody) for right in rights]
    together = [right for right in rights if not right.amounts]
    if all(
        len(names) == 1 for names, right in zip(covered, rights, strict=True) if not right.amounts
    ):
        return [(child,) for child in children]
    group = tuple(child for child in children if child.name in covered[0])
    if len(together) < len(rights) or len(set(covered)) > 1:
        raise InvalidInputError(
            "right: give amounts by child in every right; those for several children together "
            "cannot be compared with the others",
            field="amounts",
        )
    if len({child.residence for child in group}) > 1:
        raise InvalidInputError(
            "right: give amounts by child, since the children live in different states",
            field="amounts",
        )
    return [group]


def _entitled(
    names: tuple[str, ...], residence: str, rights: Sequence[Right], ranks: Sequence[str]
) -> tuple[Entitled, ...]:
    held: dict[str, list[Right]] = {}
    for right in rights:
        if not right.children or set(names) <= set(right.children):
            held.setdefault(right.jurisdiction, []).append(right)
    return tuple(_strongest(held[code], names, residence, ranks) for code in sorted(held))


def _strongest(
    rights: Sequence[Right], names: tuple[str, ...], residence: str, ranks: Sequence[str]
) -> Entitled:
    """One claim of a jurisdiction: the strongest basis, the highest of its amounts."""
    best = min(rights, key=lambda right: ranks.index(right.basis))
    amounts = [_amount(right, names) for right in rights]
    highest = amounts[0]
    for amount in amounts[1:]:
        highest = amount if highest < amount else highest
    return Entitled(
        jurisdiction=best.jurisdiction,
        basis=best.basis,
        amount=highest,
        rounding=best.rounding,
        refuses=best.basis is Basis.RESIDENCE
        and best.jurisdiction != residence
        and any(right.refuses_abroad for right in rights),
        interruption=best.interruption,
    )


def _amount(right: Right, names: tuple[str, ...]) -> Money:
    if right.amount is not None:
        return right.amount
    return right.amounts[names[0]]
