"""What the documents of `--json` hold at least: other people's programs read these members."""

import json
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Final

Members = Mapping[str, type | UnionType]

BENCH: Final[Members] = {
    "bench": str,
    "rate": float,
    "limit": float,
    "unit": str,
    "ratio": float,
    "parameters": dict,
}
PARAMETERS: Final[Members] = {
    "records": int,
    "concurrency": int,
    "database": str | NoneType,  # none where nothing is stored
    "cores": int,
}
ADDED: Final[Mapping[str, Members]] = {
    "append": {},
    "ingest": {"peak_rss_mib": float | NoneType},  # none where the system does not tell
    "audit": {"peak_rss_mib": float | NoneType},
    "reconcile": {"median_ms": dict, "exponent": float},
    "recognition": {"throughput_ratio": float, "per_record_growth": float | NoneType},
}
DOCUMENTS: Final[Mapping[str, Members]] = {
    "demo": {"verified": bool, "payable_total": dict, "bundle": str, "steps": list},
    "simulate": {"seeds": int, "failed": list, "faults": dict},
    **{name: {**BENCH, **added} for name, added in ADDED.items()},
}


def the_document(name: str, printed: str) -> dict[str, Any]:
    """The one document that a command has printed, with all members that are promised of it."""
    found = json.loads(printed)
    check_document(name, found)
    assert isinstance(found, dict)
    return found


def check_document(name: str, found: Mapping[str, Any]) -> None:
    _check(DOCUMENTS[name], found)
    if name in ADDED:
        assert found["bench"] == name
        assert min(found["rate"], found["limit"]) > 0
        _check(PARAMETERS, found["parameters"])


def _check(promised: Members, found: Mapping[str, Any]) -> None:
    for key, kind in promised.items():
        assert isinstance(found.get(key, ...), kind), f"{key} is {found.get(key, 'missing')!r}"
