"""Every kind of statement that a node logs is one that auditors know how to judge."""

import re

from agents.auditor.issuers import entry_fault
from portability.ledger.envelope import kind_of
from portability.recognition.statements import Acknowledgement
from portability.wire.erasure import ERASURE_TYPES
from portability.wire.log_entry import LogEntry, log_entry_to_bytes
from portability.wire.settlement import SETTLEMENT_TYPES
from portability.wire.statement import STATEMENT_TYPES
from tests.conftest import PROJECT_ROOT
from tests.unit.agents.rosa_case import HOUR, KEYS, NOW, make_directory

UNLOGGED = {"agreement", "directory", "echo", "enrolment", "probe"}
"""Signed, but in no log: documents, and what nodes and key holders say to each other."""

_DECLARED = re.compile(r'payload_type\("([a-z-]+)", "[a-z]+"\)')


def declared() -> set[str]:
    """Each kind that the source declares a payload type for."""
    found = set()
    for path in (PROJECT_ROOT / "portability").rglob("*.py"):
        found.update(_DECLARED.findall(path.read_text(encoding="utf-8")))
    return found


def test_no_kind_of_entry_alarms_only_because_auditors_do_not_know_it() -> None:
    kinds = declared() - UNLOGGED
    for types in (ERASURE_TYPES, SETTLEMENT_TYPES, STATEMENT_TYPES):
        kinds |= {kind_of(name) for name, said in types.items() if said is not Acknowledgement}
    assert len(kinds) > 40
    unknown = set()
    for kind in kinds:
        entry = LogEntry(
            kind=kind, statement_id=bytes(32), key_id=KEYS["stranger"].key_id, accepted_hour=HOUR
        )
        found = entry_fault(log_entry_to_bytes(entry), make_directory(), NOW, None)
        if found is not None and "no key may sign its kind" in found[1]:
            unknown.add(kind)
    assert unknown == set()
