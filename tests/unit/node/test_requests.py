"""Requests that cannot be read, and the ids under which calls are logged."""

import uuid
from collections.abc import AsyncIterator

import pytest

from portability.errors import InvalidInputError
from portability.node.calls.requests import (
    RequestIds,
    Unreadable,
    readable,
    reader,
    refusing_writer,
)
from portability.v1 import records_service_pb2 as pb
from tests.conftest import OpenGate

MINE = "3f2c7e0a-9d5b-4c1e-8f6a-0b1c2d3e4f50"
OTHER = "aaaaaaaa-9d5b-4c1e-8f6a-0b1c2d3e4f50"


class Context:
    def __init__(self, *metadata: tuple[str, str | bytes]) -> None:
        self._metadata = metadata

    def invocation_metadata(self) -> tuple[tuple[str, str | bytes], ...] | None:
        return self._metadata or None


def counting() -> RequestIds:
    return RequestIds(lambda count: bytes(index % 251 for index in range(count)))


def test_the_id_in_the_request_comes_first() -> None:
    assert counting().choose(MINE, Context(("x-request-id", OTHER))) == MINE


def test_the_id_in_the_metadata_comes_next() -> None:
    assert counting().choose("", Context(("user-agent", "x"), ("x-request-id", OTHER))) == OTHER


@pytest.mark.parametrize(
    "asked", ["Rosa", MINE.upper(), MINE + "\n", f"{{{MINE}}}", MINE.replace("-", ""), 7, None]
)
def test_anything_but_a_plain_uuid_never_gets_into_the_log(asked: object) -> None:
    made = counting().choose(asked, Context(("x-request-id", "Rosa"), ("x-request-id", b"\xff")))
    assert uuid.UUID(made).version == 4
    assert str(uuid.UUID(made)) == made


def test_made_ids_are_all_different() -> None:
    state = [0]

    def randomness(count: int) -> bytes:
        state[0] += 1
        return b"".join(
            (state[0] * 10_000 + index).to_bytes(16, "big") for index in range(count // 16)
        )

    ids = RequestIds(randomness)
    made = [ids.choose("", Context()) for _ in range(1000)]
    assert len(set(made)) == 1000


def test_a_request_is_read_as_ever() -> None:
    read = reader(pb.GetRecordRequest.FromString, 100)
    assert read(pb.GetRecordRequest(name="records/x").SerializeToString()).name == "records/x"


def test_what_does_not_decode_becomes_a_refusal_without_the_decoders_words() -> None:
    found = reader(pb.GetRecordRequest.FromString, 100)(b"\xff\xff Rosa")
    assert isinstance(found, Unreadable)
    assert "Rosa" not in found.error.message


def test_a_message_over_the_limit_is_refused_with_both_numbers() -> None:
    found = reader(pb.GetRecordRequest.FromString, 100)(bytes(101))
    assert isinstance(found, Unreadable)
    assert (found.error.context["size"], found.error.context["limit"]) == ("101", "100")


@pytest.mark.asyncio
async def test_a_stream_is_read_up_to_what_cannot_be_read() -> None:
    bad = Unreadable(InvalidInputError("no"))

    async def requests() -> AsyncIterator[object]:
        for one in ("first", bad, "never"):
            yield one

    stream = readable(requests(), "/a/b", OpenGate())
    assert await anext(stream) == "first"
    with pytest.raises(InvalidInputError):
        await anext(stream)


def test_a_reply_that_does_not_encode_fails_with_fixed_words() -> None:
    def encode(_: object) -> bytes:
        raise TypeError("Rosa is no message")

    with pytest.raises(RuntimeError, match=r"^internal error$"):
        refusing_writer(encode)(object())
