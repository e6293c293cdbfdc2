"""Cases about acknowledgements: who signs that statements have arrived, without logging it."""

from dataclasses import replace
from datetime import timedelta

from portability.consent.scope import Party
from portability.ledger.envelope import sign_envelope, statement_id
from portability.recognition.statements import Acknowledgement
from portability.wire.statement import statement_to_payload, type_of
from tests.vectors.conformance_case import Made, accepted, made, refused
from tests.vectors.conformance_story import ES, FR, KEYS, NOW, World, settled


def received(*, key: str = "FR node", by: Party = FR, days: int = 0) -> Made:
    """A settled case, and that France has received the request."""
    world = settled()
    add(world, key, by, days)
    return made(world.files())


def add(world: World, key: str, by: Party, days: int) -> None:
    header = replace(
        world.header(by, world.only("history-request")),
        case_id="",
        created=NOW + timedelta(days=days),
    )
    word = Acknowledgement(header=header, position=1)
    payload = statement_to_payload(word)
    envelope = sign_envelope(type_of(word), payload, KEYS[key])
    world.unlogged[statement_id(type_of(word), payload)] = envelope


@accepted("acknowledged", "The other node's signature that it has received a statement.")
def _acknowledged() -> Made:
    return received()


@refused(
    "acknowledged-for-another",
    8,
    "it speaks for ES/node, but FR/node has signed it",
    "A node signs that another one has received a statement.",
)
def _for_another() -> Made:
    return received(by=ES)


@refused(
    "acknowledged-by-institution",
    8,
    "signed by 0 of the trusted keys",
    "An institution signs what is a node's to say.",
)
def _by_institution() -> Made:
    return received(key="cnav")


@refused(
    "acknowledged-before-key",
    8,
    "was not valid at that time",
    "Dated before the node's key was valid.",
)
def _too_early() -> Made:
    return received(days=-60)
