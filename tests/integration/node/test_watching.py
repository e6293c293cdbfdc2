"""The dashboard and the alerts ask for what a node tells, and a node tells nothing unwatched."""

import json
import re
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import pytest_asyncio
import yaml
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from typer.core import TyperGroup
from typer.main import get_command

from portability.cli.main import app
from portability.errors import PreconditionError
from portability.node.calls.step_times import StepTimes
from portability.node.cases.omissions import OmissionMetrics
from portability.node.development.federation import FederationLayout
from portability.node.operating.standing import BacklogMetrics
from portability.node.parts import Parts
from portability.node.peers.refused import SetAsideMetrics
from portability.store.backlog import DueWork, PeerBacklog
from portability.store.set_aside import HeldAside
from tests.integration.node.whole import connected, node

DEPLOY = Path(__file__).parents[3] / "deploy"
DASHBOARD = json.loads((DEPLOY / "dashboards" / "portability-node.json").read_text("utf-8"))
GROUPS = yaml.safe_load((DEPLOY / "alerts" / "portability.yaml").read_text("utf-8"))["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [target for panel in PANELS for target in panel["targets"]]

SCRAPED = {"job", "instance"}
"""Labels that Prometheus gives to all that it scrapes."""

OTHERS = {"curl", "timedatectl", "portability-agency"}
"""Programs that a runbook may name where no command of the node's is next."""

NOT_SHOWN = {
    "process_virtual_memory_bytes": "says nothing of a process that maps its database",
    "python_info": "the version of Python, which the lock file and the image fix",
    "portability_node": "names the instance; the variables of the dashboard choose by it",
}
CREATED = re.compile(r"_created$")  # when a counter began, which the process's start tells


def parts_of(tree: Any) -> Iterator[Any]:
    """An expression and everything within it."""
    yield tree
    for name in ("lhs", "rhs", "expr", "args", "vector_selector", "modifier", "matching"):
        below = getattr(tree, name, None)
        for one in below if isinstance(below, list) else [below]:
            if one is not None:
                yield from parts_of(one)


def asked_of(expression: str) -> tuple[set[str], set[str]]:
    """The metrics and the labels that an expression names. Raises ValueError if it is none."""
    plain = expression.replace("$__rate_interval", "5m")
    metrics: set[str] = set()
    labels: set[str] = set()
    for one in parts_of(promql_parser.parse(plain)):
        if isinstance(one, promql_parser.VectorSelector):
            metrics.add(str(one.name))
            labels |= {str(matcher.name) for matcher in one.matchers.matchers}
        elif isinstance(named := getattr(one, "labels", None), list):
            labels |= set(named)
    return metrics, labels


def told_by(text: str) -> dict[str, set[str]]:
    """Sample names with their labels."""
    found: dict[str, set[str]] = defaultdict(set)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] |= set(sample.labels)
    return found


def seldom(parts: Parts) -> str:
    """What a node tells once something has happened that takes a while, by the same collectors."""
    steps, database = StepTimes(lambda: 0.0), parts.foundation.database
    with steps.measure("look"):
        pass
    aside, omissions = SetAsideMetrics(database), OmissionMetrics(database)
    aside._found = {"ES": HeldAside(count=1, size=1)}
    omissions._found = {"ES": 1}
    registry = CollectorRegistry()
    for one in (steps, aside, omissions):
        registry.register(one)
    return generate_latest(registry).decode()


@pytest_asyncio.fixture
async def told(layout: FederationLayout) -> AsyncIterator[Mapping[str, set[str]]]:
    async with node(layout, "FR") as (parts, running):
        async with connected(layout, "fr-operator", "FR") as channel:
            await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        await parts.log.publisher.turn()  # Spain, its witness, is not there
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://{running.observe}/metrics")).text
        assert 'portability_node{jurisdiction="FR"} 1.0' in text
        assert 'portability_ready{check="database"} 1.0' in text
        assert "portability_halted 0.0" in text
        assert 'portability_outbox_waiting{peer="ES"} 0.0' in text
        parts.foundation.sequencer.halt("as in doubt")
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://{running.observe}/metrics")).text
        assert "portability_halted 1.0" in text
        yield told_by(text + seldom(parts))


@pytest.mark.asyncio
async def test_a_node_tells_all_that_is_asked_and_all_that_it_tells_is_watched(
    told: Mapping[str, set[str]],
) -> None:
    shown: set[str] = set()
    for expression in [target["expr"] for target in TARGETS] + [rule["expr"] for rule in RULES]:
        metrics, labels = asked_of(expression)
        assert metrics, expression
        shown |= metrics
        here = {one for one in metrics if sys.platform == "linux" or one[:8] != "process_"}
        assert here - told.keys() <= {"up"}, expression  # Prometheus' own
        known = SCRAPED.union(*(told.get(one, set()) for one in metrics))
        assert labels <= known, expression
    unwatched = {one for one in told if not CREATED.search(one)} - shown - NOT_SHOWN.keys()
    assert unwatched == set()


def test_each_panel_names_labels_that_its_expression_leaves() -> None:
    for target in TARGETS:
        words = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        by = re.search(r"\bby \(([^)]*)\)", target["expr"])
        kept = set(re.split(r", ?", by[1])) if by is not None else {"instance", "jurisdiction"}
        assert words <= kept, target["expr"]
        assert 'instance=~"$instance"' in target["expr"]


def test_the_dashboard_is_one_that_can_be_imported() -> None:
    assert [one["name"] for one in DASHBOARD["templating"]["list"]] == [
        "datasource",
        "jurisdiction",
        "instance",
    ]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    for target in [*PANELS, *TARGETS]:
        assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_each_alert_says_how_bad_it_is_and_which_command_is_next() -> None:
    root = get_command(app)
    for rule in RULES:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]
        commands = re.findall(r"`([^`]+)`", rule["annotations"]["runbook"])
        own = [one.split() for one in commands if one.startswith("portability ")]
        assert own or commands[0].split()[0] in OTHERS, rule["alert"]
        for words in own:
            command: Any = root
            for word in words[1:]:  # down to the command; arguments follow it
                if not isinstance(command, TyperGroup):
                    break
                command = command.commands[word]
            assert not isinstance(command, TyperGroup), words
            options = {name for one in command.params for name in one.opts}
            assert {one for one in words if one.startswith("--")} <= options
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


@pytest.mark.asyncio
async def test_age_is_told_by_the_clock_of_the_node_and_only_for_peers(
    layout: FederationLayout,
) -> None:
    async with node(layout, "FR") as (parts, _):
        now = parts.foundation.world.clock()
        told = BacklogMetrics(parts.foundation.database, peers=lambda: ["ES"], clock=lambda: now)
        since = now.replace(year=now.year - 1, day=1)
        told._waiting = {
            code: PeerBacklog(peer=code, count=3, oldest=since, attempts=2) for code in ("ES", "XX")
        }
        told._work = DueWork(count=1, oldest=since)
        registry = CollectorRegistry()
        registry.register(told)
        age = (now - since).total_seconds()
        assert registry.get_sample_value("portability_outbox_oldest_seconds", {"peer": "ES"}) == age
        assert registry.get_sample_value("portability_outbox_waiting", {"peer": "XX"}) is None
        assert registry.get_sample_value("portability_work_oldest_seconds") == age
        await told.look()
        assert registry.get_sample_value("portability_outbox_waiting", {"peer": "ES"}) == 0


@pytest.mark.asyncio
async def test_a_node_whose_directory_has_ended_still_tells_that_it_has(
    layout: FederationLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with node(layout, "FR") as (parts, running):
        async with httpx.AsyncClient(base_url=f"http://{running.observe}") as client:
            before = (await client.get("/metrics")).text
            end = parts.directory().valid_to
            assert end is not None
            monkeypatch.setattr(parts.directory, "_clock", lambda: end)
            with pytest.raises(PreconditionError):
                parts.directory()
            after = await client.get("/metrics")
        assert after.status_code == 200
        (line,) = re.findall(r"^portability_directory_end_timestamp_seconds .*$", before, re.M)
        assert line in after.text
        assert 'portability_outbox_waiting{peer="ES"} 0.0' in after.text
