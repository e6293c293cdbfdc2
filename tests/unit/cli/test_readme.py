import importlib
import io
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console
from typer.core import TyperGroup
from typer.main import get_command

from agents.surroundings import Surroundings
from portability.agreements import pack_ids, pack_source
from portability.cli.case import show
from portability.cli.demo import _show_end
from portability.consent.scope import Party
from portability.core.case import parse_case
from portability.core.case_result import settle_case
from portability.core.pack_parser import parse_pack

PROJECT_ROOT = Path(__file__).parents[3]
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
OF_TESTS = ("tests/README.md", "tests/mutation/README.md", "tests/vectors/README.md")
"""Named one by one: judges in other languages bring pages of their own."""
OF_PACKAGES = sorted(
    str(path.relative_to(PROJECT_ROOT))
    for folder in ("agents", "deploy", "portability", "proto")
    for path in (PROJECT_ROOT / folder).glob("**/README.md")
)
PAGES = ["README.md", *OF_TESTS, *OF_PACKAGES]


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


def test_the_last_lines_of_the_demo_are_what_it_prints() -> None:
    found = re.search(r"The last lines are:\n\n```\n(.*?)```", README, re.DOTALL)
    assert found is not None
    paid = {"FR": "1000.00 EUR", "ES": "400.00 EUR"}
    settled = SimpleNamespace(
        decisions=[
            SimpleNamespace(
                content=SimpleNamespace(
                    header=SimpleNamespace(sender=Party(jurisdiction=country)), payable=amount
                )
            )
            for country, amount in paid.items()
        ],
        payable_total={"EUR": "1400.00"},
    )
    screen = Console(file=io.StringIO(), width=80)
    _show_end(screen, settled, Path("/.../portability-demo"))
    assert isinstance(screen.file, io.StringIO)
    assert found[1] == screen.file.getvalue().lstrip("\n")


@pytest.mark.parametrize("name", ["demo", "tests"])
def test_each_pasted_line_is_one_line_that_ci_can_find(name: str) -> None:
    found = re.search(rf"<!-- ci: {name} -->\n+```sh\n([^\n]+)\n```\n", README)
    assert found is not None
    assert found[1].startswith("python3 -m venv ")


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    path = PROJECT_ROOT / page
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", path.read_text(encoding="utf-8"))
    for target, anchor in links:
        found = path.parent / target if target else path
        assert found.exists(), f"{page} leads to {target}"
        if anchor:
            assert anchor in anchors(found), f"{page} leads to {target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """Under what GitHub lets each heading of a page be found."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


def test_the_front_page_leads_to_the_reasons_of_every_package() -> None:
    notes = README.partition("## Design notes")[2]
    reasons = {
        page
        for page in OF_PACKAGES
        if "the reasons" in (PROJECT_ROOT / page).read_text(encoding="utf-8").partition("\n")[0]
    }
    assert reasons
    assert sorted(reasons - set(re.findall(r"\]\(([^)#]+)\)", notes))) == []


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_the_pages_keep_to_their_margins(page: str) -> None:
    lines = (PROJECT_ROOT / page).read_text(encoding="utf-8").split("\n")
    prose = [line for line in lines if not line.startswith(("|", "    ", "python3 "))]
    assert max(map(len, prose)) <= 160


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
