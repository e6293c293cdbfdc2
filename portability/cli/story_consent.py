"""The demo's third step: Rosa enrols her own key and signs what she allows."""

from dataclasses import dataclass

from agents.agency.consents import Asked, ask_consent, register_template
from agents.agency.persons import accept_reference, create_enrolment_code, create_reference
from agents.migrant.person import (
    Home,
    Pending,
    SignedIn,
    draft_consent,
    enrol,
    give_consent,
    list_requests,
    sign_in,
)
from agents.migrant.words import describe_consent
from portability.cli.stage import FIRST_DAY, Stage, rosas_case, template, template_source
from portability.cli.story_histories import Histories
from portability.cli.telling import Told
from portability.consent.statements import ConsentState
from portability.core.periods import Branch
from portability.errors import ProofError

DAYS = 90
USES = 5
KEY_FILE = "rosa-key.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """Rosa, signed in at her home node, and the consent that she gave."""

    rosa: SignedIn
    consent: bytes


def give(stage: Stage, home: Home, histories: Histories) -> tuple[Consented, Told]:
    """INSS asks; Rosa reads the exact document and signs it with her own key."""
    _introduce(stage, histories)
    rosa = _enrol(stage, home, histories)
    pending = _ask(stage, histories, rosa)
    drafted = draft_consent(rosa, pending)
    consent, state = give_consent(rosa, drafted)
    return Consented(rosa=rosa, consent=consent), Told(
        title="Rosa reads what is asked of her, and signs it with her own key",
        lines=(*describe_consent(drafted.consent), f"check code {drafted.check_code}"),
        facts={"consent": consent.hex(), "check_code": drafted.check_code},
        checks={
            "the document says no more than what was asked, and is logged as she signed it": (
                state is ConsentState.GRANTED
            ),
        },
    )


def _introduce(stage: Stage, histories: Histories) -> None:
    """The two nodes get a name for Rosa that nobody else knows her by."""
    spain, france = histories.persons["ES"], histories.persons["FR"]
    reference = create_reference(stage.inss, spain, stage.cnav.jurisdiction)
    accept_reference(stage.cnav, france, stage.inss.jurisdiction, reference)


def _enrol(stage: Stage, home: Home, histories: Histories) -> SignedIn:
    """At the counter of INSS Rosa gets a code; at home she makes a key and enrols it with that."""
    key_file = stage.layout.root / KEY_FILE
    code = create_enrolment_code(stage.inss, histories.persons["ES"])
    enrol(home, code.code, key_file)
    return sign_in(home, key_file)


def _ask(stage: Stage, histories: Histories, rosa: SignedIn) -> Pending:
    own = stage.inss.jurisdiction
    asked = Asked(
        template=template(),
        template_id=register_template(stage.inss, template_source()),
        reference=create_reference(stage.inss, histories.persons[own], own),
        providers=(stage.cnav.party, stage.inss.party),
        branches=(Branch.OLD_AGE,),
        from_date=FIRST_DAY,
        to_date=rosas_case().award_date,
        days=DAYS,
        max_uses=USES,
    )
    request = ask_consent(stage.inss, asked)
    found = [pending for pending in list_requests(rosa) if pending.id == request]
    if not found:
        raise ProofError("the node does not show Rosa what was asked of her")
    return found[0]
