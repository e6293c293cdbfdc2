"""What bounds a pause and an opening, and what each cause of an end means."""

from datetime import timedelta

import pytest

from portability.consent.acts import MAX_PAUSE, Pause
from portability.consent.ending import EndCause
from portability.consent.lifecycle import ActKind
from portability.consent.opening import LONGEST, AccessOpening, Ground
from portability.errors import InvalidInputError
from tests.unit.consent.world import AT_INSS, NOW

SECOND = timedelta(seconds=1)
HEAD = {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "nonce": bytes(32), "created_at": NOW}


def pause(lasts: timedelta) -> Pause:
    return Pause(**HEAD, consent=bytes(32), until=NOW + lasts)  # type: ignore[arg-type]


def opening(lasts: timedelta) -> AccessOpening:
    return AccessOpening(
        **HEAD,  # type: ignore[arg-type]
        subject_commitment=bytes(32),
        holder=AT_INSS,
        ground=Ground.COMPLAINT,
        citation="Complaint 7/2026",
        until=NOW + lasts,
    )


def test_a_pause_ends_after_it_begins_and_within_ten_years() -> None:
    for lasts in (SECOND, MAX_PAUSE):
        assert pause(lasts).until == NOW + lasts
    for lasts in (timedelta(0), -SECOND, MAX_PAUSE + SECOND):
        with pytest.raises(InvalidInputError) as refused:
            pause(lasts)
        assert refused.value.context["field"] == "until"


def test_records_are_opened_for_thirty_days_at_most() -> None:
    for lasts in (SECOND, LONGEST):
        assert opening(lasts).until == NOW + lasts
    for lasts in (timedelta(0), -SECOND, LONGEST + SECOND):
        with pytest.raises(InvalidInputError) as refused:
            opening(lasts)
        assert "from 1 to 30" in refused.value.message


@pytest.mark.parametrize(
    ("cause", "act"),
    [
        (EndCause.KEY_COMPROMISED, ActKind.INVALIDATE),
        (EndCause.AUTHORITY, ActKind.INVALIDATE),
        (EndCause.CAME_OF_AGE, ActKind.INVALIDATE),
        (EndCause.REPRESENTATION_ENDED, ActKind.INVALIDATE),
        (EndCause.NOT_NEEDED, ActKind.TERMINATE),
        (EndCause.WITHDRAWN_AT_COUNTER, ActKind.WITHDRAW),
        (EndCause.WITHDRAWN_BY_CODE, ActKind.WITHDRAW),
    ],
)
def test_an_end_is_a_withdrawal_only_where_the_person_said_so(
    cause: EndCause, act: ActKind
) -> None:
    assert cause.act is act
