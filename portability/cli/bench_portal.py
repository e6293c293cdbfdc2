"""
`portability bench portal`: pages of the person's portal, beside an empty page on the same server.

A real node serves one person with 45 years of monthly records. The portal runs in this process and
is called by several visits at a time, without a socket in between: what counts is the server's
time. The empty page is the frame alone, for the same signed-in person. Each page is measured twice:
``first`` is the first look after signing in, one visit at a time, beside the first empty page; and
``ms`` is under load, for the person who goes on reading.

Signing in reads ahead what the pages show: that work is done while the person looks at the page
after it, and is told by itself. ``cold`` is the time before any signature of this person was seen
by this portal, ``warm`` when they come again.
"""

import asyncio
import json
import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any, Final

import typer
from starlette.applications import Starlette

from agents.migrant.own_complaints import file_complaint
from agents.migrant.person import Admitted, Home, enrol_key, sign_in_with
from agents.migrant.portal.ahead import AHEAD
from agents.migrant.portal.app import create_app
from agents.migrant.portal.kept import forget_kept, read_ahead
from agents.migrant.portal.languages import shipped_languages
from agents.migrant.portal.pages import Page
from agents.migrant.portal.routes import PAGES
from agents.migrant.portal.sessions import SignedInAs
from agents.migrant.portal.settings import HelpDesk, Settings
from agents.migrant.portal.visit import Visit
from agents.profile import load_profile
from agents.session import Session, connect
from agents.surroundings import Surroundings
from portability.cli.bench_node import BenchNode, bench_node
from portability.cli.bench_records import MONTHS, Issuing, make_submissions
from portability.consent.scope import Party
from portability.consent.signature import SoftwareSigner
from portability.errors import ConfigurationError
from portability.ledger.keys import Ed25519Signer
from portability.recognition.complaint import ComplaintTopic
from portability.v1 import persons_service_pb2 as persons_pb
from portability.v1 import records_service_pb2 as pb
from portability.v1.persons_service_pb2_grpc import PersonsServiceStub
from portability.v1.records_service_pb2_grpc import RecordsServiceStub

ORIGIN: Final = "http://localhost:8000"
EMPTY: Final = "/empty"
ENTER: Final = "/enter"
HISTORY: Final = "/history"
MEASURED: Final = (
    "/",
    HISTORY,
    "/requests",
    "/permissions",
    "/who-looked",
    "/claims",
    "/complaints",
    "/my-data",
    "/keys",
)
FIRST_LOOKS: Final = 5
COMPLAINTS: Final = 5
HIGHEST_RATIO: Final = 4.0
MOST_BYTES: Final = 200_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``visits`` of each page in each of ``rounds``, ``concurrency`` at a time."""

    visits: int
    rounds: int
    concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One page: milliseconds of the server per visit, of the first visit, and bytes."""

    path: str
    again_ms: float
    first_ms: float
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Milliseconds for which signing in reads ahead: the first time, and when they come again."""

    cold_ms: float
    warm_ms: float


def bench_portal(options: Options, say: Say) -> dict[str, Any]:
    """Raises ConfigurationError where a page does not come."""
    outside = Surroundings(
        now=lambda: datetime.now(UTC), randomness=secrets.token_bytes, sleep=time.sleep
    )
    with bench_node(None) as node:
        profile = load_profile(_portal_profile(node))
        with connect(profile.connection, outside) as session:
            home = Home(
                session=session,
                jurisdiction=profile.connection.jurisdiction,
                directory=profile.directory.open(outside.now()),
                outside=outside,
            )
            me, person = _settle_in(node, home, outside, say)
            portal = _open(home, me, person, outside)
            pages, ahead = asyncio.run(_measure(portal, me, options, say))
    return _result(options, pages, ahead)


def show(options: Options, *, as_json: bool) -> int:
    """Run it and print; exit status 1 if a page is slower, or the history larger, than it may."""
    result = bench_portal(options, lambda line: typer.echo(line, err=True))
    if as_json:
        typer.echo(json.dumps(result))
    else:
        _tell(result)
    return 0 if result["held"] else 1


def _portal_profile(node: BenchNode) -> Path:
    folder = node.profile.path.parent
    return folder / f"{node.profile.connection.jurisdiction.lower()}-portal.toml"


def _settle_in(
    node: BenchNode, home: Home, outside: Surroundings, say: Say
) -> tuple[Admitted, str]:
    """A person with 45 years of months, a few complaints, and a key of their own."""
    institution = node.profile.acting_institution()
    jurisdiction = home.jurisdiction
    with connect(node.profile.connection, outside) as office:
        person, code = _enrol(office, jurisdiction)
        issuing = Issuing(
            key=institution.signing_key,
            jurisdiction=jurisdiction,
            institution=institution.id,
            persons=(person,),
        )
        say(f"{MONTHS} records of one person")
        made = [pb.RecordSubmission.FromString(one) for one in make_submissions(issuing, MONTHS)]
        batch = pb.SubmitRecordsRequest(request_id=str(uuid.uuid4()), submissions=made)
        stream = RecordsServiceStub(office.channel).SubmitRecords
        for _ in office.stream(stream, iter([batch])):
            pass
    key = Ed25519Signer(secrets.token_bytes(32))
    enrol_key(home, code, key)
    me = sign_in_with(home, person, SoftwareSigner(signer=key), key)
    for _ in range(COMPLAINTS):
        file_complaint(
            me,
            request_id=str(uuid.uuid4()),
            against=Party(jurisdiction=jurisdiction, institution=institution.id),
            topic=ComplaintTopic.DELAY,
            about=b"",
            text="It takes too long.",
        )
    return me, person


def _enrol(office: Session, jurisdiction: str) -> tuple[str, str]:
    stub = PersonsServiceStub(office.channel)
    created: persons_pb.CreatePersonResponse = office.call(
        stub.CreatePerson,
        persons_pb.CreatePersonRequest(
            request_id=str(uuid.uuid4()),
            identifier=persons_pb.NationalIdentifier(jurisdiction=jurisdiction, value="BENCH1"),
            identity_level="high",
        ),
    )
    code: persons_pb.CreateEnrolmentCodeResponse = office.call(
        stub.CreateEnrolmentCode, persons_pb.CreateEnrolmentCodeRequest(person=created.person)
    )
    return created.person, code.code


def _open(home: Home, me: Admitted, person: str, outside: Surroundings) -> Starlette:
    """The portal, an empty page, and a page that signs in without a passkey."""

    def enter(visit: Visit) -> Any:
        until = outside.now() + timedelta(hours=1)
        visit.sign_in(SignedInAs(person=person, token=me.token, expire_time=until))
        visit.later = lambda: read_ahead(visit, AHEAD)
        return visit.go(EMPTY)

    settings = Settings(
        origin=ORIGIN,
        home=lambda: home,
        languages=shipped_languages(),
        help_desk=HelpDesk(phone="+33 0", office="here"),
    )
    more = (
        Page(path=ENTER, show=enter, signed_in=False),
        Page(path=EMPTY, show=lambda visit: visit.page("page.html.j2")),
    )
    return create_app(settings, outside, pages=(*PAGES, *more))


async def _measure(
    app: Starlette, me: Admitted, options: Options, say: Say
) -> tuple[list[Measured], Ahead]:
    cookie, cold = await _enter(app, me)
    for path in (EMPTY, *MEASURED):  # templates are compiled before it counts
        await _visit(app, path, cookie)
    times: dict[str, list[float]] = {path: [] for path in (EMPTY, *MEASURED)}
    first: dict[str, list[float]] = {path: [] for path in times}
    sizes: dict[str, int] = {}
    warm = []
    for _ in range(FIRST_LOOKS):
        cookie, took = await _enter(app, me)
        warm.append(took)
        await _visit(app, EMPTY, cookie)
        for path in times:
            began = time.perf_counter()
            sizes[path] = await _visit(app, path, cookie)
            first[path].append(time.perf_counter() - began)
    for number in range(options.rounds):
        for path, found in times.items():
            found.append(await _load(app, path, options))
        say(f"round {number + 1}: an empty page takes {times[EMPTY][-1] * 1000:.2f} ms")
    pages = [
        Measured(
            path=path,
            again_ms=median(found) * 1000,
            first_ms=median(first[path]) * 1000,
            size=sizes[path],
        )
        for path, found in times.items()
    ]
    return pages, Ahead(cold_ms=cold * 1000, warm_ms=median(warm) * 1000)


async def _enter(app: Starlette, me: Admitted) -> tuple[str, float]:
    """Sign in as somebody of whom nothing is kept; the cookie, and seconds of reading ahead."""
    forget_kept(me.token)
    began = time.perf_counter()
    cookie = await _sign_in(app)
    return cookie, time.perf_counter() - began


async def _load(app: Starlette, path: str, options: Options) -> float:
    """Seconds per visit, with so many at a time, each person with a session of their own."""
    cookies = [await _sign_in(app) for _ in range(options.concurrency)]
    for cookie in cookies:
        await _visit(app, path, cookie)  # the first visit is measured apart

    async def read_on(cookie: str) -> None:
        for _ in range(options.visits // options.concurrency):
            await _visit(app, path, cookie)

    began = time.perf_counter()
    await asyncio.gather(*(read_on(cookie) for cookie in cookies))
    done = options.visits // options.concurrency * options.concurrency
    return (time.perf_counter() - began) / done


async def _sign_in(app: Starlette) -> str:
    _, headers, _ = await _call(app, ENTER, "")
    return headers["set-cookie"].partition(";")[0]


async def _visit(app: Starlette, path: str, cookie: str) -> int:
    """The size of a page. Raises ConfigurationError for anything but a page."""
    status, _, size = await _call(app, path, cookie)
    if status != HTTPStatus.OK:
        raise ConfigurationError(f"{path} answered {status}; open it by hand to see why")
    return size


async def _call(app: Starlette, path: str, cookie: str) -> tuple[int, dict[str, str], int]:
    status, found, size = 0, {}, 0

    async def send(message: Any) -> None:
        nonlocal status, found, size
        if message["type"] == "http.response.start":
            status = message["status"]
            found = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
        size += len(message.get("body", b""))

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers: Sequence[tuple[bytes, bytes]] = (
        (b"host", b"localhost:8000"),
        (b"cookie", cookie.encode()),
        (b"accept-language", b"fr"),
    )
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8000),
    }
    await app(scope, receive, send)
    return status, found, size


def _result(options: Options, pages: Sequence[Measured], ahead: Ahead) -> dict[str, Any]:
    empty = next(one for one in pages if one.path == EMPTY)
    shown = [
        {
            "page": one.path,
            "ms": round(one.again_ms, 3),
            "ratio": round(one.again_ms / empty.again_ms, 2),
            "first_ms": round(one.first_ms, 2),
            "first_ratio": round(one.first_ms / empty.first_ms, 2),
            "bytes": one.size,
        }
        for one in pages
    ]
    history = next(one for one in pages if one.path == HISTORY)
    ratios = [one[name] for one in shown for name in ("ratio", "first_ratio")]
    held = all(one <= HIGHEST_RATIO for one in ratios)  # type: ignore[operator]
    return {
        "bench": "portal",
        "parameters": {
            "visits": options.visits,
            "rounds": options.rounds,
            "concurrency": options.concurrency,
            "records": MONTHS,
        },
        "pages": shown,
        "read_ahead_ms": {"cold": round(ahead.cold_ms, 1), "warm": round(ahead.warm_ms, 1)},
        "limit": {"ratio": HIGHEST_RATIO, "history_bytes": MOST_BYTES},
        "held": held and history.size < MOST_BYTES,
    }


def _tell(result: dict[str, Any]) -> None:
    asked = result["parameters"]
    typer.echo(
        f"{asked['visits']} visits of each page, {asked['concurrency']} at a time, medians of "
        f"{asked['rounds']} rounds; {asked['records']} records"
    )
    typer.echo(f"{'page':<14}{'ms':>8}{'ratio':>8}{'first, ms':>11}{'ratio':>8}{'bytes':>9}")
    for one in result["pages"]:
        typer.echo(
            f"{one['page']:<14}{one['ms']:>8.2f}{one['ratio']:>8.2f}{one['first_ms']:>11.2f}"
            f"{one['first_ratio']:>8.2f}{one['bytes']:>9,}"
        )
    ahead, limit = result["read_ahead_ms"], result["limit"]
    typer.echo(
        f"signing in reads ahead for {ahead['cold']:.0f} ms the first time, "
        f"{ahead['warm']:.0f} ms when they come again"
    )
    typer.echo(
        f"limits: ratio {limit['ratio']:g}, history {limit['history_bytes']:,} bytes; "
        f"{'held' if result['held'] else 'NOT held'}"
    )
