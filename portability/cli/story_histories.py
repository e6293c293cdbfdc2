"""The demo's first two steps: the nodes, and each agency's half of the history."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.agency.csv_import import read_csv
from agents.agency.imported import Imported, PersonIdentifier, require_whole
from agents.agency.office import Office
from agents.agency.p5000 import read_p5000
from agents.agency.persons import enrol_person
from agents.agency.records import AcceptedRow, sign_rows, submit_rows
from portability.cli.stage import Stage, example_file
from portability.cli.telling import Listing, Told
from portability.node.development.federation import FederationLayout

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Rosa's name at each node, and her records there."""

    persons: Mapping[str, str]
    records: Mapping[str, tuple[AcceptedRow, ...]]


def tell_start(stage: Stage) -> Told:
    """Two nodes run, and nobody but their owner can read their secrets."""
    secrets = _secrets(stage.layout)
    endpoints = {
        office.jurisdiction: office.session.connection.endpoint for office in stage.offices
    }
    return Told(
        title="Two nodes start",
        lines=(
            *(
                f"node {code} at {endpoint}: its own process, keys, certificate and database"
                for code, endpoint in endpoints.items()
            ),
            "certificates and a directory that root keys signed say who is who",
        ),
        facts={"endpoints": endpoints, "folder": str(stage.layout.root)},
        checks={
            "each node is ready": all(stage.nodes.node(code).is_running() for code in endpoints),
            f"{len(secrets)} files of secrets can be read by their owner alone": all(
                not path.stat().st_mode & _OTHERS for path in secrets
            ),
        },
    )


def _secrets(layout: FederationLayout) -> list[Path]:
    found = [
        *layout.root.rglob("*key*.pem"),
        *layout.root.rglob("keys/*"),
        *layout.root.glob("ca/*root*"),
    ]
    return sorted({path for path in found if path.is_file()})


def import_histories(stage: Stage) -> tuple[Histories, Told]:
    """Each agency imports a P5000 and a CSV file, signs each row, and hands the records in."""
    persons: dict[str, str] = {}
    records: dict[str, tuple[AcceptedRow, ...]] = {}
    rows: list[tuple[str, ...]] = []
    for office in stage.offices:
        code = office.jurisdiction
        files = _read(code)
        persons[code] = enrol_person(office, _own_number(code, files), "substantial")
        for name, imported in files.items():
            taken = _submit(office, persons[code], imported)
            records[code] = (*records.get(code, ()), *taken)
            rows.append((str(office.party), name, str(len(taken)), _leaves(taken)))
    histories = Histories(persons=persons, records=records)
    return histories, _told(histories, tuple(rows))


def _told(histories: Histories, rows: tuple[tuple[str, ...], ...]) -> Told:
    count = sum(map(len, histories.records.values()))
    return Told(
        title="Each agency imports, signs and hands in its half of the history",
        lines=("the node answers each signed record with its place in the log, and proves it",),
        facts={
            "records": {
                code: [row.to_json() for row in taken] for code, taken in histories.records.items()
            }
        },
        checks={
            f"{count} records are proven to be in the logs, each by the log's own key": all(
                histories.records.values()
            )
        },
        listings=(
            Listing(
                heads=("institution", "file", "records", "leaves"), rows=rows, widths=(2, 3, 0, 0)
            ),
        ),
    )


def _read(code: str) -> dict[str, Imported]:
    form, sheet = f"rosa-{code.lower()}.p5000.json", f"rosa-{code.lower()}.csv"
    found = {
        form: read_p5000(example_file("rosa", form), form, code),
        sheet: read_csv(example_file("rosa", sheet), sheet, code),
    }
    for imported in found.values():
        require_whole(imported)
    return found


def _own_number(code: str, files: Mapping[str, Imported]) -> PersonIdentifier:
    """The number by which Rosa is known in this jurisdiction, as its form has it."""
    return next(
        one
        for imported in files.values()
        for one in imported.identifiers
        if one.jurisdiction == code
    )


def _submit(office: Office, person: str, imported: Imported) -> tuple[AcceptedRow, ...]:
    return submit_rows(office, person, sign_rows(office, person, imported.rows)).accepted


def _leaves(taken: tuple[AcceptedRow, ...]) -> str:
    indexes = [row.index for row in taken]
    return f"{min(indexes)} to {max(indexes)}" if len(indexes) > 1 else str(indexes[0])
