"""A contested decision of a country that then holds no record any more, and what follows of it."""

from portability.recognition.statements import HistoryOutcome, NoticeEffect
from tests.unit.recognition.story import (
    CNAV,
    INSS,
    ZUS,
    countersignature,
    determination,
    in_order,
    notice_answer,
    objection,
    permission_end,
    reconciliation,
    request,
    response,
    story,
)

CLAIM = story(INSS, CNAV, ZUS).claim
ASKED = (
    request(CNAV, claim=CLAIM, permission=bytes([9]) * 32),
    request(ZUS, claim=CLAIM, permission=bytes([4]) * 32),
)
ANSWERS = (response(ASKED[0]), response(ASKED[1], record=2))
FIRST = reconciliation(*in_order(*ANSWERS), claim=CLAIM)
SIGNED = (countersignature(FIRST), countersignature(FIRST, ZUS))
DECIDED = determination(FIRST, ZUS)
AGAINST = objection(DECIDED)
END = permission_end(bytes([4]) * 32, ASKED[1])
GONE = notice_answer(END, INSS, NoticeEffect.ERASED, ceased=(ANSWERS[1],))
ANEW = request(ZUS, claim=CLAIM, salt=3)
NONE = (ANEW, response(ANEW, HistoryOutcome.NONE))
SECOND = reconciliation(
    *in_order(ANSWERS[0], NONE[1]),
    claim=CLAIM,
    digest=6,
    supersedes=FIRST.statement_id,
    not_insured=(ZUS,),
)
OTHERS = (determination(SECOND, INSS), determination(SECOND, CNAV))
BEFORE = (*ASKED, *ANSWERS, FIRST, *SIGNED, DECIDED, AGAINST, END, GONE, *NONE)
AFTER = (*BEFORE, SECOND, countersignature(SECOND), *OTHERS)
