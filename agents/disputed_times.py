"""Times of receipt that somebody signed and that cannot be, in words and in JSON."""

from portability.recognition.arrivals import DisputedTime


def disputed_words(one: DisputedTime) -> str:
    """Who signed what, why it cannot be, and what counts."""
    why = (
        "which is later than it can have come"
        if one.said > one.counted
        else "which is before the statement was signed, so one of the two clocks is wrong"
    )
    return (
        f"{one.jurisdiction} signed that it received {one.statement_id.hex()[:16]} at "
        f"{one.said:%Y-%m-%d %H:%M:%S} UTC, {why}; {one.counted:%Y-%m-%d %H:%M:%S} UTC counts"
    )


def disputed_json(one: DisputedTime) -> dict[str, object]:
    return {
        "jurisdiction": one.jurisdiction,
        "statement": one.statement_id.hex(),
        "signed": one.said.isoformat(),
        "counted": one.counted.isoformat(),
    }
