"""By how much a decision differs from the one that it replaces, in words."""

import pytest

from portability.core.money import Money
from portability.node.cases.determining import change_words


def euros(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (euros(75_000), euros(50_000), ", 250.00 EUR less"),
        (euros(0), euros(40_000), ", 400.00 EUR more"),
        (euros(40_000), euros(40_000), ", the same"),
        (None, euros(40_000), ""),
        (euros(40_000), Money(minor=1, currency="PLN"), ""),
    ],
)
def test_the_difference_is_told_where_there_is_one(
    was: Money | None, now: Money | None, words: str
) -> None:
    assert change_words(was, now) == words
