"""
How long an answer about a person waits on purpose.

Whatever the gate says, an answer leaves at a random moment of one distribution, so that its time
tells nothing about what was found (``formats.md`` section 6: a refusal is like an unknown person).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from portability.core.document import Table
from portability.custody.files import Mode
from portability.store.delivery import LONGEST_DELAY

SPREAD: Final = timedelta(milliseconds=500)
"""At least so much lies between the earliest and the latest answer of a node in production."""

_MOST_MILLISECONDS: Final = LONGEST_DELAY // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDelay:
    """Every answer leaves at a random moment between these, counted from the request's arrival."""

    least: timedelta = timedelta(milliseconds=250)
    most: timedelta = timedelta(milliseconds=1500)

    def draw(self, randomness: Callable[[int], bytes]) -> timedelta:
        share = int.from_bytes(randomness(4), "big") / 2**32
        return self.least + (self.most - self.least) * share


def read_answer_delay(table: Table | None, mode: Mode) -> AnswerDelay:
    """The table ``answers`` of a configuration. Raises InvalidInputError naming the key."""
    if table is None:
        return AnswerDelay()
    default = AnswerDelay()
    least = _milliseconds(table, "least_milliseconds", default.least)
    most = _milliseconds(table, "most_milliseconds", default.most)
    table.finish()
    if most < least:
        table.refuse("most_milliseconds", "must not be less than least_milliseconds")
    if mode is Mode.PRODUCTION and most - least < SPREAD:
        table.refuse(
            "most_milliseconds",
            f"must be at least {SPREAD // timedelta(milliseconds=1)} more than least_milliseconds "
            "in production: else the time of an answer tells what was found",
        )
    return AnswerDelay(least=least, most=most)


def _milliseconds(table: Table, key: str, default: timedelta) -> timedelta:
    number = table.optional_integer(key)
    if number is None:
        return default
    if not 0 <= number <= _MOST_MILLISECONDS:
        table.refuse(key, f"must be 0 to {_MOST_MILLISECONDS}")
    return timedelta(milliseconds=number)
