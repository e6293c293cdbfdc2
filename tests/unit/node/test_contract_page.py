"""The page about the wire contract names every service and every reason that there is."""

import re
from collections.abc import Iterator
from pathlib import Path

from portability import errors
from portability.node.calls.answers import INTERNAL_REASON, table_row
from portability.node.calls.roles import RULES

PAGE = (Path(__file__).parents[3] / "proto" / "README.md").read_text(encoding="utf-8")


def reasons(kind: type[errors.PortabilityError]) -> Iterator[str]:
    for one in kind.__subclasses__():
        if one.__module__ == errors.__name__ and table_row(one) is not None:
            yield one.reason
            yield from reasons(one)


def test_each_service_stands_in_the_table_once() -> None:
    told = re.findall(r"^\| `(\w+Service)` \|", PAGE, re.MULTILINE)
    services = {name.split("/")[1].removeprefix("portability.v1.") for name in RULES}
    assert sorted(told) == sorted(one for one in services if "." not in one)


def test_each_reason_of_an_error_is_told() -> None:
    table = PAGE.split("## Errors")[1].split("## ")[0]
    told = set(re.findall(r"`([A-Z_]+)`", "\n".join(re.findall(r"^\|.*", table, re.MULTILINE))))
    assert {INTERNAL_REASON, *reasons(errors.PortabilityError)} <= told
