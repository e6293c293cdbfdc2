"""The log leaf: what its hour may be."""

from datetime import UTC, datetime

import pytest

from portability.errors import InvalidInputError
from portability.wire.log_entry import (
    LAST_HOUR,
    LogEntry,
    log_entry_from_bytes,
    log_entry_to_bytes,
)
from portability.wire.proven import accepted_at


def entry(hour: int) -> LogEntry:
    return LogEntry(kind="record", statement_id=bytes(32), key_id=bytes(32), accepted_hour=hour)


def test_the_hour_of_a_leaf_is_a_date() -> None:
    """Whoever logged one beyond every calendar would stop whoever reads it."""
    last = log_entry_from_bytes(log_entry_to_bytes(entry(LAST_HOUR)))
    assert accepted_at(last) == datetime(9999, 12, 31, 22, tzinfo=UTC)
    for hour in (LAST_HOUR + 1, 2**32 - 1):
        with pytest.raises(InvalidInputError, match="of an hour that is no date"):
            log_entry_from_bytes(log_entry_to_bytes(entry(hour)))
