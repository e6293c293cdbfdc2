"""What benches say of processor time: whatever a node starts works for the node."""

import subprocess
import sys
from pathlib import Path

import pytest

from portability.cli.bench_spent import processor_time

BURNT = 0.2

BURN = f"""
import sys, time
sys.stdin.readline()
while time.process_time() < {BURNT} + 0.1:
    pass
print("done", flush=True)
sys.stdin.readline()
"""

START = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BURN!r}])
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system tells no times")
@pytest.mark.parametrize("program", [BURN, START], ids=["a child", "a child of it"])
def test_processes_that_a_process_starts_count_as_its_own(program: str) -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {program!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with processor_time({"FR": process.pid}) as spent:
            process.stdin.write("go\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"
            assert spent()["FR"] >= BURNT
        process.stdin.write("end\n")
