import importlib
import io
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from typer.core import TyperGroup
from typer.main import get_command

from agents.surroundings import Surroundings
from portability.agreements import pack_ids, pack_source
from portability.cli.case import show
from portability.core.case import parse_case
from portability.core.case_result import settle_case
from portability.core.pack_parser import parse_pack

PROJECT_ROOT = Path(__file__).parents[3]
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")


def test_the_worked_case_is_what_the_command_prints() -> None:
    found = re.search(r"```console\n\$ portability case (\S+)\n(.*?)```", README, re.DOTALL)
    assert found is not None
    packs = {name: parse_pack(pack_source(name), name) for name in pack_ids()}
    case = parse_case((PROJECT_ROOT / found[1]).read_bytes(), found[1])
    target = Console(file=io.StringIO(), width=80, highlight=False, markup=False)
    show(target, [settle_case(case, packs)])
    assert isinstance(target.file, io.StringIO)
    printed = "\n".join(line.rstrip() for line in target.file.getvalue().split("\n"))
    for part in found[2].split("...\n"):
        assert part in printed


@pytest.mark.parametrize("name", ["demo", "tests"])
def test_each_pasted_line_is_one_line_that_ci_can_find(name: str) -> None:
    found = re.search(rf"<!-- ci: {name} -->\n+```sh\n([^\n]+)\n```\n", README)
    assert found is not None
    assert found[1].startswith("python3 -m venv ")


@pytest.mark.parametrize(
    "page", ["README.md", "proto/README.md", "deploy/README.md", "agents/README.md"]
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    path = PROJECT_ROOT / page
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{page} leads to {target}"


def test_the_pages_keep_to_their_margins() -> None:
    for page in ("README.md", "proto/README.md", "deploy/README.md", "CHANGELOG.md"):
        lines = (PROJECT_ROOT / page).read_text(encoding="utf-8").split("\n")
        prose = [line for line in lines if not line.startswith(("|", "    ", "python3 "))]
        assert max(map(len, prose)) <= 160, page


def commands_of(command: object, words: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(command, TyperGroup):
        yield " ".join(words)
        return
    for name, below in command.commands.items():
        yield from commands_of(below, (*words, name))


@pytest.mark.parametrize("agent", ["agency", "migrant", "auditor"])
def test_every_command_of_an_agent_stands_on_its_page(agent: str) -> None:
    page = (PROJECT_ROOT / "agents" / "README.md").read_text(encoding="utf-8")
    outside = Surroundings(
        now=lambda: datetime(2026, 3, 2, tzinfo=UTC),
        randomness=random.Random(1).randbytes,  # noqa: S311  # seeded on purpose
        sleep=lambda _: None,
    )
    module = importlib.import_module(f"agents.{agent}.main")
    named = set(commands_of(get_command(module.build_app(outside))))
    assert len(named) > 5
    lead = rf"(?:`|portability-{agent} |cnav |inss |# or: )"
    missing = [one for one in sorted(named) if not re.search(rf"{lead}{one}(?![a-z-])", page)]
    assert missing == []
