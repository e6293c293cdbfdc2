"""Persons with histories in several countries, for `portability bench recognition`."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import uvloop

from agents.agency.consents import Asked, ask_consent, register_template
from agents.agency.imported import PersonIdentifier
from agents.agency.load import open_load_channel, stream_batches
from agents.agency.office import Office, open_office
from agents.agency.persons import (
    accept_reference,
    create_enrolment_code,
    create_reference,
    enrol_person,
)
from agents.migrant.person import Home, draft_consent, enrol, give_consent, list_requests, open_home
from agents.migrant.person import sign_in as sign_in_at
from agents.profile import Profile, load_profile
from portability.cli.bench_databases import given_databases
from portability.cli.bench_records import Issuing, in_batches, make_submissions
from portability.cli.federation import HOME, make_federation
from portability.cli.processes import NodeProcesses
from portability.cli.stage import real_surroundings, template_source
from portability.consent.template import Template, parse_template
from portability.core.periods import Branch
from portability.errors import ProofError
from portability.node.config import load_config
from portability.node.development.federation import FederationLayout
from portability.node.development.names import COUNTER
from portability.v1 import records_service_pb2 as pb

COUNTRIES: Final = ("ES", "FR", "IT", "DE", "PL")
"""The first one leads each case and is the home of its person."""

AWARD: Final = date(2026, 1, 1)
_FROM: Final = date(1970, 1, 1)
_BATCH: Final = 500
_IN_FLIGHT: Final = 4
_AT_ONCE: Final = 8
_DAYS, _USES = 30, 10
_NO_WAIT: Final = "\n[answers]\nleast_milliseconds = 0\nmost_milliseconds = 0\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrant:
    """A person with a history at every node, and the consent under which it may be asked for."""

    person: str
    consent: bytes
    key_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Countries:
    """
    Running nodes, an office of one institution at each, and the home portal.

    ``database`` is ``sqlite`` or ``postgresql``.
    """

    database: str
    layout: FederationLayout
    nodes: NodeProcesses
    offices: Mapping[str, Office]
    profiles: Mapping[str, Profile]
    home: Home

    @property
    def pids(self) -> Mapping[str, int]:
        return {code: self.nodes.node(code).process.pid for code in self.offices}

    @property
    def observed(self) -> Mapping[str, str]:
        """Where each node tells of itself."""
        return {code: str(load_config(self.layout.nodes[code]).observe) for code in self.offices}

    @property
    def lead(self) -> Office:
        return self.offices[HOME]

    @property
    def others(self) -> Sequence[Office]:
        return [office for code, office in self.offices.items() if code != HOME]


@contextmanager
def countries(
    count: int,
    prepare: Callable[[FederationLayout], None] = lambda _: None,
    *,
    server: str | None = None,
) -> Iterator[Countries]:
    """
    A federation of so many nodes, each a process; gone at the end. Answers leave at once.

    Databases are made beside ``server``, as ``given_databases`` does. ``prepare`` may change what
    was made before anything runs.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="portability-bench-"))
        root = Path(folder) / "federation"
        layout = make_federation(root, COUNTRIES[:count])
        for config in layout.nodes.values():
            with config.open("a", encoding="utf-8") as file:
                file.write(_NO_WAIT)
        engine = stack.enter_context(given_databases(layout.nodes, server))
        prepare(layout)
        nodes = stack.enter_context(NodeProcesses())
        nodes.start(layout.nodes)
        outside = real_surroundings()
        agencies = {
            code: next(
                path
                for name, path in layout.profiles.items()
                if f"{code.lower()}-agency-" in name and not name.endswith(f"-{COUNTER}")
            )
            for code in layout.nodes
        }
        yield Countries(
            database=engine,
            layout=layout,
            nodes=nodes,
            offices={
                code: stack.enter_context(open_office(path, outside))
                for code, path in agencies.items()
            },
            profiles={code: load_profile(path) for code, path in agencies.items()},
            home=stack.enter_context(open_home(layout.profiles[f"{HOME.lower()}-portal"], outside)),
        )


def make_migrants(where: Countries, count: int, rows: int) -> list[Migrant]:
    """Persons with ``rows`` signed months at each node, who allowed what is going to be asked."""
    known = [_enrol(where, f"BENCH{uuid.uuid4().hex[:12]}") for _ in range(count)]
    for code in where.offices:
        _insure(where, code, [one[code] for one in known], rows)
    asking = _template(where)
    wanted = register_template(where.lead, asking)
    parsed = parse_template(asking)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda one: _consent(where, one, parsed, wanted), known))


def question_of(where: Countries) -> Template:
    """What the template allows to ask."""
    return parse_template(_template(where))


def _enrol(where: Countries, number: str) -> dict[str, str]:
    return {
        code: enrol_person(office, PersonIdentifier(jurisdiction=code, value=number), "substantial")
        for code, office in where.offices.items()
    }


def _insure(where: Countries, code: str, persons: Sequence[str], rows: int) -> None:
    profile = where.profiles[code]
    institution = profile.acting_institution()
    issuing = Issuing(
        key=institution.signing_key,
        jurisdiction=code,
        institution=institution.id,
        persons=tuple(persons),
    )
    made = make_submissions(issuing, rows * len(persons))
    taken = uvloop.run(_send(profile, in_batches(made, _BATCH)))
    if taken != len(made):
        raise ProofError(f"{taken} of {len(made)} records were acknowledged by {code}")


async def _send(profile: Profile, batches: Sequence[bytes]) -> int:
    channel = await open_load_channel(profile.connection)
    run = await stream_batches(channel, batches, _IN_FLIGHT, time.perf_counter)
    await channel.close()
    answers = map(pb.SubmitRecordsResponse.FromString, run.answers)
    return sum(len(answer.acknowledgements) for answer in answers)


def _consent(
    where: Countries, known: Mapping[str, str], template: Template, template_id: bytes
) -> Migrant:
    person = known[HOME]
    for office in where.others:
        reference = create_reference(where.lead, person, office.jurisdiction)
        accept_reference(office, known[office.jurisdiction], HOME, reference)
    key_file = where.layout.root / f"{uuid.uuid4().hex}.pem"
    enrol(where.home, create_enrolment_code(where.lead, person).code, key_file)
    me = sign_in_at(where.home, key_file)
    asked = Asked(
        template=template,
        template_id=template_id,
        reference=create_reference(where.lead, person, HOME),
        providers=tuple(office.party for office in (*where.others, where.lead)),
        branches=(Branch.OLD_AGE,),
        from_date=_FROM,
        to_date=AWARD,
        days=_DAYS,
        max_uses=_USES,
    )
    wanted = ask_consent(where.lead, asked)
    pending = next(one for one in list_requests(me) if one.id == wanted)
    consent, _ = give_consent(me, draft_consent(me, pending))
    return Migrant(person=person, consent=consent, key_file=key_file)


def _template(where: Countries) -> bytes:
    """The shipped template, with the institutions of these countries as providers."""
    head, _, rest = template_source().decode().partition("[[provider]]")
    caps = rest[rest.index("[caps]") :]
    providers = "".join(
        f'[[provider]]\nnode = "{office.party.jurisdiction}"\n'
        f'institution = "{office.party.institution}"\n\n'
        for office in where.offices.values()
    )
    stored = ", ".join(f'"{code}"' for code in where.offices)
    caps = caps.replace('["FR", "ES"]', f"[{stored}]")
    return (head + providers + caps).encode()
