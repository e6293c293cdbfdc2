"""A history is held at once against what was granted: each record gets the answer it would get."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from portability.consent.gate import Granted
from portability.consent.scope import Action, Grant
from portability.core.periods import Duration, Period
from portability.wire.record import names_stated
from portability.wire.record.contents import content_to_pb
from portability.wire.record.fields import stated_fields
from tests.property.consent.test_gate_properties import (
    DATATYPES,
    FIELD_NAMES,
    FIRST,
    LAST,
    grants,
)
from tests.property.wire.test_records import periods
from tests.unit.wire.test_record import RECORD


@given(
    st.lists(grants(), min_size=1, max_size=4).map(tuple),
    st.sampled_from(Action),
    st.sampled_from(DATATYPES),
    st.lists(st.sampled_from(FIELD_NAMES), min_size=1, max_size=3, unique=True).map(tuple),
    st.tuples(st.dates(FIRST, LAST), st.dates(FIRST, LAST)).map(sorted),
)
def test_days_allowed_are_days_on_which_a_record_may_leave(
    scope: tuple[Grant, ...],
    action: Action,
    datatype: str,
    fields: tuple[str, ...],
    days: list[date],
) -> None:
    granted = Granted(
        scope=scope,
        partial=False,
        permission_id=b"",
        status_version=1,
        reason_text_key="",
        erase_by=None,
    )
    start, end = days
    spans = granted.days_allowed(action=action, datatype=datatype, fields=fields)
    allowed = granted.allows(action=action, datatype=datatype, fields=fields, start=start, end=end)

    within = any(first <= start and end <= last for first, last in spans)
    assert allowed or not within
    assert within or not allowed or len(scope) > 1  # several grants may do it together


@given(period=periods(), has_sum=st.booleans())
def test_the_fields_that_a_period_states_are_those_of_its_message(
    *, period: Period, has_sum: bool
) -> None:
    """How a sum was communicated is none of them where there is no sum."""
    declared = (period.declared or Duration(months=1)) if has_sum else None
    one = replace(period, declared=declared)
    stated = stated_fields(content_to_pb(one))

    assert names_stated(replace(RECORD, content=one)) == tuple(
        name for name in stated if has_sum or name != "communication"
    )
