"""
Fields as disclosures: salted by the issuer, opened against the digests in the signed record.

Each field of the kind has a disclosure, stated or not, so that a record tells neither by the number
nor by the order of its digests what it withholds. Source: RFC 9901 §4.2; formats.md, The log leaf.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from portability.core.record_kinds import FIELDS, RecordKind
from portability.errors import InvalidInputError
from portability.ledger.disclosure import (
    SALT_BYTES,
    disclosure_digest,
    make_disclosure,
    parse_disclosure,
    read_disclosures,
)
from portability.ledger.encoding import decode_base64url

MAX_DISCLOSURE_CHARACTERS: Final = 16_384
"""The sums of 60 years take about 4,000 characters."""


def make_disclosures(
    values: Mapping[str, object], randomness: Callable[[int], bytes]
) -> tuple[str, ...]:
    """One disclosure for each field, in their order, each with a salt of its own."""
    return tuple(
        make_disclosure(randomness(SALT_BYTES), name, value) for name, value in values.items()
    )


def field_digests(disclosures: Sequence[str]) -> list[bytes]:
    """What the signed record holds of them, in ascending order."""
    return sorted(disclosure_digest(one) for one in disclosures)


def open_fields(
    kind: RecordKind, digests: Collection[bytes], disclosures: Sequence[str]
) -> dict[str, object]:
    """
    The fields shown by their names, in the order of the kind, each proved to be in the record.

    Raises InvalidInputError for a disclosure that does not parse, is too long, has a salt that
    could be guessed or names no field of the kind; ProofError for one that is not in the record.
    """
    if len(disclosures) > len(FIELDS[kind]):
        raise InvalidInputError("more fields are disclosed than there are", field="disclosures")
    if any(len(one) > MAX_DISCLOSURE_CHARACTERS for one in disclosures):
        raise InvalidInputError(
            f"a disclosure has more than {MAX_DISCLOSURE_CHARACTERS} characters",
            field="disclosures",
        )
    shown = read_disclosures(set(digests), disclosures)
    if not shown.keys() <= set(FIELDS[kind]):
        raise InvalidInputError(
            f"a {kind} has no field of a name that is disclosed", field="disclosures"
        )
    _check_salts([one.salt for one in shown.values()])
    return {name: shown[name].value for name in FIELDS[kind] if name in shown}


def names_shown(disclosures: Sequence[str]) -> tuple[str, ...]:
    """The names in disclosures that were opened before."""
    return tuple(parse_disclosure(one).name for one in disclosures)


def select_disclosures(disclosures: Sequence[str], names: Collection[str]) -> tuple[str, ...]:
    """Those of the named fields, in their order; each was opened before."""
    return tuple(one for one in disclosures if parse_disclosure(one).name in names)


def _check_salts(salts: Sequence[str]) -> None:
    """A short salt could be guessed, and one that is used twice ties two fields together."""
    if len(set(salts)) != len(salts):
        raise InvalidInputError("two fields have one salt", field="disclosures")
    if any(len(decode_base64url(one, what="salt")) != SALT_BYTES for one in salts):
        raise InvalidInputError(
            f"the salt of a disclosure is not {SALT_BYTES} bytes", field="disclosures"
        )
