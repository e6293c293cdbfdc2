"""A loss that the directory states is no fork; one that it does not state is."""

from dataclasses import replace

import pytest

from agents.auditor.losses import place_in
from agents.auditor.stated_losses import stated_losses
from agents.auditor.watch_place import Place
from agents.auditor.watching import Alarm
from portability.ledger.directory import Directory, EndedLog
from portability.ledger.merkle import EMPTY_ROOT, leaf_hash
from portability.ledger.trust import KeyPurpose
from tests.plain_tree import root_of
from tests.unit.agents.test_watching import (
    DIRECTORY,
    LOG,
    ORIGIN,
    STRANGER,
    FakeLog,
    alarms,
    cosigned,
    entry,
    key,
    log_of,
    look,
    member,
)

SECOND = f"{ORIGIN}/2"
KEPT, END = 4, 9


def root(count: int) -> bytes:
    return root_of([leaf_hash(entry(number)) for number in range(count)])


def lossy(kept: int = KEPT, kept_root: bytes | None = None) -> Directory:
    end = EndedLog(
        jurisdiction="FR",
        origin=ORIGIN,
        public=LOG.public,
        size=END,
        root=root(END),
        kept=kept,
        kept_root=root(kept) if kept_root is None else kept_root,
    )
    return replace(
        DIRECTORY,
        members=(replace(member("FR"), log_origin=SECOND), member("ES")),
        entries=(*DIRECTORY.entries, key("FR", KeyPurpose.LOG, STRANGER)),
        ended_logs=(end,),
    )


def place_at(count: int) -> Place:
    place, found = look(log_of(count))
    assert found == []
    assert place.size == count
    return place


def next_log(*numbers: int) -> FakeLog:
    """The log that goes on from what was kept, with other entries behind it."""
    made = log_of(KEPT, origin=SECOND, signer=STRANGER, since=0)
    made.signed += [entry(number) for number in numbers]
    made.published = len(made.signed)
    return made


def test_who_had_seen_lost_entries_is_alarmed_once_and_reads_the_rest_again() -> None:
    place, found = place_in("FR", lossy(), {ORIGIN: place_at(END)})
    assert (place, alarms(list(found))) == (Place(), [Alarm.LOSS])
    assert "entries 4 to 8 of fr.node.example/log are lost" in found[0].why
    assert "this watcher had seen 5 of them" in found[0].why
    assert found[0].notes == (place_at(END).latest,)
    assert found[0].origin == SECOND

    log = next_log(100, 101)
    after, alarmed = look(log, place, cosigned(log.note()), directory=lossy())
    assert (after.size, alarmed) == (KEPT + 2, [])
    assert place_in("FR", lossy(), {ORIGIN: place_at(END), SECOND: after}) == (after, ())


def test_who_had_not_come_so_far_goes_on_from_there() -> None:
    before = place_at(KEPT - 1)
    place, found = place_in("FR", lossy(), {ORIGIN: before})
    assert (place, alarms(list(found)), found[0].notes) == (before, [Alarm.LOSS], ())
    log = next_log(100)
    assert look(log, place, cosigned(log.note()), directory=lossy())[1] == []


def test_nobody_can_state_less_than_was_lost() -> None:
    place, found = place_in("FR", lossy(), {ORIGIN: place_at(END + 1)})
    assert (place, alarms(list(found))) == (Place(), [Alarm.ROLLBACK])
    assert "more is lost than is stated" in found[0].why


def test_nobody_can_state_another_end_than_was_seen() -> None:
    directory = lossy()
    (end,) = directory.ended_logs
    other = replace(directory, ended_logs=(replace(end, root=root(3)),))
    _, found = place_in("FR", other, {ORIGIN: place_at(END)})
    assert alarms(list(found)) == [Alarm.FORK]


def test_a_log_that_goes_on_from_something_else_than_was_kept_is_a_fork() -> None:
    log = log_of(0, origin=SECOND, signer=STRANGER)
    log.signed = [entry(number) for number in (0, 1, 2, 50, 51)]
    log.published = 5
    _, found = look(log, Place(), cosigned(log.note()), directory=lossy())
    assert alarms(found) == [Alarm.FORK]
    assert "the directory at the end of fr.node.example/log" in found[0].why


def test_a_log_of_which_nothing_was_kept_begins_anew() -> None:
    directory = lossy(0, EMPTY_ROOT)
    log = log_of(0, origin=SECOND, signer=STRANGER)
    log.signed, log.published = [entry(100)], 1
    place, found = place_in("FR", directory, {ORIGIN: place_at(2)})
    assert alarms(list(found)) == [Alarm.LOSS]
    assert look(log, place, cosigned(log.note()), directory=directory)[1] == []


def test_every_loss_is_told_to_whoever_begins_anew() -> None:
    assert place_in("FR", lossy(), {}) == (Place(), ())
    assert stated_losses(DIRECTORY) == ()
    (loss,) = stated_losses(lossy())
    assert loss.to_json() == {"origin": ORIGIN, "first": 4, "last": 8, "successor": SECOND}
    assert "entries 4 to 8 are lost" in loss.words


@pytest.mark.parametrize("kept", [KEPT, 0])
def test_a_rotation_without_loss_alarms_nobody(kept: int) -> None:
    directory = lossy(kept)
    (end,) = directory.ended_logs
    whole = replace(directory, ended_logs=(replace(end, kept=None, kept_root=None),))
    before = place_at(END)
    assert place_in("FR", whole, {ORIGIN: before}) == (before, ())
    assert stated_losses(whole) == ()
