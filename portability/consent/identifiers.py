"""Ids and codes that people and machines quote. Source: RFC 9562 §5.7; formats.md, §7."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Final

from portability.consent.reading import check_hash

UUID_RANDOM_BYTES: Final = 10
CHECK_CODE_LENGTH: Final = 8

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def uuid7(now: datetime, random: bytes) -> str:
    """A UUID of version 7 from an aware instant and ten random bytes."""
    if len(random) != UUID_RANDOM_BYTES:
        raise RuntimeError("a UUID of version 7 takes ten random bytes")
    stamp = ((now - _EPOCH) // _MILLISECOND).to_bytes(6, "big")
    data = bytearray(stamp + random)
    data[6] = 0x70 | data[6] & 0x0F
    data[8] = 0x80 | data[8] & 0x3F
    text = data.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def check_code(statement_id: bytes) -> str:
    """What a person compares before signing and finds on the receipt: 8 characters of base32."""
    check_hash(statement_id, field="statement id")
    return base64.b32encode(statement_id).decode("ascii")[:CHECK_CODE_LENGTH]
