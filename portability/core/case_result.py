"""The settled case as one JSON document, and whether it is what the file expects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from portability.core.agreement import Pack
from portability.core.benefits import Settlement
from portability.core.bounds import Bound, bounds
from portability.core.case import Case
from portability.core.correction import DifferenceReport, compare_settlements
from portability.core.entitlement import Entitlement
from portability.core.expectations import Expectations, compare
from portability.core.measure import Counting, measure
from portability.core.money import Money
from portability.core.periods import Period
from portability.core.pieces import Piece
from portability.core.reconciliation import overall_state, piece_json
from portability.core.ruled_bounds import ruled_bounds
from portability.core.settling import settle
from portability.core.spans import span
from portability.core.standing import counting_by
from portability.core.totals import total_by_currency
from portability.core.two_agreements import compare_agreements
from portability.core.units import Unit
from portability.errors import InvalidInputError, NoAgreementError


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """
    A case and its settlement.

    ``bounds``, and ``ruled`` by jurisdiction where the right rests on no periods, are given while
    answers are missing, ``correction`` if the file corrects a record; the settlement is then the
    corrected one. ``alternatives`` are the settlements under further agreements that are named.
    """

    case: Case
    settlement: Settlement
    bounds: tuple[Bound, ...] = ()
    ruled: Mapping[str, Bound] = field(default_factory=lambda: MappingProxyType({}))
    correction: DifferenceReport | None = None
    alternatives: tuple[Settlement, ...] = ()

    @property
    def expectations(self) -> Expectations:
        """The expected values of the file compared with the result, key by key."""
        return compare(self.case.expect, self._document())

    def to_json(self) -> dict[str, object]:
        """The document that ``portability case --json`` prints."""
        return self._document() | {"expectations": self.expectations.to_json()}

    def _document(self) -> dict[str, object]:
        settlement = self.settlement
        document: dict[str, object] = {
            "title": self.case.title,
            "source": self.case.source,
            "agreement": settlement.rules.agreement,
            "agreement_version": settlement.rules.version,
            "branch": settlement.branch.value,
            "award_date": self.case.award_date.isoformat(),
            **settlement.facts,
            "periods": self._periods(),
            "jurisdictions": self._jurisdictions(),
            "payable_total": {
                currency: amount.decimal for currency, amount in settlement.payable_total.items()
            },
            "discrepancies": [item.to_json() for item in settlement.discrepancies],
        }
        if self.correction is not None:
            document["correction"] = self.correction.to_json()
        if self.alternatives:
            document["alternatives"] = [alternative_json(item) for item in self.alternatives]
        return document

    def _jurisdictions(self) -> dict[str, object]:
        """One object per jurisdiction; several schemes stand in its ``schemes``."""
        found: dict[str, list[dict[str, object]]] = {}
        for index, item in enumerate(self.settlement.entitlements):
            document = entitlement_json(item)
            if self.bounds:
                document["provisional"] = self.bounds[index].to_json()
            found.setdefault(item.jurisdiction, []).append(document)
        together: dict[str, object] = {
            code: self._together(code, items) for code, items in found.items()
        }
        rulings = {item.jurisdiction: dict(item.facts) for item in self.settlement.rulings}
        for code, bound in self.ruled.items():
            rulings[code]["provisional"] = bound.to_json()
        return together | rulings

    def _together(self, code: str, items: list[dict[str, object]]) -> dict[str, object]:
        if len(items) == 1:
            return items[0]
        own = [item for item in self.settlement.entitlements if item.jurisdiction == code]
        totals = total_by_currency(own)
        payable = " + ".join(str(amount) for amount in totals.values()) or None
        return items[0] | {"payable": payable, "schemes": items}

    def _periods(self) -> list[dict[str, object]]:
        """One object per period of the file, in its order."""
        pieces = {record.id: found for record, found in self.settlement.resolution.records}
        return [self._period(record, pieces[record.id]) for record in self.case.corrected_periods]

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
        counting = counting_by(self.settlement.rules, self.case.schemes)
        return counting.get(jurisdiction, Counting.EXACT)


def alternative_json(settlement: Settlement) -> dict[str, object]:
    """What the same claim gives under another agreement."""
    return {
        "agreement": settlement.rules.agreement,
        "agreement_version": settlement.rules.version,
        "jurisdictions": {
            item.scheme.label if item.scheme.name else item.jurisdiction: entitlement_json(item)
            for item in settlement.entitlements
        },
        "payable_total": {
            currency: amount.decimal for currency, amount in settlement.payable_total.items()
        },
    }


def entitlement_json(item: Entitlement) -> dict[str, object]:
    """One scheme's result with every number on the way."""
    ratio = item.ratio
    found: dict[str, object] = {
        "unit": item.aggregate.unit.value,
        "own": item.aggregate.own,
        "foreign": dict(item.aggregate.foreign),
        "total": item.aggregate.total,
        "meets_minimum_alone": item.meets_minimum_alone,
        "meets_minimum": item.meets_minimum,
        "independent": _money(item.independent),
        "theoretical": _money(item.theoretical),
        "ratio": None if ratio is None else {"own": ratio.own, "total": ratio.total},
        "pro_rata": _money(item.pro_rata),
        "payable": _money(item.payable),
        "paid_as": item.paid_as.value,
        "basis": list(item.basis),
    }
    more: dict[str, object] = {
        "scheme": item.scheme.name,
        "reason": None if item.reason is None else item.reason.value,
        "left_out": list(item.left_out),
        "voluntary_supplement": _money(item.voluntary),
        "minimum_supplement": _money(item.supplement),
        "insured_at_risk": item.standing.insured.value if item.scheme.insured_at_risk else None,
    }
    return found | {key: value for key, value in more.items() if value} | dict(item.details)


def _money(amount: Money | None) -> str | None:
    return None if amount is None else str(amount)


def settle_case(case: Case, packs: Mapping[str, Pack]) -> CaseResult:
    """
    Settle a case under its agreement.

    Raises NoAgreementError if there is none for it, InvalidInputError if it cannot be settled; both
    name the file.
    """
    pack = _pack(case, packs, case.agreement, "agreement")
    others = [_pack(case, packs, name, "also") for name in case.also]
    try:
        return _settle(case, pack, others)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{case.place(error.context.get('field'))}: {error.message}", file=case.name
        ) from None
    except NoAgreementError as error:
        raise NoAgreementError(
            f"{case.place('award_date')}: award_date: {error.message}",
            **error.context,
            file=case.name,
        ) from None


def _pack(case: Case, packs: Mapping[str, Pack], name: str, key: str) -> Pack:
    pack = packs.get(name)
    if pack is None:
        raise NoAgreementError(
            f"{case.place(key)}: {key} must be one of {', '.join(sorted(packs))}",
            file=case.name,
            field=key,
        )
    return pack


def _under_another(case: Case, pack: Pack) -> Settlement:
    """The same claim under another agreement, for those schemes whose states are parties to it."""
    parties = pack.rules_on(case.award_date).parties
    return settle(
        case.corrected_periods,
        [scheme for scheme in case.schemes if scheme.jurisdiction in parties],
        pack,
        case.branch,
        case.award_date,
        circumstances=case.circumstances,
    )


def _settle(case: Case, pack: Pack, others: Sequence[Pack]) -> CaseResult:
    settle_periods = partial(
        settle,
        schemes=case.schemes,
        pack=pack,
        branch=case.branch,
        award_date=case.award_date,
        circumstances=case.circumstances,
    )
    settlement = settle_periods(case.corrected_periods)
    alternatives = tuple(_under_another(case, other) for other in others)
    if alternatives:
        settlement = compare_agreements(settlement, alternatives)
    return CaseResult(
        case=case,
        settlement=settlement,
        alternatives=alternatives,
        bounds=bounds(
            case.corrected_periods,
            case.schemes,
            pack,
            case.branch,
            case.award_date,
            circumstances=case.circumstances,
        ),
        ruled=ruled_bounds(settlement, case.corrected_periods, case.circumstances),
        correction=_difference(case, settle_periods(case.periods), settlement),
    )


def _difference(case: Case, before: Settlement, after: Settlement) -> DifferenceReport | None:
    if not case.corrections:
        return None
    superseded = {
        case.periods[item.replaces - 1].id: None if item.period is None else item.period.id
        for item in case.corrections
    }
    return compare_settlements(before, after, superseded)
