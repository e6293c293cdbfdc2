"""Up to where an answer has to be complete, also where the log that it names has ended since."""

from dataclasses import replace

import pytest

from portability.ledger.trust import EndedLog
from portability.node.peers.inbox_checks import is_of_its_place
from tests.unit.agents.test_watching import DIRECTORY, LOG

FIRST, SECOND = "fr/log", "fr/log/2"


def ended(origin: str, size: int, kept: int | None = None) -> EndedLog:
    return EndedLog(
        jurisdiction="FR",
        origin=origin,
        public=LOG.public,
        size=size,
        root=bytes(32),
        kept=kept,
        kept_root=None if kept is None else bytes(32),
    )


@pytest.mark.parametrize(
    ("size", "leaf", "is_right"),
    [(7, 7, True), (6, 7, True), (5, 7, False), (0, 7, False), (8, 7, False), (0, 0, True)],
)
def test_in_a_log_that_goes_on_it_is_the_size_before_it_or_before_its_receipt(
    *, size: int, leaf: int, is_right: bool
) -> None:
    assert is_of_its_place(size, leaf, ()) is is_right


@pytest.mark.parametrize(
    ("size", "leaf", "is_right"),
    [(8, 9, True), (3, 9, False), (10, 10, False), (9, 12, False)],
)
def test_what_a_log_held_that_has_ended_stands_there_still_and_nothing_joins_it(
    *, size: int, leaf: int, is_right: bool
) -> None:
    assert is_of_its_place(size, leaf, (ended(FIRST, 10), ended(SECOND, 30))) is is_right


@pytest.mark.parametrize(
    ("size", "leaf", "is_right"),
    [(3, 4, True), (2, 4, False), (8, 9, True), (8, 40, True), (10, 40, False)],
)
def test_what_was_lost_with_its_log_and_taken_back_stands_elsewhere(
    *, size: int, leaf: int, is_right: bool
) -> None:
    assert is_of_its_place(size, leaf, (ended(FIRST, 10, kept=6),)) is is_right


def test_the_ends_of_a_log_are_its_own_and_those_of_the_logs_that_followed() -> None:
    first, second = ended(FIRST, 10), ended(SECOND, 30)
    elsewhere = EndedLog(jurisdiction="ES", origin="es/1", public=LOG.public, size=9, root=b"")
    found = replace(DIRECTORY, ended_logs=(first, elsewhere, second))
    assert found.log_ends(FIRST) == (first, second)
    assert found.log_ends(SECOND) == (second,)
    assert found.log_ends(found.member("FR").log_origin) == ()
