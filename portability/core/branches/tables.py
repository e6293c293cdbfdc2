"""The tables of a case file that branches other than pensions read."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from portability.core.branches.benefit import read_salaries
from portability.core.branches.invalidity_facts import (
    read_aggravation,
    read_applicable,
    read_degrees,
    read_incapacity,
    read_old_age_claimed,
)
from portability.core.document import Table
from portability.core.exchange import read_rates
from portability.core.family.facts import (
    read_children,
    read_disputed,
    read_orphan_benefits,
    read_position,
    read_rights,
    read_submitted,
)
from portability.core.periods import Branch
from portability.core.unemployment.facts import (
    read_export,
    read_refund,
    read_unemployed,
    read_uninsured,
)


def _read_competent(document: Table) -> object:
    return document.jurisdiction("competent")


BRANCH_TABLES: Mapping[str, Callable[[Table], object]] = MappingProxyType(
    {
        "exchange_rate": read_rates,
        "competent": _read_competent,
        "salary": read_salaries,
        "unemployed": read_unemployed,
        "uninsured": read_uninsured,
        "export": read_export,
        "refund": read_refund,
        "incapacity_began": read_incapacity,
        "applicable_at_incapacity": read_applicable,
        "old_age_claimed": read_old_age_claimed,
        "degree": read_degrees,
        "aggravation": read_aggravation,
        "child": read_children,
        "right": read_rights,
        "orphan_benefit": read_orphan_benefits,
        "position": read_position,
        "submitted": read_submitted,
        "disputed": read_disputed,
    }
)
"""Tables beside periods, schemes and expectations, by key."""

WITHOUT_PERIODS = frozenset({Branch.FAMILY, Branch.ACCIDENT, Branch.DEATH_GRANT})
"""Branches in which a right need not rest on periods."""
