"""Whether a settled case is what its file expects, key by key."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """How many expected values were met, and those that were not."""

    met: int
    failed: tuple[Mapping[str, object], ...]

    def to_json(self) -> dict[str, object]:
        return {"met": self.met, "failed": [dict(item) for item in self.failed]}


def compare(expected: Mapping[str, object], document: Mapping[str, object]) -> Expectations:
    """Each expected value against the document; keys of two capitals are jurisdictions."""
    met = 0
    failed: list[Mapping[str, object]] = []
    for place, wanted, actual in _pairs(expected, document):
        if _matches(wanted, actual):
            met += 1
        else:
            failed.append({"key": place, "expected": _plain(wanted), "actual": actual})
    return Expectations(met=met, failed=tuple(failed))


def _pairs(
    expected: Mapping[str, object], document: Mapping[str, object]
) -> list[tuple[str, object, object]]:
    jurisdictions = document["jurisdictions"]
    assert isinstance(jurisdictions, dict)  # noqa: S101  # built above
    pairs: list[tuple[str, object, object]] = []
    for key, wanted in expected.items():
        if isinstance(wanted, dict) and key.isupper():
            found = jurisdictions.get(key, {})
            pairs += [(f"{key}.{name}", value, found.get(name)) for name, value in wanted.items()]
        else:
            pairs.append((key, wanted, document.get(key)))
    return pairs


def _matches(wanted: object, actual: object) -> bool:
    """Equal; of tables only the expected keys, of arrays each element in its place."""
    if isinstance(wanted, dict):
        return isinstance(actual, dict) and all(
            key in actual and _matches(value, actual[key]) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(actual, list)
            and len(wanted) == len(actual)
            and all(map(_matches, wanted, actual))
        )
    return type(wanted) is type(actual) and wanted == actual


def _plain(value: object) -> object:
    """An expected value as JSON can hold it."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int)) else str(value)
