"""What operators ask, made from what the node stands on."""

from collections.abc import Callable

from portability.federation.outbox import OutboxSender
from portability.node.foundation import Foundation
from portability.node.operating.maintenance import Maintenance
from portability.node.operating.service import OperatorService
from portability.node.peers.inbox import Inbox
from portability.node.peers.replaying import FetchAgain, Replayer


def build_operator_service(
    foundation: Foundation,
    *,
    outbox: OutboxSender,
    inbox: Inbox,
    fetch_again: FetchAgain,
    maintenance: Maintenance,
    under_way: Callable[[], int],
) -> OperatorService:
    """``under_way`` gives the number of calls that are being answered."""
    return OperatorService(
        jurisdiction=foundation.jurisdiction,
        database=foundation.database,
        directory=foundation.directory,
        maintenance=maintenance,
        failing=outbox.failing,
        under_way=under_way,
        replayer=Replayer(
            database=foundation.database,
            sequencer=foundation.sequencer,
            directory=foundation.directory,
            inbox=inbox,
            fetch_again=fetch_again,
        ),
    )
