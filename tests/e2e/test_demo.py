import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.agency.imported import PersonIdentifier
from agents.agency.p5000 import read_p5000
from portability.cli.stage import example_file
from portability.node.development.federation import open_federation
from tests.bench.documented import check_document
from tests.demo import Demo
from tests.e2e.interrupting import heeding_interrupts

PORTABILITY = [sys.executable, "-m", "portability.cli.main"]
SECONDS = 120


def test_the_demo_settles_the_claim_and_verifies_every_step(demo: Demo) -> None:
    document = demo.document
    check_document("demo", document)
    assert document["verified"] is True
    assert document["payable_total"] == {"EUR": "1400.00"}
    assert Path(str(document["bundle"])).is_relative_to(demo.folder)
    steps = document["steps"]
    assert isinstance(steps, list)
    assert [step["verified"] for step in steps] == [True] * 7
    assert all(step["checks"] for step in steps)
    assert demo.errors == ""


def test_the_bundle_of_the_demo_verifies_afterwards_and_not_with_a_byte_changed(
    demo: Demo,
) -> None:
    bundle = Path(str(demo.document["bundle"]))
    assert _verify(bundle)["verified"] is True
    chosen = min((bundle / "proofs").iterdir())
    before = chosen.read_bytes()
    chosen.write_bytes(before[:-10] + bytes([before[-10] ^ 1]) + before[-9:])
    try:  # no other test looks at the bundle
        report = _verify(bundle, status=1)
        assert report["verified"] is False
        assert report["faults"]
    finally:
        chosen.write_bytes(before)


def _verify(bundle: Path, status: int = 0) -> dict[str, object]:
    ended = subprocess.run(
        [sys.executable, "-m", "agents.auditor.main", "verify", str(bundle), "--json"],
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )
    assert ended.returncode == status, ended.stderr.decode()
    found = json.loads(ended.stdout)
    assert isinstance(found, dict)
    return found


def test_no_name_or_number_of_the_person_is_in_any_log_or_file_in_the_clear(demo: Demo) -> None:
    secret = {
        b"EXEMPLE-FICTIF",
        b"EJEMPLO-FICTICIA",
        b"FICTIF-FR-ROSA-0001",
        b"FICTICIO-ES-ROSA-0001",
    }
    secret |= {number.value.encode() for number in _numbers()}
    logs = sorted(demo.folder.glob("*/node.log"))
    assert len(logs) == 2
    assert all(b"rpc_finished" in log.read_bytes() for log in logs)
    for path in [file for file in demo.folder.rglob("*") if file.is_file()]:
        content = path.read_bytes()
        assert not [word for word in secret if word in content], path
    assert not [word for word in secret if word.decode() in json.dumps(demo.document)]


def test_no_pairwise_reference_or_person_is_in_a_log(demo: Demo) -> None:
    for log in demo.folder.glob("*/node.log"):
        for line in log.read_text().splitlines():
            event = json.loads(line)
            words = " ".join(str(value) for key, value in event.items() if key != "request_id")
            assert "persons/" not in words
            assert "references/" not in words


def _numbers() -> list[PersonIdentifier]:
    return [
        number
        for code in ("fr", "es")
        for number in read_p5000(
            example_file("rosa", f"rosa-{code}.p5000.json"), "form", code.upper()
        ).identifiers
    ]


def test_a_folder_that_holds_something_is_never_written_to(tmp_path: Path) -> None:
    kept = tmp_path / "thesis.txt"
    kept.write_text("mine")
    ended = subprocess.run(
        [*PORTABILITY, "demo", "--dir", str(tmp_path)], capture_output=True, check=False, text=True
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert str(tmp_path) in ended.stderr
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_no_node_is_left_when_the_demo_is_interrupted(sent: signal.Signals, tmp_path: Path) -> None:
    folder = tmp_path / "federation"
    with subprocess.Popen(
        heeding_interrupts([*PORTABILITY, "demo", "--dir", str(folder)]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as demo:
        pids = _pids_of_nodes(folder)
        demo.send_signal(sent)
        _, errors = demo.communicate(timeout=SECONDS)
    assert b"Traceback" not in errors
    if sent is signal.SIGINT:
        assert demo.returncode == 130
    deadline = time.monotonic() + SECONDS
    while any(map(_is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_is_alive, pids))


def _pids_of_nodes(folder: Path) -> list[int]:
    """The process ids that both nodes announce when they are ready."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if (folder / "directory.json").exists():
            layout = open_federation(folder)
            ready = [_ready(config.parent / "node.log") for config in layout.nodes.values()]
            if all(ready):
                return [pid for pid in ready if pid]
        time.sleep(0.02)
    raise AssertionError("the nodes were never ready")


def _ready(log: Path) -> int | None:
    for line in log.read_text().splitlines() if log.exists() else ():
        event = json.loads(line) if line.endswith("}") else {}
        if event.get("event") == "node_ready":
            return int(event["pid"])
    return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
