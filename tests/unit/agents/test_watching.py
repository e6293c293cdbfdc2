"""The watcher: logs that lie, in every way that it names, and logs that do not."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.auditor.watch_place import (
    Place,
    check_directory,
    keep_directory,
    keep_evidence,
    load_places,
    save_places,
)
from agents.auditor.watching import Alarm, Finding, Shown, Watched, look_at_log
from portability.errors import ConfigurationError, NotFoundError, PeerUnavailableError
from portability.ledger.checkpoint import Checkpoint, cosign_checkpoint, sign_checkpoint
from portability.ledger.directory import Directory, EndedLog, KeyEntry, KeyPurpose, Member
from portability.ledger.keys import Ed25519Signer
from portability.ledger.merkle import consistency_proof, leaf_hash
from portability.ledger.note import add_signature_lines
from portability.wire.log_entry import SECONDS_PER_HOUR, LogEntry, log_entry_to_bytes
from tests.plain_tree import root_of

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATE = timedelta(microseconds=5)
START = NOW - timedelta(days=30)
HOUR = int(NOW.timestamp()) // SECONDS_PER_HOUR
PATIENCE = timedelta(minutes=15)
ORIGIN = "fr.node.example/log"
LOG, NODE, WITNESS, INSTITUTION, ROOT, STRANGER = (
    Ed25519Signer(bytes([number]) * 32) for number in range(71, 77)
)


def key(
    jurisdiction: str, purpose: KeyPurpose, signer: Ed25519Signer, institution: str = ""
) -> KeyEntry:
    return KeyEntry(
        jurisdiction=jurisdiction,
        institution=institution,
        purpose=purpose,
        public=signer.public,
        valid_from=START,
    )


def member(code: str) -> Member:
    name = f"{code.lower()}.node.example"
    return Member(
        jurisdiction=code, endpoint="127.0.0.1:1", log_origin=f"{name}/log", server_name=name
    )


DIRECTORY = Directory(
    version=1,
    valid_from=START,
    valid_to=NOW + timedelta(days=30),
    threshold=1,
    roots={ROOT.key_id: ROOT.public},
    members=(member("FR"), member("ES")),
    institutions=(),
    entries=(
        key("FR", KeyPurpose.LOG, LOG),
        key("FR", KeyPurpose.NODE, NODE),
        key("FR", KeyPurpose.INSTITUTION, INSTITUTION, "cnav"),
        key("ES", KeyPurpose.WITNESS, WITNESS),
    ),
    quorum=1,
)


def entry(number: int, kind: str = "entitlement", signer: Ed25519Signer = INSTITUTION) -> bytes:
    return log_entry_to_bytes(
        LogEntry(
            kind=kind,
            statement_id=number.to_bytes(32, "big"),
            key_id=signer.key_id,
            accepted_hour=HOUR,
        )
    )


@dataclass
class FakeLog:
    """A log that shows what a test tells it to; ``signed`` are the entries that it signs for."""

    signed: list[bytes]
    given: list[bytes] | None = None
    published: int = -1
    signer: Ed25519Signer = LOG
    is_away: bool = False
    earlier: dict[int, datetime] = field(default_factory=dict)
    also: list[bytes] = field(default_factory=list)
    cosigner: Ed25519Signer = WITNESS
    origin: str = ORIGIN
    since: int = 0
    asked: list[tuple[int, int]] = field(default_factory=list)

    def note(self, size: int | None = None) -> bytes:
        leaves = [leaf_hash(one) for one in self.signed[:size]]
        is_old = len(leaves) <= self.since
        origin, signer = (ORIGIN, LOG) if is_old else (self.origin, self.signer)
        head = Checkpoint(origin=origin, size=len(leaves), root=root_of(leaves))
        return sign_checkpoint(head, signer)

    def checkpoints(self) -> Shown:
        if self.is_away:
            raise PeerUnavailableError("it could not be reached")
        published = b"" if self.published < 0 else cosigned(self.note(self.published))
        return Shown(committed=self.note(), published=published)

    def publications(self, above: int) -> Iterable[bytes]:
        times = {**self.earlier, self.published: self.earlier.get(self.published, NOW)}
        made = [
            cosigned(self.note(size), self.cosigner, at)
            for size, at in sorted(times.items())
            if size > above
        ]
        return iter([*self.also, *made])

    def entries(self, first: int, end: int) -> Iterable[bytes]:
        self.asked.append((first, end))
        return iter((self.signed if self.given is None else self.given)[first:end])

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        leaves = [leaf_hash(one) for one in self.signed]
        return consistency_proof(
            old_size,
            new_size,
            lambda level, index: root_of(leaves[index << level : (index + 1) << level]),
        )


def cosigned(note: bytes, signer: Ed25519Signer = WITNESS, at: datetime = NOW) -> bytes:
    line = cosign_checkpoint(note, "es.node.example/witness", int(at.timestamp()), signer)
    return add_signature_lines(note, [line])


def log_of(count: int, **changes: object) -> FakeLog:
    made = FakeLog(signed=[entry(number) for number in range(count)], published=count)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def look(
    log: FakeLog,
    place: Place | None = None,
    view: bytes | Exception | None = None,
    now: datetime = NOW,
    directory: Directory = DIRECTORY,
) -> tuple[Place, list[Finding]]:
    def witness(origin: str) -> bytes:
        assert origin == log.origin
        if isinstance(view, Exception):
            raise view
        return cosigned(log.note()) if view is None else view

    watched = Watched(member=directory.member("FR"), source=log, witnesses={"ES": witness})
    return look_at_log(watched, directory, place or Place(), now=now, patience=PATIENCE)


def alarms(findings: list[Finding]) -> list[Alarm]:
    return [finding.alarm for finding in findings]


@pytest.mark.parametrize("sizes", [(0, 1, 2), (5, 300, 300, 70_000), (255, 256, 257, 600)])
def test_a_log_that_only_grows_raises_no_alarm_and_is_read_once(sizes: tuple[int, ...]) -> None:
    entries = [entry(number) for number in range(sizes[-1])]
    place = Place()
    for size in sizes:
        log = FakeLog(signed=entries[:size], published=size)
        before = place.size
        place, found = look(log, place)
        assert found == []
        assert (place.size, place.note, log.asked) == (size, log.note(), [(before, size)])


def test_the_place_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    place, _ = look(log_of(300))
    place = replace(place, since={"witness ES": NOW.replace(microsecond=0)})
    save_places(tmp_path / "new", {ORIGIN: place, "other.example/log": Place()})
    assert load_places(tmp_path / "new") == {ORIGIN: place, "other.example/log": Place()}
    assert load_places(tmp_path) == {}


@pytest.mark.parametrize("data", [b"", b"{}", b'{"format": "watch/1", "logs": {"a": 1}}'])
def test_a_broken_place_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "places.json").write_bytes(data)
    with pytest.raises(ConfigurationError):
        load_places(tmp_path)


def test_entries_that_vanished_are_a_rollback_and_the_place_stays() -> None:
    place, _ = look(log_of(9))
    shorter = log_of(4)
    after, found = look(shorter, place)
    assert alarms(found) == [Alarm.ROLLBACK]
    assert found[0].notes == (log_of(9).note(), shorter.note())
    assert after == place


@pytest.mark.parametrize("size", [9, 12])
def test_a_rewritten_entry_is_a_fork_with_both_checkpoints(size: int) -> None:
    place, _ = look(log_of(9))
    rewritten = log_of(size)
    rewritten.signed[3] = entry(1000)
    after, found = look(rewritten, place)
    assert alarms(found) == [Alarm.FORK]
    assert found[0].notes == (log_of(9).note(), rewritten.note())
    assert after == place


def test_entries_that_do_not_give_the_signed_root_are_an_alarm() -> None:
    place, _ = look(log_of(4))
    log = log_of(9)
    log.given = [*log.signed[:7], entry(1000), *log.signed[8:]]
    after, found = look(log, place)
    assert (alarms(found), after) == ([Alarm.ENTRIES], place)
    log.given = log.signed[:6]
    assert alarms(look(log, place)[1]) == [Alarm.ENTRIES]


@pytest.mark.parametrize(
    ("bad", "alarm"),
    [
        (entry(7, signer=STRANGER), Alarm.UNKNOWN_ISSUER),
        (entry(7, signer=NODE), Alarm.UNKNOWN_ISSUER),
        (entry(7, kind="no-such-kind"), Alarm.UNKNOWN_ISSUER),
        (b"nonsense", Alarm.UNREADABLE),
    ],
)
def test_an_entry_that_nobody_trusted_has_signed_alarms_until_it_is_explained(
    bad: bytes, alarm: Alarm
) -> None:
    log = FakeLog(signed=[entry(0), bad, entry(2)], published=3)
    for _ in range(2):
        place, found = look(log)
        assert (alarms(found), place.size) == ([alarm], 0)
        assert found[0].why.startswith("entry 1: ")


HOUR_AGO = NOW - timedelta(hours=1)


def by(hour: int, number: int = 0) -> bytes:
    """A record of the institution that the log says it took in so many hours from now."""
    return log_entry_to_bytes(
        LogEntry(
            kind="entitlement",
            statement_id=number.to_bytes(32, "big"),
            key_id=INSTITUTION.key_id,
            accepted_hour=HOUR + hour,
        )
    )


def with_key(**changes: object) -> Directory:
    """The directory in which the institution's key is valid at other times."""
    entries = [
        replace(one, **changes) if one.key_id == INSTITUTION.key_id else one
        for one in DIRECTORY.entries
    ]
    return replace(DIRECTORY, entries=tuple(entries))


@pytest.mark.parametrize(
    ("changes", "seen_at", "why"),
    [
        ({"valid_from": NOW}, NOW, ""),
        ({"valid_from": NOW}, NOW - timedelta(seconds=1), "was not valid yet"),
        ({"valid_to": NOW}, NOW - timedelta(seconds=1), ""),
        ({"valid_to": NOW}, NOW, "was not valid any more"),
        ({"cutoff": NOW}, NOW - timedelta(seconds=1), ""),
        ({"cutoff": NOW}, NOW, "is compromised"),
    ],
)
def test_an_issuer_is_judged_when_witnesses_saw_the_entry_and_not_by_the_logs_own_hour(
    changes: dict[str, object], seen_at: datetime, why: str
) -> None:
    for hour in (-48, 0):  # what the log wrote down changes nothing
        log = FakeLog(signed=[by(hour), by(hour, 1)], published=2, earlier={1: seen_at})
        place, found = look(log, directory=with_key(**changes))
        told = [one.why for one in found if one.why.startswith("entry 0:")]
        assert [why in one for one in told] == ([True] if why else [])
        assert place.size == (0 if found else 2)


def test_the_earliest_publication_of_an_entry_counts_and_later_ones_change_nothing() -> None:
    log = FakeLog(signed=[by(-2), by(0, 1)], published=2, earlier={1: HOUR_AGO})
    assert look(log, directory=with_key(cutoff=NOW))[1][0].why.startswith("entry 1:")
    assert look(log, directory=with_key(cutoff=NOW + timedelta(seconds=1)))[1] == []
    assert len(look(log, directory=with_key(cutoff=HOUR_AGO))[1]) == 2


def test_an_issuer_is_not_judged_before_a_quorum_has_seen_its_entry() -> None:
    ended = with_key(valid_to=HOUR_AGO)
    seen_at = NOW - timedelta(hours=2)
    log = FakeLog(signed=[by(-3), by(-3, 1)], published=0, earlier={1: seen_at})
    place, found = look(log, directory=ended)
    assert (found, place.size, place.seen) == ([], 1, log.note())
    log.published = 2  # now it is seen, and too late
    after, found = look(log, place, directory=ended)
    assert [one.why.split(":")[0] for one in found] == ["entry 1"]
    assert (after.size, after.seen) == (place.size, place.seen)


def test_a_cosignature_of_nobodys_witness_dates_nothing() -> None:
    log = FakeLog(signed=[by(0)], published=1, cosigner=STRANGER)
    place, found = look(log, directory=with_key(cutoff=START + timedelta(hours=1)))
    assert (found, place.size) == ([], 0)


def test_without_witnesses_the_hour_that_the_log_wrote_down_must_do() -> None:
    alone = replace(with_key(cutoff=NOW), quorum=0)  # the hour of NOW begins before it
    place, found = look(FakeLog(signed=[by(0)]), directory=alone)
    assert (found, place.size) == ([], 1)
    assert alarms(look(FakeLog(signed=[by(1)]), directory=alone)[1]) == [Alarm.UNKNOWN_ISSUER]


def test_an_entry_of_a_later_hour_than_it_was_witnessed_in_is_told() -> None:
    log = FakeLog(signed=[by(0)], published=1, earlier={1: NOW - timedelta(hours=5)})
    log.published = 0
    (found,) = look(log)[1]
    assert (found.alarm, "a later hour" in found.why) == (Alarm.UNREADABLE, True)


def test_entries_that_no_witness_saw_may_not_vanish_either() -> None:
    place, _ = look(log_of(9, published=4))
    assert (place.size, place.seen) == (4, log_of(9).note())
    after, found = look(log_of(6, published=4), place)
    assert (alarms(found), after.size, after.seen) == ([Alarm.ROLLBACK], 4, place.seen)
    assert found[0].notes == (log_of(9).note(), log_of(6).note())


@pytest.mark.parametrize("size", [9, 12])
def test_entries_that_no_witness_saw_may_not_be_rewritten_either(size: int) -> None:
    place, _ = look(log_of(9, published=4))
    rewritten = log_of(size, published=4)
    rewritten.signed[7] = entry(1000)
    after, found = look(rewritten, place)
    assert (alarms(found), after) == ([Alarm.FORK], place)
    assert found[0].notes == (log_of(9).note(), rewritten.note())


def test_a_publication_on_the_way_that_the_entries_do_not_give_is_a_fork() -> None:
    log, other = log_of(9), log_of(9)
    other.signed[1] = entry(1000)
    shown = cosigned(other.note(5))
    log.also = [shown]
    after, found = look(log)
    assert (alarms(found), after.size) == ([Alarm.FORK], 0)
    assert found[0].notes == (shown, log.note())


def test_a_log_that_goes_on_under_another_name_is_followed_from_where_it_was() -> None:
    place, _ = look(log_of(9))
    successor = Ed25519Signer(b"\x50" * 32)
    name = f"{ORIGIN}/2"
    grown = log_of(12, signer=successor, origin=name, since=9)

    def directory(root: bytes) -> Directory:
        end = EndedLog(jurisdiction="FR", origin=ORIGIN, public=LOG.public, size=9, root=root)
        entries = [
            replace(one, valid_to=NOW + timedelta(hours=1)) if one.public == LOG.public else one
            for one in DIRECTORY.entries
        ]
        return replace(
            DIRECTORY,
            members=(replace(member("FR"), log_origin=name), member("ES")),
            entries=(*entries, key("FR", KeyPurpose.LOG, successor)),
            ended_logs=(end,),
        )

    root = root_of([leaf_hash(one) for one in grown.signed[:9]])
    for start in (place, Place()):
        after, found = look(grown, start, directory=directory(root))
        assert (found, after.size, after.note) == ([], 12, grown.note())
    (fork,) = look(grown, directory=directory(bytes(32)))[1]
    assert (fork.alarm, ORIGIN in fork.why) == (Alarm.FORK, True)
    grown.since = 12  # published by the old key, after the end that the directory states
    assert Alarm.UNREADABLE in alarms(look(grown, place, directory=directory(root))[1])


def test_a_watcher_never_goes_back_behind_a_directory(tmp_path: Path) -> None:
    check_directory(tmp_path, 1, b"one")
    keep_directory(tmp_path, 2, b"two")
    check_directory(tmp_path, 2, b"two")
    check_directory(tmp_path, 3, b"three")
    for version, text in ((1, b"one"), (2, b"another")):
        with pytest.raises(ConfigurationError, match="version 2"):
            check_directory(tmp_path, version, text)
    (tmp_path / "directory.json").write_bytes(b"{}")
    with pytest.raises(ConfigurationError, match="--state"):
        check_directory(tmp_path, 3, b"three")


def test_an_entry_says_no_hour_that_is_still_to_come() -> None:
    early = LogEntry(
        kind="entitlement",
        statement_id=bytes(32),
        key_id=INSTITUTION.key_id,
        accepted_hour=HOUR,
    )
    late = replace(early, accepted_hour=HOUR + 3)
    assert alarms(look(FakeLog(signed=[log_entry_to_bytes(late)], published=1))[1]) == [
        Alarm.UNREADABLE
    ]


def test_an_entry_signed_by_a_person_needs_no_key_in_the_directory() -> None:
    log = FakeLog(signed=[entry(0, kind="consent", signer=STRANGER)], published=1)
    assert look(log)[1] == []


def test_a_checkpoint_that_the_log_did_not_sign_is_an_alarm() -> None:
    assert alarms(look(log_of(3, signer=STRANGER), view=NotFoundError("none"))[1]) == [
        Alarm.UNREADABLE
    ]


def test_a_log_that_shows_a_witness_more_than_us_is_caught() -> None:
    seen = cosigned(log_of(12).note())
    place, found = look(log_of(9), view=seen)
    assert (alarms(found), place.size) == ([Alarm.ROLLBACK], 0)
    assert found[0].notes == (seen, log_of(9).note())


@pytest.mark.parametrize("size", [5, 9])
def test_a_log_that_shows_a_witness_another_history_is_caught(size: int) -> None:
    other = log_of(size)
    other.signed[2] = entry(1000)
    place, found = look(log_of(9), view=cosigned(other.note()))
    assert (Alarm.FORK in alarms(found), place.size) == (True, 0)


def test_a_log_that_publishes_another_history_is_caught() -> None:
    log = log_of(9)
    twin = log_of(9)
    twin.signed[2] = entry(1000)
    shown = Shown(committed=log.note(), published=cosigned(twin.note()))
    log.checkpoints = lambda: shown  # type: ignore[method-assign]
    assert alarms(look(log)[1]) == [Alarm.FORK]


def test_a_log_that_does_not_answer_is_stale_and_keeps_its_place() -> None:
    place, _ = look(log_of(3))
    after, found = look(log_of(5, is_away=True), place)
    assert (alarms(found), after) == ([Alarm.STALE], place)


def test_what_stays_unpublished_is_an_alarm_only_after_a_while(tmp_path: Path) -> None:
    log = log_of(9, published=4)
    place, found = look(log, now=NOW + LATE)
    assert (found, place.size, place.seen) == ([], 4, log.note())
    save_places(tmp_path, {ORIGIN: place})
    assert load_places(tmp_path) == {ORIGIN: place}
    place, found = look(log, place, now=NOW + PATIENCE - timedelta(seconds=1))
    assert found == []
    place, found = look(log, place, now=NOW + PATIENCE)
    assert alarms(found) == [Alarm.STALE]
    assert place.size == 4
    place, found = look(log_of(9), place, now=NOW + PATIENCE)
    assert (found, place.since) == ([], {})


def test_a_witness_that_falls_behind_is_lost_after_a_while() -> None:
    behind = cosigned(log_of(4).note())
    place, found = look(log_of(9), view=behind)
    assert found == []
    assert alarms(look(log_of(9), place, behind, NOW + PATIENCE)[1]) == [Alarm.LOST_WITNESS]
    nothing = NotFoundError("it has cosigned nothing")
    place, found = look(log_of(9), view=nothing)
    assert found == []
    assert alarms(look(log_of(9), place, nothing, NOW + PATIENCE)[1]) == [Alarm.LOST_WITNESS]


def test_a_witness_that_does_not_answer_or_did_not_sign_is_lost_at_once() -> None:
    away = PeerUnavailableError("it could not be reached")
    assert alarms(look(log_of(9), view=away)[1]) == [Alarm.LOST_WITNESS]
    for view in (log_of(9).note(), cosigned(log_of(9).note(), STRANGER), b"nonsense"):
        assert alarms(look(log_of(9), view=view)[1]) == [Alarm.LOST_WITNESS]


def test_evidence_is_kept_once_and_verbatim(tmp_path: Path) -> None:
    notes = (log_of(3).note(), log_of(4).note())
    path = keep_evidence(tmp_path, ORIGIN, notes)
    assert keep_evidence(tmp_path, ORIGIN, notes) == path
    assert all(
        note.decode() in path.read_text(encoding="utf-8").replace("\\n", "\n") for note in notes
    )
