"""What is done with a code from paper, letter or telephone: stop permissions, or confirm one."""

from datetime import UTC, datetime

from agents.migrant.home import Admitted, Home
from portability.consent.statements import ConsentState
from portability.v1 import counter_service_pb2 as pb
from portability.v1.counter_service_pb2_grpc import CounterServiceStub
from portability.wire.consent_parts import state_from_pb


def stop_by_code(home: Home, code: str) -> int:
    """
    Stop everything that the person of this code allows; how many permissions ended now.

    Raises UnauthenticatedError for a code that does not work, whyever, and OverloadedError after
    too many of them.
    """
    answer: pb.WithdrawConsentsResponse = home.session.call(
        _stub(home).WithdrawConsents, pb.WithdrawConsentsRequest(code=code)
    )
    return len(answer.consents)


def confirm_by_code(home: Home, code: str) -> ConsentState:
    """Confirm what a worker signed alone; where it stands then. Raises as ``stop_by_code``."""
    answer: pb.ConfirmConsentResponse = home.session.call(
        _stub(home).ConfirmConsent, pb.ConfirmConsentRequest(code=code)
    )
    return state_from_pb(answer.state)


def make_stop_code(me: Admitted) -> tuple[str, datetime]:
    """A code by which whoever says it can stop everything, and do nothing else; and its end."""
    answer: pb.CreateWithdrawalCodeResponse = me.home.session.call(
        _stub(me.home).CreateWithdrawalCode, pb.CreateWithdrawalCodeRequest(session=me.token)
    )
    return answer.code, answer.expire_time.ToDatetime(UTC)


def _stub(home: Home) -> CounterServiceStub:
    return CounterServiceStub(home.session.channel)
