"""
Choices for several of whom some are alike: one alone of those that differ by who of these has what.

With each that is added all choices would grow by a factor; those of the alike hardly do.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product


def choices_of(points: Sequence[Sequence[int]], kinds: Sequence[object]) -> Iterator[list[int]]:
    """
    One point for each, in their order. Those of one kind have all the points of their kind.

    Of a kind of its own, each has every one of its points beside every one of the others.
    """
    places: dict[object, list[int]] = {}
    for place, kind in enumerate(kinds):
        places.setdefault(kind, []).append(place)
    order = [place for held in places.values() for place in held]
    chosen = (
        combinations_with_replacement(sorted({x for i in held for x in points[i]}), len(held))
        for held in places.values()
    )
    for found in product(*chosen):
        told = zip(order, (one for choice in found for one in choice), strict=True)
        yield [point for _, point in sorted(told)]
