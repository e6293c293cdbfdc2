"""Whether a consent had ended, or was paused, when data were released under it."""

from collections.abc import Mapping

from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked, of_kind_in
from portability.consent.acts import Pause, Resume
from portability.consent.ending import ConsentEnd
from portability.consent.receipt import DisclosureReceipt
from portability.consent.withdrawal import Withdrawal

Statements = Mapping[bytes, Checked]


def check_not_ended(one: Checked, receipt: DisclosureReceipt, statements: Statements) -> None:
    """
    Raise NotHeldError for a release after a withdrawal, another end, or in a pause.

    What was logged in the same hour as the receipt is left to the status that the home node signed
    for the provider: leaves tell no more than hours.
    """
    permission = receipt.permission
    for other, withdrawal in of_kind_in(statements, Withdrawal):
        if withdrawal.consent == permission and other.accepted < one.accepted:
            raise NotHeldError(Step.PERMISSION, "the consent had been withdrawn before")
    for other, end in of_kind_in(statements, ConsentEnd):
        if end.consent == permission and other.accepted < one.accepted:
            raise NotHeldError(Step.PERMISSION, f"the consent had been ended before: {end.cause}")
    for other, pause in of_kind_in(statements, Pause):
        if pause.consent == permission and other.accepted < one.accepted:
            _check_over(pause, receipt, statements)


def _check_over(pause: Pause, receipt: DisclosureReceipt, statements: Statements) -> None:
    """Raise NotHeldError unless a pause had come to its end, by itself or by the person."""
    resumed = [
        resume.created_at
        for _, resume in of_kind_in(statements, Resume)
        if resume.consent == pause.consent and resume.created_at >= pause.created_at
    ]
    if receipt.released_at is not None and receipt.released_at < min([pause.until, *resumed]):
        raise NotHeldError(Step.PERMISSION, "the person had paused the consent before")
