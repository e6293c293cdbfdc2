"""A case file of any kind, answered: what it owes, or which legislation applies."""

from collections.abc import Mapping

from portability.core.agreement import Pack
from portability.core.case import parse_case
from portability.core.case_result import CaseResult, settle_case
from portability.core.document import read_document
from portability.core.legislation.reader import KIND, LegislationCase, parse_legislation_case
from portability.core.legislation.result import LegislationResult, settle_legislation_case
from portability.errors import InvalidInputError, NoAgreementError

Answer = CaseResult | LegislationResult


def answer_case(source: bytes, name: str, packs: Mapping[str, Pack]) -> Answer:
    """
    What the file asks for: a settled benefit, or the legislation that applies.

    Raises NoAgreementError if there is no agreement for it, InvalidInputError if it cannot be
    answered; both name the file.
    """
    document = read_document(source, name)
    kind = document.optional_text("kind")
    if kind is None:
        return settle_case(parse_case(source, name), packs)
    if kind != KIND:
        document.refuse("kind", f"must be {KIND}; leave it out in a file about a benefit")
    return _legislation(parse_legislation_case(source, name), packs)


def _legislation(case: LegislationCase, packs: Mapping[str, Pack]) -> LegislationResult:
    pack = packs.get(case.agreement)
    if pack is None:
        raise NoAgreementError(
            f"{case.place('agreement')}: agreement must be one of {', '.join(sorted(packs))}",
            file=case.name,
            field="agreement",
        )
    try:
        return settle_legislation_case(case, pack)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{case.place(error.context.get('field'))}: {error.message}", file=case.name
        ) from None
    except NoAgreementError as error:
        raise NoAgreementError(
            f"{case.place('date')}: {error.message}", **error.context, file=case.name
        ) from None
