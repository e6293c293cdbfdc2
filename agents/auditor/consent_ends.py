"""Whether a consent had ended, or was paused, when data were released under it."""

from collections.abc import Mapping

from agents.auditor.report import NotHeldError, Step
from agents.auditor.steps import Checked, of_kind_in
from portability.consent.acts import Pause, Resume
from portability.consent.document import Consent
from portability.consent.ending import ConsentEnd
from portability.consent.receipt import DisclosureReceipt
from portability.consent.withdrawal import Withdrawal
from portability.recognition.statements import NoticeAnswer, PermissionEnd

Statements = Mapping[bytes, Checked]


def check_not_ended(one: Checked, receipt: DisclosureReceipt, statements: Statements) -> None:
    """
    Raise NotHeldError for a release after a withdrawal, another end, or in a pause.

    What was logged in the same hour as the receipt is left to what the provider itself has signed
    or logged before, and to the status that the home node signed for it: leaves tell no more than
    hours.
    """
    _check_not_told(one, receipt, statements)
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


def _check_not_told(one: Checked, receipt: DisclosureReceipt, statements: Statements) -> None:
    """
    Raise NotHeldError for a release by a node that knew the end of the permission by then.

    Its own log shows that by the order of its leaves, its answer to the notice by a time of the
    same clock as that of the release. A lead that only says that a permission ended proves nothing:
    the person's act is here, or the home node itself has said it.
    """
    provider = receipt.provider.jurisdiction
    for end, told in of_kind_in(statements, PermissionEnd):
        if told.permission != receipt.permission or not _has_ended(told, statements):
            continue
        if end.log == one.log == provider and end.index < one.index:
            raise NotHeldError(
                Step.PERMISSION, "the end of the permission stands before it in its own log"
            )
        for _, answer in of_kind_in(statements, NoticeAnswer):
            is_theirs = answer.header.sender.jurisdiction == provider
            if end.id in answer.header.predecessors and is_theirs:
                _check_later(answer, receipt)


def _check_later(answer: NoticeAnswer, receipt: DisclosureReceipt) -> None:
    if receipt.released_at is not None and answer.header.created < receipt.released_at:
        raise NotHeldError(
            Step.PERMISSION,
            f"{answer.header.sender} had answered before that the permission had ended",
        )


def _has_ended(told: PermissionEnd, statements: Statements) -> bool:
    """Whether somebody says so who may end it."""
    act = statements.get(told.act)
    if act is not None and isinstance(act.content, Withdrawal | ConsentEnd):
        return act.content.consent == told.permission
    consent = statements.get(told.permission)
    given = None if consent is None else consent.content
    return isinstance(given, Consent) and given.home_node == told.header.sender.jurisdiction
