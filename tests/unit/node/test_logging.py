"""What gets into the log, and what never does."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from portability.federation.identity import parse_identity
from portability.node.calls.caller import CURRENT_CALL, Call
from portability.node.logging import configure_logging


@pytest.fixture
def lines() -> Iterator[io.BytesIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.BytesIO()
    configure_logging(stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def read(stream: io.BytesIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json(lines: io.BytesIO) -> None:
    structlog.get_logger().info("record_appended", leaf_index=7, statement_id=b"\x01\x02")
    (line,) = read(lines)
    assert line["event"] == "record_appended"
    assert line["leaf_index"] == 7
    assert line["statement_id"] == "0102"
    assert line["level"] == "info"
    assert str(line["timestamp"]).endswith("Z")


def test_what_is_below_the_level_is_not_written(lines: io.BytesIO) -> None:
    structlog.get_logger().debug("noise_made")
    assert read(lines) == []


def test_an_exception_leaves_its_type_and_not_its_words(lines: io.BytesIO) -> None:
    try:
        int("national id 85073003328")
    except ValueError as error:
        structlog.get_logger().exception("work_failed")
        structlog.get_logger().error("work_failed", exc_info=error)
    first, second = read(lines)
    assert first["error_type"] == second["error_type"] == "ValueError"
    assert b"85073003328" not in lines.getvalue()


def test_an_object_in_an_event_leaves_its_type_and_not_its_content(lines: io.BytesIO) -> None:
    structlog.get_logger().info("thing_seen", thing=ValueError("Rosa"))
    (line,) = read(lines)
    assert line["thing"] == "ValueError"


def test_what_a_library_logs_is_told_without_its_text(lines: io.BytesIO) -> None:
    logging.getLogger("some.driver").warning("row (%s)", "Rosa")
    logging.getLogger("some.driver").info("chatter")
    (line,) = read(lines)
    assert line["event"] == "library_warned"
    assert line["library"] == "some.driver"
    assert b"Rosa" not in lines.getvalue()


def test_everything_in_a_call_carries_its_id_and_peer(lines: io.BytesIO) -> None:
    call = Call("/x/Y", 0.0)
    call.request_id, call.caller = "id-1", parse_identity("portability://FR/node")
    token = CURRENT_CALL.set(call)
    try:
        structlog.get_logger().info("step_done")
    finally:
        CURRENT_CALL.reset(token)
    (line,) = read(lines)
    assert (line["request_id"], line["peer"]) == ("id-1", "portability://FR/node")


def test_a_log_that_cannot_be_written_stops_nobody(lines: io.BytesIO) -> None:
    lines.close()
    structlog.get_logger().info("record_appended")
