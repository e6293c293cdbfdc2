"""What callers hand to the verifying processes at the same time is judged as what each of it is."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from portability.consent.payload_types import CONSENT_TYPE
from portability.ledger.envelope import statement_id
from portability.node.records.workers import Verifiers
from portability.v1.records_service_pb2 import RecordSubmission
from portability.wire.intake import Refused
from portability.wire.signed_act import Handed, SignedAct, check_signed_acts
from portability.wire.subject_key import subject_key_to_payload
from tests.unit.consent.test_passkey import record
from tests.unit.consent.world import KEY as SOFTWARE_KEY
from tests.unit.wire.test_intake import ISSUER
from tests.vectors.passkeys import Es256, Passkey

PHONE = Es256(11)
RECORD = subject_key_to_payload(record(PHONE))
NO_RECORD = RecordSubmission(person="persons/nobody").SerializeToString()
PASSKEY = Passkey(holder=PHONE, counter=5)


def handed(document: bytes, signed: bytes | None = None, key_record: bytes = RECORD) -> Handed:
    return Handed(
        statement_id=statement_id(CONSENT_TYPE, document),
        signature=PASSKEY.assertion(CONSENT_TYPE, document if signed is None else signed),
        key_record=key_record,
    )


def test_only_what_the_holder_of_the_passkey_signed_counts_as_signed() -> None:
    good = handed(b"a document")
    stranger = subject_key_to_payload(record(Es256(12)))
    software = subject_key_to_payload(SOFTWARE_KEY)
    assert check_signed_acts(
        [
            good,
            handed(b"a document", signed=b"another"),
            handed(b"a document", key_record=stranger),
            handed(b"a document", key_record=software),
            handed(b"a document", key_record=b"\xff"),
            good._replace(signature=b""),
            good._replace(signature=good.signature + b"\x00"),
        ]
    ) == [SignedAct(sign_count=5), None, None, None, None, None, None]


@pytest.mark.asyncio
async def test_records_and_acts_that_wait_together_are_each_judged_as_what_they_are() -> None:
    verifiers = Verifiers(1)
    verifiers.start()
    try:
        found = await asyncio.gather(
            *(
                judged
                for number in range(8)
                for judged in (
                    verifiers.check(NO_RECORD, ISSUER),
                    verifiers.check_act(handed(b"%d" % number)),
                    verifiers.check_act(handed(b"%d" % number, signed=b"another")),
                )
            )
        )
    finally:
        verifiers.close()
    for at in range(0, len(found), 3):
        assert isinstance(found[at], Refused)
        assert found[at + 1 : at + 3] == [SignedAct(sign_count=5), None]


@pytest.mark.asyncio
async def test_verifying_goes_on_though_all_its_processes_were_killed_and_what_forks_them() -> None:
    verifiers = Verifiers(2)
    verifiers.start()
    try:
        processes = [worker._process.pid for worker in verifiers._workers]
        for pid in (forkserver._forkserver._forkserver_pid, *processes):  # type: ignore[attr-defined]
            os.kill(pid, signal.SIGKILL)
        found = await asyncio.gather(*(verifiers.check_act(handed(b"%d" % n)) for n in range(8)))
    finally:
        verifiers.close()
    assert found == [SignedAct(sign_count=5)] * 8


START_IN = """
import sys, tempfile
tempfile._candidate_tempdir_list = lambda: sys.argv[1:]  # root may write anywhere
from portability.errors import ConfigurationError
from portability.node.records.workers import load_verifying
try:
    load_verifying()
except ConfigurationError as error:
    print(error.message)
"""


@pytest.mark.parametrize("name", ["not there", "long " * 20], ids=["none", "too long"])
def test_without_a_temporary_folder_for_a_socket_a_node_says_what_it_needs(
    name: str, tmp_path: Path
) -> None:
    folder = tmp_path / name
    if name != "not there":
        folder.mkdir()
    said = subprocess.run(
        [sys.executable, "-c", START_IN, str(folder)], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip().endswith("give it one, such as a tmpfs on /tmp, or set TMPDIR")
    assert said.stderr == ""


START_AND_WAIT = """
import sys
from portability.node.records.workers import load_verifying
load_verifying()
print("started", flush=True)
sys.stdin.read()
"""


def _started_in(folder: Path) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT],
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "started\n"
    return started


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a path short enough for a socket in it."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def test_the_socket_of_a_process_that_was_killed_goes_when_the_next_one_starts(short: Path) -> None:
    others = {short / "pnode-of-another", short / "pymp-0123abcd", short / "pnode-0123abcd"}
    for folder in others:
        folder.mkdir()
        (folder / "of somebody else").touch()
    with _started_in(short) as killed:
        killed.kill()
    (left,) = set(short.iterdir()) - others
    with _started_in(short) as living, _started_in(short) as third:
        made = set(short.iterdir()) - others
        assert left not in made
        assert len(made) == 2, "of one that lives nothing is removed"
        assert all(stat.S_IMODE(folder.stat().st_mode) == 0o700 for folder in made)
        assert all(len(list(folder.glob("pymp-*/listener-*"))) == 1 for folder in made)
        assert [one.communicate("")[1] for one in (third, living)] == ["", ""]
    assert set(short.iterdir()) == others, "and at an ordinary end all is gone"
