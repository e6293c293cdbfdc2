"""Insurance and residence periods as one institution communicated them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, IntEnum, StrEnum
from itertools import product
from typing import Any, Literal, cast

from portability.core.jurisdictions import JURISDICTION_FORM, is_jurisdiction
from portability.core.opened import opened
from portability.core.spans import whole_months
from portability.core.units import DAY_UNITS, Exact, Unit, exact_text
from portability.errors import InvalidInputError

Communicated = Literal["aggregate", "yearly"]


class PeriodClass(IntEnum):
    """Rank of a period where periods overlap (987/2009 Art 12); the higher one prevails."""

    AFTER_RISK = 0
    EQUIVALENT = 1
    VOLUNTARY = 2
    COMPULSORY = 3


def _class_of(code: str) -> PeriodClass:
    if code == "52":
        return PeriodClass.AFTER_RISK
    if code[0] in "45":
        return PeriodClass.EQUIVALENT
    return PeriodClass.VOLUNTARY if code[0] == "2" else PeriodClass.COMPULSORY


class PeriodType(Enum):
    """Types of periods with the codes of the P5000."""

    COMPULSORY = "10"
    COMPULSORY_EMPLOYED = "11"
    COMPULSORY_SELF_EMPLOYED = "12"
    COMPULSORY_UNEMPLOYED = "13"
    VOLUNTARY = "20"
    VOLUNTARY_EMPLOYED = "21"
    VOLUNTARY_SELF_EMPLOYED = "22"
    VOLUNTARY_UNEMPLOYED = "23"
    RESIDENCE = "30"
    EQUIVALENT = "40"
    EQUIVALENT_SICKNESS = "41"
    EQUIVALENT_UNEMPLOYMENT_WITHOUT_BENEFIT = "42"
    EQUIVALENT_MILITARY_SERVICE = "43"
    EQUIVALENT_EDUCATION = "44"
    EQUIVALENT_CHILD_CARE = "45"
    EQUIVALENT_PENSION = "46"
    EQUIVALENT_MATERNITY = "47"
    EQUIVALENT_EARLY_RETIREMENT = "48"
    EQUIVALENT_UNEMPLOYMENT_WITH_BENEFIT = "49"
    EQUIVALENT_INVALIDITY_BENEFIT = "50"
    EQUIVALENT_CARE = "51"
    FICTIVE_AFTER_RISK = "52"

    def __init__(self, code: str) -> None:
        found = _class_of(code)
        self.code = code
        """The P5000 code, for example ``"11"``."""
        self.period_class = found
        self.is_residence = code == "30"
        self.is_equivalent = found is PeriodClass.EQUIVALENT
        self.is_voluntary = found is PeriodClass.VOLUNTARY
        self.is_compulsory = found is PeriodClass.COMPULSORY
        """Real and imposed by law; residence is treated as such (domain rule, OPEN in the text)."""
        self.is_real = found >= PeriodClass.VOLUNTARY
        self.rank = int(found)

    @property
    def label(self) -> str:
        """The name that people write, for example ``"compulsory-employed"``."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def parse(cls, text: str) -> "PeriodType":
        """A type by its P5000 code or its name; raises InvalidInputError for anything else."""
        found = _BY_TEXT.get(text)
        if found is None:
            raise InvalidInputError(
                "the period type is neither a P5000 code (10 to 13, 20 to 23, 30, 40 to 52) "
                'nor a name such as "compulsory-employed"',
                field="type",
            )
        return found


_BY_TEXT: Mapping[str, PeriodType] = {
    **{kind.code: kind for kind in PeriodType},
    **{kind.label: kind for kind in PeriodType},
}


class Branch(StrEnum):
    """The branches of 883/2004 Art 3(1), a closed list."""

    SICKNESS = "sickness"
    MATERNITY = "maternity"
    INVALIDITY = "invalidity"
    OLD_AGE = "old-age"
    SURVIVORS = "survivors"
    ACCIDENT = "accident"
    DEATH_GRANT = "death-grant"
    UNEMPLOYMENT = "unemployment"
    PRE_RETIREMENT = "pre-retirement"
    FAMILY = "family"


# Place of a branch in the masks "relevans" and "beregning" of the P5000.
_MASK_PLACE = {Branch.OLD_AGE: 0, Branch.SURVIVORS: 1, Branch.INVALIDITY: 2}
_MASK_LENGTH = 3


_PARTS = ("years", "quarters", "months", "weeks", "days", "hours")
DURATION_UNITS = {
    Unit.YEARS: "years",
    Unit.QUARTERS: "quarters",
    Unit.MONTHS: "months",
    Unit.WEEKS: "weeks",
}
DEFAULT_DAY_TYPE = 7  # days whose sender gave no basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """
    A sum as it was communicated, in any mixture of units.

    ``day_type`` is the working week of ``days`` and ``hours`` (5, 6 or 7), None if not stated; days
    without one count as 7-day days. ``parts`` are the values by unit, without the hours.
    Raises InvalidInputError if a part is negative or the day type is none of the three.
    """

    years: Exact = 0
    quarters: Exact = 0
    months: Exact = 0
    weeks: Exact = 0
    days: Exact = 0
    hours: Exact = 0
    day_type: int | None = None
    parts: tuple[tuple[Unit, Exact], ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        for name in _PARTS:
            if getattr(self, name) < 0:
                raise InvalidInputError(f"a sum cannot have negative {name}", field=name)
        if self.day_type not in {None, *DAY_UNITS}:
            raise InvalidInputError("day_type must be 5, 6 or 7", field="day_type")
        days = DAY_UNITS[self.day_type or DEFAULT_DAY_TYPE]
        given = {unit: getattr(self, name) for unit, name in DURATION_UNITS.items()}
        given[days] = self.days
        parts = tuple((unit, value) for unit, value in given.items() if value)
        object.__setattr__(self, "parts", parts)

    def is_zero(self) -> bool:
        return not any(getattr(self, name) for name in _PARTS)

    def to_json(self) -> dict[str, int | str]:
        """The parts that are not zero, and the day type if there is one."""
        parts: dict[str, int | str] = {
            name: exact_text(getattr(self, name)) for name in _PARTS if getattr(self, name)
        }
        return parts | ({} if self.day_type is None else {"day_type": self.day_type})


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """
    One period that one jurisdiction certifies; both dates belong to it.

    ``id`` is the statement id of the record (hex), or a name such as ``period 1`` in a case file.
    ``declared`` is the sum as communicated and is authoritative where there is one (987/2009 Art
    13(1)(a)); ``by_year`` are the yearly sums where it was communicated year by year. ``scheme`` is
    the P5000 code "ordning", ``relevance`` and ``calculation`` are its masks (old-age, survivors,
    invalidity). ``is_dated`` says whether both dates are known (otherwise 987/2009 Art 12(6)
    applies); ``first`` and ``last`` are then their ordinals. A period ``is_plain`` if it says no
    more than its dates. ``regular_months`` is what an aggregate sum and the dates both say, as in
    most rows of a history, otherwise 0. These are kept because histories are long.
    Raises InvalidInputError if the parts contradict each other.
    """

    id: str
    jurisdiction: str
    type: PeriodType
    start: date | None = None
    end: date | None = None
    declared: Duration | None = None
    communicated: Communicated = "aggregate"
    by_year: tuple[tuple[int, Duration], ...] = ()
    scheme: str | None = None
    relevance: str | None = None
    calculation: str | None = None
    refunded: bool = False
    institution: str | None = None
    first: int = field(init=False, repr=False, compare=False, default=0)
    last: int = field(init=False, repr=False, compare=False, default=0)
    is_dated: bool = field(init=False, repr=False, compare=False, default=False)
    is_plain: bool = field(init=False, repr=False, compare=False, default=False)
    regular_months: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None:
            object.__setattr__(self, "first", self.start.toordinal())
            object.__setattr__(self, "last", self.end.toordinal())
            object.__setattr__(self, "is_dated", True)
        object.__setattr__(self, "is_plain", self._says_only_dates())
        object.__setattr__(self, "regular_months", self._declared_months())
        _check_jurisdiction(self.jurisdiction)
        if self.start is not None and self.end is not None and self.end < self.start:
            raise InvalidInputError("the period ends before it starts", field="end")
        for name in ("relevance", "calculation"):
            _check_mask(getattr(self, name), name)
        _check_years(self)

    def _says_only_dates(self) -> bool:
        others = (self.declared, self.relevance, self.calculation)
        stated = any(other is not None for other in others) or self.refunded
        return self.is_dated and self.communicated == "aggregate" and not stated

    def _declared_months(self) -> int:
        if self.start is None or self.end is None or self.declared is None:
            return 0
        if self.communicated != "aggregate" or self.declared.hours:
            return 0
        months = whole_months(self.start, self.end)
        return months if self.declared.parts == ((Unit.MONTHS, months),) else 0

    @property
    def gives_dates_alone(self) -> bool:
        """Whether its dates are all that there is to measure: no sum, nor one for each year."""
        return self.is_plain or (
            self.declared is None and self.is_dated and self.communicated == "aggregate"
        )

    def with_id(self, name: str) -> "Period":
        """The same period of another record. Nothing is checked again: only the id differs."""
        made = _new(_Open)
        made.id = name
        made.jurisdiction = self.jurisdiction
        made.type = self.type
        made.start = self.start
        made.end = self.end
        made.declared = self.declared
        made.communicated = self.communicated
        made.by_year = self.by_year
        made.scheme = self.scheme
        made.relevance = self.relevance
        made.calculation = self.calculation
        made.refunded = self.refunded
        made.institution = self.institution
        made.first = self.first
        made.last = self.last
        made.is_dated = self.is_dated
        made.is_plain = self.is_plain
        made.regular_months = self.regular_months
        made.__class__ = Period
        return cast("Period", made)

    def opens_right(self, branch: Branch) -> bool:
        """Whether the sender lets the period open a right in this branch ("relevans")."""
        return _in_mask(self.relevance, branch)

    def enters_amount(self, branch: Branch) -> bool:
        """Whether the sender lets the period enter the amount in this branch ("beregning")."""
        return _in_mask(self.calculation, branch)


_Open: Any = opened(Period)
_new = object.__new__


def _check_jurisdiction(code: str) -> None:
    if not is_jurisdiction(code):
        raise InvalidInputError(f"the jurisdiction {JURISDICTION_FORM}", field="jurisdiction")


def _check_mask(mask: str | None, name: str) -> None:
    if mask is not None and not (len(mask) == _MASK_LENGTH and set(mask) <= {"0", "1"}):
        raise InvalidInputError(
            f"{name} must be three digits 0 or 1: old-age, survivors, invalidity", field=name
        )


def _check_years(period: Period) -> None:
    years = [year for year, _ in period.by_year]
    if period.communicated == "aggregate" and years:
        raise InvalidInputError(
            'sums per year need communicated = "yearly" (987/2009 Art 13(3))', field="by_year"
        )
    if years != sorted(set(years)):
        raise InvalidInputError("each year is given once, in order", field="by_year")
    first = period.start.year if period.start else None
    last = period.end.year if period.end else None
    if any((first and year < first) or (last and year > last) for year in years):
        raise InvalidInputError("a yearly sum lies outside the dates", field="by_year")


def masks_with(branch: Branch) -> frozenset[str | None]:
    """The masks that leave a branch in, and None: a period without a mask counts for all."""
    masks = map("".join, product("01", repeat=_MASK_LENGTH))
    return frozenset({None, *(mask for mask in masks if _in_mask(mask, branch))})


def _in_mask(mask: str | None, branch: Branch) -> bool:
    place = _MASK_PLACE.get(branch)
    return mask is None or place is None or mask[place] == "1"
