"""Whether a person has allowed already what is asked, so that nobody asks them twice."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portability.consent.lifecycle import Standing
from portability.consent.reuse import is_covered
from portability.consent.scope import Party
from portability.consent.statements import ConsentState
from tests.unit.consent.world import AT_CNAV, CONSENT, NOW, REQUEST, TEMPLATE_ID, grant

STANDING = Standing(state=ConsentState.GRANTED, version=1, since=NOW)
SECOND = timedelta(seconds=1)


def test_the_very_request_that_was_granted_is_covered_until_its_uses_are_spent() -> None:
    assert is_covered(REQUEST, CONSENT, STANDING, 0)
    one = replace(REQUEST, max_uses=1)
    assert is_covered(one, CONSENT, STANDING, REQUEST.max_uses - 1)
    assert not is_covered(one, CONSENT, STANDING, REQUEST.max_uses)
    assert not is_covered(REQUEST, CONSENT, STANDING, 1)


def test_less_than_was_granted_is_covered() -> None:
    less = replace(
        REQUEST,
        grants=(grant(from_date=date(1990, 1, 1)),),
        not_before=REQUEST.not_before + SECOND,
        not_after=REQUEST.not_after - SECOND,
        erase_by=REQUEST.erase_by - timedelta(days=1),
    )
    assert is_covered(less, CONSENT, STANDING, 0)
    two = replace(CONSENT, providers=(AT_CNAV, Party(jurisdiction="DE", institution="drv")))
    assert is_covered(REQUEST, two, STANDING, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"requester": Party(jurisdiction="ES", institution="ism")},
        {"template": bytes([1, *TEMPLATE_ID[1:]])},
        {"person_reference": "ff" * 32},
        {"providers": (AT_CNAV, Party(jurisdiction="DE", institution="drv"))},
        {"grants": (grant(from_date=date(1979, 12, 31)),)},
        {"not_before": REQUEST.not_before - SECOND},
        {"not_after": REQUEST.not_after + SECOND},
        {"erase_by": REQUEST.erase_by + timedelta(days=1)},
    ],
)
def test_whatever_goes_beyond_it_is_asked_again(changes: dict[str, object]) -> None:
    assert not is_covered(replace(REQUEST, **changes), CONSENT, STANDING, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "state", [state for state in ConsentState if state is not ConsentState.GRANTED]
)
def test_a_consent_that_is_not_in_force_covers_nothing(state: ConsentState) -> None:
    assert not is_covered(REQUEST, CONSENT, replace(STANDING, state=state), 0)
