"""Amounts in another currency at a published rate (987/2009 Art 90)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from portability.core.agreement import NATIONAL_LAW, Rules
from portability.core.document import Table
from portability.core.money import ExactMoney, is_currency
from portability.errors import InvalidInputError

_REFERENCE = "EUR"
_ARTICLE = "exchange_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Units of each currency for one euro, as the European Central Bank publishes them."""

    per_euro: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))

    def convert(self, amount: ExactMoney, currency: str, *, key: str | None = None) -> ExactMoney:
        """
        The amount in another currency, exactly; ``key`` is where the file gives it.

        Raises InvalidInputError naming the key if a rate is needed that is not given.
        """
        if amount.currency == currency:
            return amount
        given, wanted = self._per_euro(amount.currency), self._per_euro(currency)
        if given is None or wanted is None:
            raise _no_rate(amount.currency, currency, key or "exchange_rate")
        return ExactMoney(exact=amount.exact * wanted / given, currency=currency)

    def connect(self, left: str, right: str) -> bool:
        """Whether amounts in both currencies can be compared."""
        return left == right or None not in {self._per_euro(left), self._per_euro(right)}

    def _per_euro(self, currency: str) -> Fraction | None:
        return Fraction(1) if currency == _REFERENCE else self.per_euro.get(currency)


NO_RATES = Rates()


def rates_in(facts: Mapping[str, object]) -> Rates:
    """The rates of a case; none if it gives none."""
    found = facts.get("exchange_rate", NO_RATES)
    assert isinstance(found, Rates)  # noqa: S101  # by its reader
    return found


def _no_rate(left: str, right: str, key: str) -> InvalidInputError:
    return InvalidInputError(
        f"{key}: amounts in {left} and {right} cannot be combined without a rate; keep the "
        "currencies apart, or give exchange_rate with the units of each for one euro",
        field=key,
    )


def exchange_step(rules: Rules) -> str:
    """The key of the article on exchange rates; national law where the agreement has none."""
    return _ARTICLE if _ARTICLE in rules.articles else NATIONAL_LAW


def read_rates(document: Table) -> Rates:
    """The table ``exchange_rate``: units of a currency for one euro."""
    inner = document.table("exchange_rate")
    found: dict[str, Fraction] = {}
    for currency in inner.keys():  # noqa: SIM118  # a Table is no mapping
        if not is_currency(currency):
            inner.refuse(currency, 'must be a currency of three capital letters, such as "SEK"')
        found[currency] = Fraction(inner.exact(currency))
        if found[currency] <= 0:
            inner.refuse(currency, "must be more than zero")
        if currency == _REFERENCE and found[currency] != 1:
            inner.refuse(currency, "must be 1 or left out: rates are units for one euro")
    return Rates(per_euro=MappingProxyType(found))
