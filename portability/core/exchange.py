"""Amounts in another currency at a published rate (987/2009 Art 90)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from portability.core.document import Table
from portability.core.money import ExactMoney, currency_mix

_REFERENCE = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Units of each currency for one euro, as the European Central Bank publishes them."""

    per_euro: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))

    def convert(self, amount: ExactMoney, currency: str) -> ExactMoney:
        """
        The amount in another currency, exactly.

        Raises InvalidInputError if a rate is needed that is not given.
        """
        if amount.currency == currency:
            return amount
        given, wanted = self._per_euro(amount.currency), self._per_euro(currency)
        if given is None or wanted is None:
            raise currency_mix(amount.currency, currency)
        return ExactMoney(exact=amount.exact * wanted / given, currency=currency)

    def _per_euro(self, currency: str) -> Fraction | None:
        return Fraction(1) if currency == _REFERENCE else self.per_euro.get(currency)


NO_RATES = Rates()


def read_rates(document: Table) -> Rates:
    """The table ``exchange_rate``: units of a currency for one euro."""
    inner = document.table("exchange_rate")
    found: dict[str, Fraction] = {}
    for currency in inner.keys():  # noqa: SIM118  # a Table is no mapping
        found[currency] = Fraction(inner.exact(currency))
        if found[currency] <= 0:
            inner.refuse(currency, "must be more than zero")
    return Rates(per_euro=MappingProxyType(found))
