"""The demo's sixth step: three requests that are refused alike, and what Rosa sees of all of it."""

from collections.abc import Sequence

from agents.migrant.person import SeenReceipt, list_receipts, withdraw
from agents.migrant.words import describe_receipt
from portability.cli.stage import Stage
from portability.cli.story_case import Answered, Asking, ask
from portability.cli.story_consent import Consented
from portability.cli.story_histories import Histories
from portability.cli.telling import Told
from portability.consent.receipt import Outcome
from portability.consent.statements import ConsentState
from portability.core.periods import Branch
from portability.recognition.statements import HistoryOutcome
from portability.wire.statement import statement_to_payload

EXPECTED_CAUSES = ("no-permission", "branch-outside", "withdrawn")


def refuse(stage: Stage, histories: Histories, consented: Consented) -> Told:
    """Without consent, for another branch, after withdrawal: one answer, three receipts."""
    person = histories.persons["ES"]
    without = ask(stage, Asking(person=person, permission=b""))
    other = ask(
        stage,
        Asking(person=person, permission=consented.consent, branch=Branch.INVALIDITY),
    )
    _, state = withdraw(consented.rosa, consented.consent)
    after = ask(stage, Asking(person=person, permission=consented.consent))
    receipts = list(list_receipts(consented.rosa))
    refused = [receipt for receipt in receipts if receipt.content.outcome is Outcome.REFUSED]
    return Told(
        title="Three more requests are refused, all alike, and Rosa sees each",
        lines=(
            "INSS asks without consent, for an invalidity claim, and after Rosa withdrew;",
            "all it learns is that there is no permission in force. Rosa's receipts:",
            *(describe_receipt(receipt.content) for receipt in receipts),
        ),
        facts={"receipts": [_receipt_json(receipt) for receipt in receipts]},
        checks={
            "Rosa's withdrawal was logged and took effect at once": (
                state is ConsentState.WITHDRAWN
            ),
            "the three answers say the same and have the same size": _are_alike(
                (without, other, after)
            ),
            "each refusal left a receipt with its true cause, for Rosa alone": (
                tuple(str(receipt.content.cause) for receipt in refused) == EXPECTED_CAUSES
            ),
            "each release left a receipt, before any data": (
                len(receipts) - len(refused) == len(stage.offices)
            ),
        },
    )


def _are_alike(answers: Sequence[Answered]) -> bool:
    """Nothing that INSS can see tells the causes apart."""
    return (
        all(answer.case.state == "refused" for answer in answers)
        and all(answer.response.outcome is HistoryOutcome.REFUSED for answer in answers)
        and not any(answer.response.records for answer in answers)
        and len({len(statement_to_payload(answer.response)) for answer in answers}) == 1
    )


def _receipt_json(receipt: SeenReceipt) -> dict[str, object]:
    content = receipt.content
    return {
        "receipt": receipt.id.hex(),
        "requester": str(content.requester),
        "provider": str(content.provider),
        "outcome": content.outcome.value,
        "cause": None if content.cause is None else content.cause.value,
        "requested": content.requested_at.isoformat(),
        "records": content.record_count,
        "fields": list(content.fields),
    }
