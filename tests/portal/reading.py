"""
A portal whose home node is real services in this process, with a person who has a history.

Only the wire is the test's own: a call is serialised, handed to the service under the portal's
certificate name, and its answer serialised again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import grpc

from agents.failures import error_from_rpc
from agents.migrant.home import Admitted
from agents.migrant.person import Home
from agents.migrant.portal.app import create_app
from agents.migrant.portal.pages import Page
from agents.migrant.portal.routes import PAGES
from agents.migrant.portal.sessions import SignedInAs
from agents.session import Session
from agents.surroundings import Surroundings
from portability.errors import PortabilityError
from portability.node.cases.own_cases import OwnCasesService
from tests.integration.erasure.conftest import open_office
from tests.integration.recognition.test_own_side import complaints_of
from tests.integration.recognition.world import (
    AT_CNAV,
    FEDERATION,
    Federation,
    Node,
    Rosa,
    consent,
    enrol_rosa,
    open_federation,
    sign_in,
)
from tests.portal.conftest import UNREACHABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from starlette.applications import Starlette
    from starlette.responses import Response

    from agents.migrant.portal.settings import Settings
    from agents.migrant.portal.visit import Visit
    from tests.conftest import FixedClock

SIGN_IN: Final = "/sign-in-for-tests"


class Loop:
    """An event loop in a thread of its own, for callers who wait."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Refused(grpc.RpcError):
    """What a client sees of an error that a service raised."""

    def __init__(self, error: PortabilityError) -> None:
        super().__init__()
        self.error = error


class InProcess(Session):
    """A connection whose calls are answered in this process."""

    def __init__(
        self, services: dict[str, Any], node: Node, loop: Loop, outside: Surroundings
    ) -> None:
        super().__init__(_Channel(services, node, loop), UNREACHABLE, outside)  # type: ignore[arg-type]

    def describe(self, error: grpc.RpcError) -> PortabilityError:
        if isinstance(error, Refused):
            return error.error
        return error_from_rpc(error, "in process", "ES")


@dataclass
class _Channel:
    services: dict[str, Any]
    node: Node
    loop: Loop

    def unary_unary(self, method: str, **codecs: Any) -> Callable[..., Any]:
        service, name = self._find(method)

        def call(request: Any, timeout: float | None = None) -> Any:
            del timeout
            sent = type(request).FromString(codecs["request_serializer"](request))
            try:
                answer = self.loop.run(getattr(service, name)(sent, self.node.portal))
            except PortabilityError as error:
                raise Refused(error) from None
            return codecs["response_deserializer"](answer.SerializeToString())

        return call

    def unary_stream(self, method: str, **codecs: Any) -> Callable[..., Any]:
        service, name = self._find(method)

        def call(request: Any, timeout: float | None = None) -> Any:
            del timeout

            async def collect() -> list[Any]:
                return [one async for one in getattr(service, name)(request, self.node.portal)]

            return iter(self.loop.run(collect()))

        return call

    def stream_stream(self, method: str, **_codecs: Any) -> Callable[..., Any]:
        return lambda *_: self._find(method)

    stream_unary = stream_stream

    def _find(self, method: str) -> tuple[Any, str]:
        service, _, name = method.removeprefix("/portability.v1.").partition("/")
        return self.services.get(service), name


@dataclass
class Story:
    """Rosa, twenty years in France and ten in Spain, with a claim, a question and receipts."""

    loop: Loop
    federation: Federation
    rosa: Rosa
    home: Home
    case: str

    @property
    def me(self) -> Admitted:
        """Rosa, for the functions that the command line uses."""
        return Admitted(home=self.home, token=self.rosa.session, person=self.rosa.at_spain)


@contextmanager
def open_story(
    folder: Path, clock: FixedClock, randomness: Callable[[int], bytes]
) -> Iterator[Story]:
    loop = Loop()
    urls = {code: f"sqlite+aiosqlite:///{folder / code}.db" for code in ("ES", "FR")}
    opened = open_federation(urls, clock, randomness)
    federation = loop.run(opened.__aenter__())
    try:
        rosa, case = loop.run(_live(federation))
        spain = federation.spain
        office = loop.run(open_office(spain, folder / "erasure"))
        services = {
            "PersonsService": spain.persons,
            "ConsentsService": spain.consents,
            "ErasuresService": office.service,
            "ObjectionsService": spain.objections,
            "ComplaintsService": complaints_of(spain),
            "OwnCasesService": OwnCasesService(
                database=spain.database, prover=spain.prover, clock=clock, jurisdiction="ES"
            ),
        }
        outside = Surroundings(now=clock, randomness=randomness, sleep=lambda _: time.sleep(0))
        home = Home(
            session=InProcess(services, spain, loop, outside),
            jurisdiction="ES",
            directory=FEDERATION,
            outside=outside,
        )
        yield Story(loop=loop, federation=federation, rosa=rosa, home=home, case=case)
    finally:
        loop.run(opened.__aexit__(None, None, None))
        loop.close()


async def _live(federation: Federation) -> tuple[Rosa, str]:
    spain, france = federation.nodes
    rosa = await enrol_rosa(federation)
    await france.insure(rosa.at_france, *range(1985, 2003), 2004)
    await spain.insure(rosa.at_spain, *range(2004, 2014))
    given = await consent(federation, rosa)
    opened = await spain.open_case(rosa.at_spain, AT_CNAV)
    await spain.ask(opened, given)
    await federation.settle()
    name = opened.case.name
    await france.determine(name, theoretical=150_000, independent=80_000)
    await spain.determine(name, theoretical=120_000)
    await federation.settle()
    return await sign_in(federation, rosa), name.removeprefix("cases/")


async def claim_again(federation: Federation, rosa: Rosa) -> str:
    """Another claim of Rosa's, on which nobody has decided; its id."""
    opened = await federation.spain.open_case(rosa.at_spain, AT_CNAV)
    await federation.spain.ask(opened)
    await federation.settle()
    return opened.case.name.removeprefix("cases/")


def open_portal(story: Story, settings: Settings) -> Starlette:
    """The portal with one page more, which signs Rosa in: keys are for other tests."""

    def enter(visit: Visit) -> Response:
        visit.sign_in(
            SignedInAs(
                person=story.rosa.at_spain,
                token=story.rosa.session,
                expire_time=datetime.max.replace(tzinfo=UTC) - timedelta(days=1),
            )
        )
        return visit.go("/")

    pages = (*PAGES, Page(path=SIGN_IN, show=enter, signed_in=False))
    return create_app(settings, story.home.outside, pages=pages)
