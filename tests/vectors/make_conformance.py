"""
Makes the conformance set: `python -m tests.vectors.make_conformance [DIR]`, from the project root.

The same folders come out each time, so whoever doubts one can make it again. A folder holds the
bundle, `command` (where it is not `verify`), `arguments` (one a line, relative to the folder, the
bundle's path last), `expected` (step and cause, or what the command must name), `note.md`, and the
verifier's own files.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.vectors import (
    conformance_bundle,
    conformance_counter,
    conformance_disputes,
    conformance_evidence,
    conformance_log,
    conformance_passkeys,
    conformance_protocol,
    conformance_received,
    conformance_records,
    conformance_replay,
    conformance_trust,
)
from tests.vectors.conformance_case import CASES, VERIFY, Case

CONFORMANCE: Final = Path(__file__).parent / "conformance"
BUNDLE: Final = "bundle"
AREAS: Final = (  # these fill the register
    conformance_bundle,
    conformance_counter,
    conformance_disputes,
    conformance_evidence,
    conformance_log,
    conformance_passkeys,
    conformance_protocol,
    conformance_received,
    conformance_records,
    conformance_replay,
    conformance_trust,
)


def files_of(case: Case) -> Mapping[str, bytes]:
    """Everything in the folder of a case, by its path in it."""
    made = case.make()
    files = {f"{BUNDLE}/{path}": data for path, data in made.bundle.items()}
    files |= dict(made.own_files)
    files["arguments"] = "".join(f"{word}\n" for word in (*made.arguments, BUNDLE)).encode()
    if case.command != VERIFY:
        files["command"] = f"{case.command}\n".encode()
    files["note.md"] = f"{case.note}\n".encode()
    if case.expected is not None:
        files["expected"] = "".join(f"{line}\n" for line in case.expected).encode()
    return files


def write_all(directory: Path) -> int:
    """Write every case in place of what is there; how many there are."""
    made = {name: files_of(case) for name, case in CASES.items()}  # before anything is removed
    shutil.rmtree(directory, ignore_errors=True)
    for name, files in made.items():
        for path, data in files.items():
            target = directory / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return len(CASES)


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else CONFORMANCE
    sys.stdout.write(f"{write_all(place)} cases in {place}\n")
