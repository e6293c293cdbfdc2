"""
Five countries settle cases while their processes are killed and their links are cut.

``PORTABILITY_FIVE_NODES_SECONDS=60 pytest tests/e2e/test_five_nodes.py`` does it for a minute.
"""

import asyncio
import os
import random
import secrets
import signal
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from typing import Final, TypeVar

from agents.agency.cases import (
    CaseView,
    Opened,
    Opening,
    get_case,
    list_statements,
    open_case,
    submit,
)
from agents.agency.determinations import determine
from agents.agency.exports import fetch_bundle, verify_case
from agents.agency.office import Office
from agents.migrant.person import list_receipts, sign_in, withdraw
from portability.cli.bench_cases import (
    AWARD,
    COUNTRIES,
    Countries,
    Migrant,
    countries,
    make_migrants,
    question_of,
)
from portability.cli.bench_recognition import AGREEMENT
from portability.cli.upkeep import run_fsck
from portability.consent.receipt import DisclosureReceipt, Outcome
from portability.core.money import Money
from portability.core.periods import Branch
from portability.core.scheme import Scheme
from portability.core.units import Unit
from portability.errors import OverloadedError, PeerUnavailableError
from portability.ledger.checkpoint import unverified_checkpoint
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout, pick_ports
from portability.node.log.prover import Prover
from portability.node.operating.upkeep import open_stored
from portability.recognition.statements import Header, HistoryRequest
from portability.wire.statement import statement_to_payload, type_of

T = TypeVar("T")

SECONDS: Final = float(os.environ.get("PORTABILITY_FIVE_NODES_SECONDS", "6"))
ROWS: Final = 12
CASES: Final = 2
PATIENCE: Final = 150.0
CHANCE: Final = random.Random()  # noqa: S311  # who suffers when is no secret
PASSING: Final = (PeerUnavailableError, OverloadedError)


@dataclass
class Link:
    """
    The one way into a node, which can be cut: nobody is reached, and every call breaks off.

    It leads to any of the ports ``behind`` it at which somebody is.
    """

    listen: int
    behind: tuple[int, ...]
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.listen)

    async def cut(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            for one in server.sockets:  # a closed server leaves open what it accepted just before
                asyncio.get_running_loop().remove_reader(one.fileno())
            await _turns()
            server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = {writer}
        self._writers.add(writer)
        try:
            found = await self._connect()
            if found is None:
                return
            inner, outer = found
            ends.add(outer)
            self._writers.add(outer)
            await asyncio.wait(
                [asyncio.create_task(_pump(*one)) for one in ((reader, outer), (inner, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        except asyncio.CancelledError:
            return  # asyncio's streams would tell it as a fault
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """To one of those behind it; None if all of them are dead just now."""
        for port in CHANCE.sample(self.behind, len(self.behind)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


class Links:
    """A link before each node, served by a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._links: dict[str, Link] = {}
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def put(self, layout: FederationLayout) -> None:
        """Move each node behind its link: the directory goes on naming the link."""
        for code, behind in zip(layout.nodes, pick_ports(len(layout.nodes)), strict=True):
            config = layout.nodes[code]
            listen = load_config(config).listen.port
            text = config.read_text(encoding="utf-8")
            before, after = f'"127.0.0.1:{listen}"', f'"127.0.0.1:{behind}"'
            assert text.count(before) == 1
            config.write_text(text.replace(before, after), encoding="utf-8")
            self._links[code] = Link(listen=listen, behind=(behind,))
        self._thread.start()
        for code in self._links:
            self.restore(code)

    def restore(self, code: str) -> None:
        asyncio.run_coroutine_threadsafe(self._links[code].open(), self._loop).result(60)

    def cut(self, code: str) -> None:
        asyncio.run_coroutine_threadsafe(self._links[code].cut(), self._loop).result(60)

    def close(self) -> None:
        for code in self._links:
            self.cut(code)
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()


async def _cancel_others() -> None:
    """Also of what was accepted just now: a task that has not begun would leave its socket open."""
    await _turns()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await _turns()


async def _turns() -> None:
    """Some turns of the loop: until an accepted connection is served, or an ended one closed."""
    for _ in range(5):
        await asyncio.sleep(0)


@dataclass
class Trouble:
    """Kills and cuts, one after the other, until it is told to end; then all is whole again."""

    where: Countries
    links: Links
    happened: Counter[str] = field(default_factory=Counter)
    heads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        thread = threading.Thread(target=self._make)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(60)
        assert not thread.is_alive()

    def _make(self) -> None:
        for killing in cycle((True, False)):
            code = CHANCE.choice(list(self.where.offices))
            self.look_at_heads()
            if killing:
                self._kill(code)
            else:
                self.links.cut(code)
                self.happened["link cut"] += 1
                self._over.wait(CHANCE.uniform(0.2, 1.5))
                self.links.restore(code)
            if self._over.wait(CHANCE.uniform(0.1, 0.6)) and len(self.happened) > 1:
                return

    def _kill(self, code: str) -> None:
        nodes = self.where.nodes
        os.kill(nodes.node(code).process.pid, signal.SIGKILL)
        assert nodes.await_end(code, 60) == -signal.SIGKILL
        self.happened["node killed"] += 1
        self._over.wait(CHANCE.uniform(0.0, 0.8))
        nodes.start({code: self.where.layout.nodes[code]})

    def look_at_heads(self) -> None:
        """What each log said of itself, to be held against it in the end."""
        for code, config in self.where.layout.nodes.items():
            port = load_config(config).observe.port
            with suppress(OSError):
                answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/checkpoint", timeout=5)
                with answer:
                    head = unverified_checkpoint(answer.read())
                before = self.heads.setdefault(code, {}).setdefault(head.size, head.root)
                assert before == head.root, f"{code} signed two trees of one size"


def test_five_countries_settle_cases_while_nodes_die_and_links_drop() -> None:
    links = Links()
    try:
        with countries(len(COUNTRIES), links.put) as where:
            tell_the_story(where, links)
    finally:
        links.close()


def tell_the_story(where: Countries, links: Links) -> None:
    *allowed, stopped = make_migrants(where, CASES + 1, ROWS)
    _withdraw(where, stopped)
    trouble = Trouble(where=where, links=links)
    asked: dict[str, set[bytes]] = {}
    cases: list[CaseView] = []
    begun = time.monotonic()
    with trouble.going_on():
        for one in (*allowed, stopped):
            opened = persist(partial(_open, where, one))
            asked[opened.case.name] = _ask(where, opened, one)
            cases.append(opened.case)
        time.sleep(max(0.0, begun + SECONDS - time.monotonic()))
    *good, refused = cases
    for case in good:
        _end(where, case)
    _await(where.lead, refused, "refused")

    assert trouble.happened.keys() == {"node killed", "link cut"}
    for case in good:
        _check_case(where, case, asked[case.name])
    for one in allowed:  # each country released once, the lead once to each, and all of it is told
        released = Counter(
            str(receipt.provider)
            for receipt in _receipts(where, one)
            if receipt.outcome is Outcome.RELEASED
        )
        expected = dict.fromkeys((str(office.party) for office in where.others), 1)
        assert released == {**expected, str(where.lead.party): len(where.others)}
    assert not [one for one in _receipts(where, stopped) if one.outcome is Outcome.RELEASED]
    trouble.look_at_heads()
    for code, config in where.layout.nodes.items():
        assert run_fsck(config, as_json=True) == 0, code
        asyncio.run(_check_heads(where, code, trouble.heads[code]))


def _open(where: Countries, one: Migrant) -> Opened:
    return open_case(
        where.lead,
        Opening(
            person=one.person,
            branch=Branch.OLD_AGE,
            agreement=AGREEMENT,
            claim_date=AWARD,
            award_date=AWARD,
            participants=tuple(office.party for office in where.others),
        ),
    )


def _ask(where: Countries, opened: Opened, one: Migrant) -> set[bytes]:
    """Every request is signed once and handed in until it is acknowledged; their ids."""
    allowed = question_of(where).may_ask[0]
    lead, case = where.lead, opened.case
    said = []
    for recipient, reference in opened.references:
        request = HistoryRequest(
            header=Header(
                salt=lead.new_salt(),
                case_id=case.id,
                sender=lead.party,
                created=lead.outside.now().replace(microsecond=0),
            ),
            recipient=recipient,
            person_reference=reference,
            claim=case.claim,
            permission=one.consent,
            purpose=question_of(where).purpose,
            datatypes=allowed.datatypes,
            fields=allowed.fields,
            from_date=AWARD.replace(year=1970),
            to_date=AWARD,
        )
        said.append(lead.sign(type_of(request), statement_to_payload(request)))
    return {persist(partial(submit, lead, envelope)) for envelope in said}


def _end(where: Countries, case: CaseView) -> None:
    """Each institution decides for itself once all agree, and the case closes everywhere."""
    _await(where.lead, case, "agreed")  # by then each of the others has heard of the case
    for office in (*where.others, where.lead):
        agreed = _await(office, case, "agreed")
        law = Scheme(
            jurisdiction=office.jurisdiction,
            unit=Unit.MONTHS,
            theoretical=Money(minor=100_000, currency="EUR"),
        )
        persist(partial(determine, office, agreed, law))
    for office in where.offices.values():
        _await(office, case, "closed")


def _await(office: Office, case: CaseView, state: str) -> CaseView:
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(*PASSING):
            found = get_case(office, case.name)
            if found.state == state:
                return found
            assert time.monotonic() < deadline, f"{office.party}: {found.state}, not {state}"
        time.sleep(0.2)


def _check_case(where: Countries, case: CaseView, asked: set[bytes]) -> None:
    """One digest everywhere, what was acknowledged is there, and the bundle proves the rest."""
    assert len({get_case(office, case.name).digest for office in where.offices.values()}) == 1
    said = {one.id: one.kind for one in list_statements(where.lead, case.name)}
    assert asked <= said.keys()
    peers = len(where.others)
    kinds = Counter(said.values())
    assert kinds["history-request"] == kinds["history-response"] == peers
    assert kinds["countersignature"] == peers
    assert kinds["reconciliation"] == kinds["closure"] == 1
    report = verify_case(where.lead, fetch_bundle(where.lead, case.name))
    assert report.verified, report.causes


def _withdraw(where: Countries, one: Migrant) -> None:
    withdraw(sign_in(where.home, one.key_file), one.consent)


def _receipts(where: Countries, one: Migrant) -> list[DisclosureReceipt]:
    return [receipt.content for receipt in list_receipts(sign_in(where.home, one.key_file))]


async def _check_heads(where: Countries, code: str, heads: dict[int, bytes]) -> None:
    """Each tree that the log signed is a beginning of the one that it has now."""
    assert heads
    async with open_stored(load_config(where.layout.nodes[code]), secrets.token_bytes) as stored:
        prover = Prover(stored[0])
        assert {size: await prover.root(size) for size in heads} == heads


def persist(call: Callable[[], T]) -> T:
    """The result of a call that is safe to repeat, once the node and its link are back."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return call()
        except PASSING:
            assert time.monotonic() < deadline
        time.sleep(0.1)
