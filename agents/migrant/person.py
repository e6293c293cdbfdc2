"""What a person does at their home node: enrol a key, see, allow, withdraw; in one place."""

from agents.migrant.home import (
    ENROL_PREFIX,
    PAGE_SIZE,
    SESSION_PREFIX,
    Admitted,
    Home,
    SignedIn,
    enrol,
    enrol_key,
    open_home,
    sign_in,
    sign_in_with,
)
from agents.migrant.own_consents import (
    CHECK_CODE_CHARACTERS,
    Drafted,
    Pending,
    check_code,
    check_code_of,
    check_draft,
    draft_consent,
    find_request,
    give_consent,
    list_requests,
    withdraw,
)
from agents.migrant.own_erasures import ask_erasure, show_erasure
from agents.migrant.own_receipts import SeenReceipt, list_receipts
from agents.migrant.own_records import OwnRecord, find_record, list_history

__all__ = [
    "CHECK_CODE_CHARACTERS",
    "ENROL_PREFIX",
    "PAGE_SIZE",
    "SESSION_PREFIX",
    "Admitted",
    "Drafted",
    "Home",
    "OwnRecord",
    "Pending",
    "SeenReceipt",
    "SignedIn",
    "ask_erasure",
    "check_code",
    "check_code_of",
    "check_draft",
    "draft_consent",
    "enrol",
    "enrol_key",
    "find_record",
    "find_request",
    "give_consent",
    "list_history",
    "list_receipts",
    "list_requests",
    "open_home",
    "show_erasure",
    "sign_in",
    "sign_in_with",
    "withdraw",
]
