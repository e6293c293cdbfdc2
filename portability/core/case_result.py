"""The settled case as one JSON document, and whether it is what the file expects."""

from collections.abc import Mapping
from dataclasses import dataclass

from portability.core.agreement import Pack
from portability.core.benefits import Entitlement, Settlement, settle
from portability.core.case import Case
from portability.core.measure import Counting, measure
from portability.core.money import Money
from portability.core.periods import Period
from portability.core.pieces import Piece
from portability.core.reconciliation import overall_state, piece_json
from portability.core.spans import span
from portability.core.units import Unit
from portability.errors import InvalidInputError, NoAgreementError


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """How many expected values were met, and those that were not."""

    met: int
    failed: tuple[Mapping[str, object], ...]

    def to_json(self) -> dict[str, object]:
        return {"met": self.met, "failed": [dict(item) for item in self.failed]}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A case and its settlement."""

    case: Case
    settlement: Settlement

    @property
    def expectations(self) -> Expectations:
        """The expected values of the file compared with the result, key by key."""
        return compare(self.case.expect, self._document())

    def to_json(self) -> dict[str, object]:
        """The document that ``portability case --json`` prints."""
        return self._document() | {"expectations": self.expectations.to_json()}

    def _document(self) -> dict[str, object]:
        settlement = self.settlement
        return {
            "title": self.case.title,
            "source": self.case.source,
            "agreement": settlement.rules.agreement,
            "agreement_version": settlement.rules.version,
            "branch": settlement.branch.value,
            "award_date": self.case.award_date.isoformat(),
            "periods": self._periods(),
            "jurisdictions": {
                item.jurisdiction: entitlement_json(item) for item in settlement.entitlements
            },
            "payable_total": {
                currency: amount.decimal for currency, amount in settlement.payable_total.items()
            },
            "discrepancies": [item.to_json() for item in settlement.discrepancies],
        }

    def _periods(self) -> list[dict[str, object]]:
        """One object per period of the file, in its order."""
        pieces = {record.id: found for record, found in self.settlement.resolution.records}
        return [self._period(record, pieces[record.id]) for record in self.case.periods]

    def _period(self, record: Period, pieces: tuple[Piece, ...]) -> dict[str, object]:
        rules = self.settlement.rules
        length = measure(
            [(record, pieces)],
            self._unit_for(record.jurisdiction),
            rules.conversion,
            self._counting_for(record.jurisdiction),
        )
        decided = [piece.rule for piece in pieces if piece.rule is not None]
        found: dict[str, object] = {
            "id": record.id,
            "jurisdiction": record.jurisdiction,
            "type": record.type.code,
            "start": None if record.start is None else record.start.isoformat(),
            "end": None if record.end is None else record.end.isoformat(),
            "span": None
            if record.start is None or record.end is None
            else span(record.start, record.end).to_json(),
            "declared": None if record.declared is None else record.declared.to_json(),
            "counted": {"unit": length.unit.value, "amount": length.amount},
            "mode": record.communicated,
            "state": overall_state(pieces).value,
            "basis": list(rules.cite(*length.steps, *decided)),
        }
        displacing = sorted({piece.by for piece in pieces if piece.by is not None})
        if displacing:
            found["by"] = displacing[0] if len(displacing) == 1 else displacing
        if len(pieces) > 1:
            found["pieces"] = [piece_json(piece) for piece in pieces]
        return found

    def _unit_for(self, jurisdiction: str) -> Unit:
        """The unit of the period's own scheme, else of the first scheme, else the pack's."""
        schemes = self.case.schemes
        own = [scheme.unit for scheme in schemes if scheme.jurisdiction == jurisdiction]
        others = [scheme.unit for scheme in schemes]
        return (own + others + [self.settlement.rules.reconciliation_unit])[0]

    def _counting_for(self, jurisdiction: str) -> Counting:
        own = [item.counting for item in self.case.schemes if item.jurisdiction == jurisdiction]
        return own[0] if own else Counting.EXACT


def entitlement_json(item: Entitlement) -> dict[str, object]:
    """One jurisdiction's result with every number on the way."""
    return {
        "unit": item.aggregate.unit.value,
        "own": item.aggregate.own,
        "foreign": dict(item.aggregate.foreign),
        "total": item.aggregate.total,
        "meets_minimum_alone": item.meets_minimum_alone,
        "meets_minimum": item.meets_minimum,
        "independent": _money(item.independent),
        "theoretical": _money(item.theoretical),
        "ratio": None if item.ratio is None else {"own": item.ratio.own, "total": item.ratio.total},
        "pro_rata": _money(item.pro_rata),
        "payable": _money(item.payable),
        "paid_as": item.paid_as.value,
        "basis": list(item.basis),
    }


def _money(amount: Money | None) -> str | None:
    return None if amount is None else str(amount)


def settle_case(case: Case, packs: Mapping[str, Pack]) -> CaseResult:
    """
    Settle a case under its agreement.

    Raises NoAgreementError if there is none for it, InvalidInputError if it cannot be settled; both
    name the file.
    """
    pack = packs.get(case.agreement)
    if pack is None:
        raise NoAgreementError(
            f"{case.name}: agreement must be one of {', '.join(sorted(packs))}",
            file=case.name,
            field="agreement",
        )
    try:
        settlement = settle(case.periods, case.schemes, pack, case.branch, case.award_date)
    except InvalidInputError as error:
        raise InvalidInputError(f"{case.name}: {error.message}", file=case.name) from None
    except NoAgreementError as error:
        raise NoAgreementError(
            f"{case.name}: award_date: {error.message}", **error.context, file=case.name
        ) from None
    return CaseResult(case=case, settlement=settlement)


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
