"""Points at which a development node dies on demand."""

import signal
import subprocess
import sys

import pytest

from portability.errors import ConfigurationError
from portability.node.faults import POINTS, VARIABLE, fault_hook, no_fault
from portability.node.keys import Mode

DYING = """
from portability.node.faults import fault_hook
from portability.node.keys import Mode
hook = fault_hook(Mode.DEVELOPMENT, {"PORTABILITY_DIE_AT": "batch.written:3"})
for number in range(1, 9):
    hook("batch.begun")
    print(number, flush=True)
    hook("batch.written")
"""


def test_nothing_dies_unless_it_is_asked_for() -> None:
    assert fault_hook(Mode.DEVELOPMENT, {}) is no_fault


def test_a_production_node_ignores_the_variable() -> None:
    assert fault_hook(Mode.PRODUCTION, {VARIABLE: "batch.written"}) is no_fault


def test_the_process_dies_at_that_point_and_that_time_without_clean_up() -> None:
    done = subprocess.run([sys.executable, "-c", DYING], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == [b"1", b"2", b"3"]


@pytest.mark.parametrize("setting", ["batch", "batch.written:0", "batch.written:x", "a b", ":1"])
def test_a_point_that_does_not_exist_is_refused_with_those_that_do(setting: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        fault_hook(Mode.DEVELOPMENT, {VARIABLE: setting})
    assert all(point in refusal.value.message for point in POINTS)
