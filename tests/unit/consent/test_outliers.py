"""Patterns of workers who assist: what stands out, and what does not."""

from datetime import timedelta

import pytest

from portability.consent.outliers import ENOUGH, MANY_PER_HOUR, AssistedAct, report_workers
from tests.unit.consent.world import NOW

WORKER = bytes([1]) * 32


def act(place: int, *, minutes: int = 60, **changes: object) -> AssistedAct:
    offered = NOW + timedelta(minutes=minutes * place)
    said: dict[str, object] = {
        "worker": WORKER,
        "witness": bytes([2 + place % 3]) * 32,
        "device": f"desk-{place % 2}",
        "offered": offered,
        "granted": offered + timedelta(minutes=5),
    }
    return AssistedAct(**said | changes)  # type: ignore[arg-type]


def declined(place: int) -> AssistedAct:
    return act(place, granted=None)


def test_an_ordinary_worker_stands_out_in_nothing() -> None:
    (report,) = report_workers([*(act(place) for place in range(ENOUGH)), declined(ENOUGH)])
    assert (report.offered, report.granted) == (ENOUGH + 1, ENOUGH)
    assert (report.most_per_hour, report.devices, report.witnesses) == (1, 2, 3)
    assert report.flags == ()


@pytest.mark.parametrize(
    ("changes", "flag"),
    [({"witness": bytes([9]) * 32}, "one-witness"), ({"device": "desk-7"}, "one-device")],
)
def test_always_the_same_stands_out_from_ten_on(changes: dict[str, object], flag: str) -> None:
    ten = [*(act(place, **changes) for place in range(ENOUGH)), declined(ENOUGH)]
    (report,) = report_workers(ten)
    assert report.flags == (flag,)
    (fewer,) = report_workers(ten[1:])
    assert fewer.flags == ()


def test_nobody_who_declines_stands_out() -> None:
    (report,) = report_workers(act(place) for place in range(ENOUGH))
    assert report.flags == ("nobody-declines",)


def test_many_within_any_hour_stand_out_and_the_hour_has_an_end() -> None:
    spaced = [act(place, minutes=10) for place in range(MANY_PER_HOUR)]
    (report,) = report_workers([*spaced, declined(50)])
    assert (report.most_per_hour, report.flags) == (MANY_PER_HOUR, ())
    seventh = act(0, offered=NOW, granted=spaced[0].granted)
    (report,) = report_workers([*spaced, seventh, declined(50)])
    assert report.flags == ("many-per-hour",)
    hour_later = [act(0), act(1, minutes=60)]
    assert report_workers(hour_later)[0].most_per_hour == 1


def test_those_who_stand_out_come_first() -> None:
    quiet = [act(place, worker=bytes([5]) * 32) for place in range(3)]
    loud = [act(place, minutes=1) for place in range(ENOUGH)]
    assert [one.worker for one in report_workers([*quiet, *loud])] == [WORKER, bytes([5]) * 32]


def test_a_flag_for_one_witness_or_device_needs_ten_that_were_signed() -> None:
    same: dict[str, object] = {"witness": bytes([9]) * 32, "device": "desk-7"}
    nine = [*(act(place, **same) for place in range(ENOUGH - 1)), declined(ENOUGH)]
    assert report_workers(nine)[0].flags == ()
    ten = [*nine, act(ENOUGH + 1, **same)]
    assert report_workers(ten)[0].flags == ("one-device", "one-witness")


def test_a_worker_without_a_witness_stands_out_from_ten_on() -> None:
    alone = [*(act(place, witness=None) for place in range(ENOUGH)), declined(ENOUGH)]
    assert report_workers(alone)[0].flags == ("no-witness",)
    assert report_workers(alone[1:])[0].flags == ()


def test_of_those_who_stand_out_alike_the_busiest_comes_first() -> None:
    few = [act(place, worker=bytes([1]) * 32) for place in range(2)]
    many = [act(place, worker=bytes([2]) * 32) for place in range(4)]
    also = [act(place, worker=bytes([3]) * 32) for place in range(2)]
    found = [one.worker[0] for one in report_workers([*also, *few, *many])]
    assert found == [2, 1, 3]
