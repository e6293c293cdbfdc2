"""A named difference that a person can act on; never an error, never repaired silently."""

from dataclasses import dataclass
from enum import StrEnum


class DiscrepancyKind(StrEnum):
    """What does not fit."""

    DECLARED_DIFFERS = "declared-differs-from-dates"
    YEARLY_DIFFERS = "declared-differs-from-yearly-sums"
    YEAR_WITHOUT_SUM = "year-without-sum"
    DOUBLE_COMPULSORY = "double-compulsory"
    DOUBLE_VOLUNTARY = "double-voluntary"
    SAME_DATES = "same-dates-in-one-jurisdiction"
    EQUIVALENT_UNDECIDED = "equivalent-undecided"
    UNDATED = "undated-period"
    UNMEASURED = "nothing-to-count"
    DAYS_WITHOUT_BASIS = "days-without-basis"
    PARTLY_DISPLACED = "declared-sum-partly-displaced"
    CAP_NOT_APPLIED = "yearly-cap-not-applied"
    CAPPED = "yearly-cap-applied"
    THIRD_STATE = "not-a-party"
    VOLUNTARY_VALUE = "voluntary-value-missing"
    THEORETICAL_UNKNOWN = "theoretical-amount-missing"
    SUPPLEMENT_UNDETERMINED = "supplement-undetermined"
    MISSING_ANSWER = "missing-answer"
    FORMULA_VERSION = "formula-version"
    QUARTERS_DIFFER = "quarters-differ-from-earnings"
    AGREEMENTS_DIFFER = "agreements-differ"
    CRITERIA_DIFFER = "criteria-differ"
    LEGISLATION_UNDETERMINED = "legislation-undetermined"
    CERTIFICATE_DIFFERS = "certificate-differs"
    PRIORITY_UNDETERMINED = "priority-undetermined"
    REFUND_UNDETERMINED = "refund-undetermined"
    LEGISLATION_TYPE_UNKNOWN = "legislation-type-unknown"
    FIELDS_WITHHELD = "fields-withheld"
    HELD_BACK = "held-back"
    SHORT_UNJUDGED = "short-periods-not-judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One difference: the records it concerns, the article, and the next step for a person."""

    kind: DiscrepancyKind
    jurisdiction: str
    records: tuple[str, ...]
    detail: str
    action: str
    article: str

    def to_json(self) -> dict[str, object]:
        return {
            "kind": self.kind.value,
            "jurisdiction": self.jurisdiction,
            "records": list(self.records),
            "detail": self.detail,
            "action": self.action,
            "article": self.article,
        }
