"""
Two countries with two processes each, all on one PostgreSQL, settle cases while processes are
killed, links are cut, sessions are ended by the server, and the server itself breaks off.

``PORTABILITY_TROUBLED_SERVER_SECONDS=60 pytest tests/e2e/test_troubled_server.py`` does it for a
minute.
"""

import asyncio
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from portability.cli.bench_cases import Countries, countries, make_migrants
from portability.cli.upkeep import run_fsck
from portability.errors import HaltedError, StaleCheckpointError, StorageError
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout
from tests.databases import PostgresServer
from tests.e2e import test_five_nodes as stories
from tests.e2e.test_five_nodes import CHANCE, PASSING, PATIENCE, ROWS, Links, persist
from tests.e2e.test_two_nodes import second_process

SECONDS: Final = float(os.environ.get("PORTABILITY_TROUBLED_SERVER_SECONDS", "6"))
CASES: Final = 2
OF_A_DATABASE: Final = (StorageError, StaleCheckpointError, HaltedError)
"""What a node may answer while its database is away: all of it safe to repeat."""


class SharedLinks(Links):
    """Each link leads to either of two processes of its node, on one database."""

    def __init__(self) -> None:
        super().__init__()
        self.configs: dict[str, Path] = {}

    def put(self, layout: FederationLayout) -> None:
        seconds = {code: second_process(layout, code) for code in layout.nodes}
        super().put(layout)
        for code, config in seconds.items():
            self._links[code].behind += (load_config(config).listen.port,)
        self.configs = {f"{code}-b": config for code, config in seconds.items()}
        self.configs |= layout.nodes


@dataclass(kw_only=True)
class Trouble:
    """One kind after the other, each at least once, until it is told to end; then all is whole."""

    where: Countries
    links: SharedLinks
    server: PostgresServer
    happened: Counter[str] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)
    _failed: list[BaseException] = field(default_factory=list)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        thread = threading.Thread(target=self._make)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(2 * PATIENCE)
        assert not thread.is_alive()
        assert not self._failed, self._failed

    def _make(self) -> None:
        kinds = (self._kill, self._break_off, self._cut, self._end_sessions)
        try:
            while not self._over.is_set() or len(self.happened) < len(kinds):
                for make in CHANCE.sample(kinds, len(kinds)):
                    make()
                    self.happened[make.__name__] += 1
                    self._revive()
                    self._over.wait(CHANCE.uniform(0.1, 0.6))
        except BaseException as error:  # noqa: BLE001  # it belongs to the test, not to this thread
            self._failed.append(error)

    def _kill(self) -> None:
        code = CHANCE.choice(list(self.links.configs))
        os.kill(self.where.nodes.node(code).process.pid, signal.SIGKILL)
        assert self.where.nodes.await_end(code, 60) == -signal.SIGKILL

    def _cut(self) -> None:
        code = CHANCE.choice(list(self.where.offices))
        self.links.cut(code)
        self._over.wait(CHANCE.uniform(0.2, 1.0))
        self.links.restore(code)

    def _end_sessions(self) -> None:
        for _ in range(CHANCE.randint(1, 5)):
            self.server.end_sessions()

    def _break_off(self) -> None:
        self.server.break_off()
        self._over.wait(CHANCE.uniform(0.0, 1.0))
        self.server.start_again()

    def _revive(self) -> None:
        """Whoever was killed, or stopped in doubt of a commit, is started as by a supervisor."""
        deadline = time.monotonic() + PATIENCE
        while ended := [
            code for code in self.links.configs if not self.where.nodes.node(code).is_running()
        ]:
            assert time.monotonic() < deadline, f"{ended} cannot be started"
            try:
                self.where.nodes.start({code: self.links.configs[code] for code in ended})
            except HaltedError:
                time.sleep(0.2)


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """No other test may be on a server that breaks off."""
    server = PostgresServer(Path(tempfile.mkdtemp(prefix="portability-pg-")))
    yield server
    server.stop()


def test_cases_end_as_they_should_though_their_database_server_breaks_off(
    own_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "PASSING", (*PASSING, *OF_A_DATABASE))
    links = SharedLinks()
    try:
        with countries(2, links.put, server=own_server.url) as where:
            where.nodes.start({c: p for c, p in links.configs.items() if c not in where.offices})
            tell_the_story(where, links, own_server)
    finally:
        links.close()


def tell_the_story(where: Countries, links: SharedLinks, server: PostgresServer) -> None:
    *allowed, stopped = make_migrants(where, CASES + 1, ROWS)
    stories._withdraw(where, stopped)
    trouble = Trouble(where=where, links=links, server=server)
    heads = stories.Trouble(where=where, links=links)
    asked: dict[str, set[bytes]] = {}
    cases = []
    begun = time.monotonic()
    with trouble.going_on():
        for one in (*allowed, stopped):
            opened = persist(partial(stories._open, where, one))
            asked[opened.case.name] = stories._ask(where, opened, one)
            cases.append(opened.case)
            heads.look_at_heads()
        *good, refused = cases
        for case in good:
            stories._end(where, case)
        stories._await(where.lead, refused, "refused")
        time.sleep(max(0.0, begun + SECONDS - time.monotonic()))

    for case in good:
        stories._check_case(where, case, asked[case.name])
    for one in allowed:
        released = Counter(
            str(receipt.provider)
            for receipt in stories._receipts(where, one)
            if receipt.outcome is stories.Outcome.RELEASED
        )
        assert released == dict.fromkeys((str(one.party) for one in where.offices.values()), 1)
    assert not [
        receipt
        for receipt in stories._receipts(where, stopped)
        if receipt.outcome is stories.Outcome.RELEASED
    ]
    heads.look_at_heads()
    for code, config in where.layout.nodes.items():
        assert run_fsck(config, as_json=True) == 0, code
        asyncio.run(stories._check_heads(where, code, heads.heads[code]))
    for code, config in links.configs.items():
        said = (config.parent / "node.log").read_bytes()
        for fault in (b'"rpc_failed"', b'"case_work_failed"', b"PROOF_INVALID", b"Traceback"):
            assert fault not in said, f"{fault!r} in the log of {code}"
