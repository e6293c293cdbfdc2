"""Noise and damaged documents at each parser: what comes out is our own error, or nothing."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, try_on

LONGEST = 40


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """A good document with up to three stretches of it replaced, doubled or left out."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(good)))
        end = draw(st.integers(start, min(len(good), start + LONGEST)))
        middle = draw(st.binary(max_size=8) | st.just(good[start:end] * 2) | st.sampled_from(WORDS))
        good = good[:start] + middle + good[end:]
    return good


WORDS = [
    b'""', b"null", b"-1", b"0", b"1e999", b"NaN", b"9" * 30, b"true", b"[]", b"{}", b"\xff",
    b"\x00", b"\xc2\x85", "٣".encode(), b"9999-12-31", b"0000-00-00", b"[[", b"\r\n", b"\\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_each_parser_accepts_what_its_fuzzer_begins_with(name: str) -> None:
    target = TARGETS[name]
    seeds = target.seeds()
    assert seeds
    for seed in seeds:
        target.parse(seed)


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@pytest.mark.parametrize("name", TARGETS)
def test_only_our_own_errors_come_out(name: str, data: st.DataObject) -> None:
    target = TARGETS[name]
    seeds = st.sampled_from(target.seeds()).flatmap(damaged)
    try_on(target, data.draw(st.binary(max_size=300) | seeds | seeds))
