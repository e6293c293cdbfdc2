"""What erases, and what is said of it, made from what the node stands on."""

from pathlib import Path

from portability.node.erasure.erasing import Eraser
from portability.node.erasure.forgetting_key import ForgettingKey
from portability.node.erasure.holds import Holds
from portability.node.erasure.journal import ErasureJournal
from portability.node.erasure.notices import ErasureNotices
from portability.node.erasure.requests import ErasureRequests
from portability.node.erasure.rules import ErasureRules
from portability.node.erasure.service import ErasuresService
from portability.node.erasure.signing import ErasureVoice
from portability.node.foundation import Foundation


def build_eraser(
    foundation: Foundation,
    *,
    journal: ErasureJournal,
    forgetting: ForgettingKey | None,
    rules: ErasureRules,
    file: Path | None = None,
) -> Eraser:
    """``file`` is that of an embedded database."""
    return Eraser(
        database=foundation.database,
        sequencer=foundation.sequencer,
        journal=journal,
        forgetting=forgetting,
        voice=ErasureVoice(
            jurisdiction=foundation.jurisdiction,
            node_key=foundation.node_key,
            randomness=foundation.world.randomness,
        ),
        rules=rules,
        clock=foundation.world.clock,
        randomness=foundation.world.randomness,
        fault=foundation.world.fault,
        file=file,
        wake_outbox=foundation.wake_outbox,
    )


def build_erasure_notices(
    foundation: Foundation, eraser: Eraser, rules: ErasureRules
) -> ErasureNotices:
    return ErasureNotices(
        voice=eraser.voice,
        rules=rules,
        ask_to_settle=eraser.ask_to_settle,
        wake_outbox=foundation.wake_outbox,
    )


def build_erasures_service(
    foundation: Foundation, eraser: Eraser, notices: ErasureNotices
) -> ErasuresService:
    return ErasuresService(
        database=foundation.database,
        eraser=eraser,
        holds=Holds(
            database=foundation.database,
            sequencer=foundation.sequencer,
            voice=eraser.voice,
            randomness=foundation.world.randomness,
            after_lift=notices.look_after_lift,
        ),
        requests=ErasureRequests(
            database=foundation.database,
            sequencer=foundation.sequencer,
            voice=eraser.voice,
            randomness=foundation.world.randomness,
        ),
        clock=foundation.world.clock,
    )
