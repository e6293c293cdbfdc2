"""
Who may make which call. What is not in the table may not be called by anybody.

``OWN`` are callers of this node's jurisdiction, ``PEERS`` those of other member jurisdictions. The
table is about roles only: whether a caller may see a particular case or record is decided by the
service, which answers alike for "not yours" and "not there".
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from portability.errors import ForbiddenError
from portability.federation.identity import Identity, Role

_NOBODY: Final[frozenset[Role]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The roles that may call, by whether the caller is of this jurisdiction or of a peer's."""

    own: frozenset[Role] = _NOBODY
    peers: frozenset[Role] = _NOBODY


def _own(*roles: Role) -> Rule:
    return Rule(own=frozenset(roles))


_EVERYBODY: Final = frozenset(Role)
_AGENCY: Final = _own(Role.AGENCY)
_PORTAL: Final = _own(Role.PORTAL)
_OPERATOR: Final = _own(Role.OPERATOR, Role.NODE)  # who has a node's certificate has its keys
_PEER_NODE: Final = Rule(peers=frozenset({Role.NODE}))
_PUBLIC: Final = Rule(own=_EVERYBODY, peers=_EVERYBODY)  # says nothing about any person
_ANYBODY_HERE: Final = Rule(own=_EVERYBODY, peers=frozenset({Role.NODE}))

_RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "portability.v1.RecordsService": {
        "SubmitRecord": _AGENCY,
        "SubmitRecords": _AGENCY,
        "PreviewCorrection": _AGENCY,
        "GetRecord": _AGENCY,
        "ListRecords": _AGENCY,
    },
    "portability.v1.PersonsService": {
        "CreatePerson": _AGENCY,
        "AssessIdentity": _AGENCY,
        "LookupPerson": _AGENCY,
        "CreatePairwiseReference": _AGENCY,
        "AcceptPairwiseReference": _AGENCY,
        "CreateEnrolmentCode": _AGENCY,
        "EnrolKey": _PORTAL,
        "CreateChallenge": _PORTAL,
        "CreateSession": _PORTAL,
        "EndSession": _PORTAL,
        "ListOwnRecords": _PORTAL,
        "ListOwnReceipts": _PORTAL,
        "ListOwnAccesses": _PORTAL,
        "ExportOwnData": _PORTAL,
    },
    "portability.v1.KeysService": {
        "CreatePasskeyOptions": _PORTAL,
        "EnrolPasskey": _PORTAL,
        "PrepareKeyAddition": _PORTAL,
        "PrepareKeyRemoval": _PORTAL,
        "RecordKeyAct": _PORTAL,
        "ListOwnKeys": _PORTAL,
        "RevokeKeys": _AGENCY,
    },
    "portability.v1.ConsentsService": {
        "RegisterPurposeTemplate": _own(Role.AGENCY, Role.OPERATOR),
        "CreateConsentRequest": _AGENCY,
        "ListConsentRequests": _PORTAL,
        "PrepareConsent": _PORTAL,
        "PrepareWithdrawal": _PORTAL,
        "PrepareConsentAct": _PORTAL,
        "RecordConsentAct": _PORTAL,
        "ListOwnConsents": _PORTAL,
        "GetConsentState": _own(Role.AGENCY, Role.PORTAL),
        "GiveUpConsent": _AGENCY,
        "ExportConsent": _own(Role.AGENCY, Role.PORTAL, Role.AUDITOR),
    },
    "portability.v1.CounterService": {
        "EnrolAssistant": _AGENCY,
        "RevokeAssistant": _AGENCY,
        "ListPersonRequests": _AGENCY,
        "PrepareAssistedConsent": _AGENCY,
        "RecordAssistedConsent": _AGENCY,
        "CreateDeviceCode": _AGENCY,
        "CreateConfirmationCode": _AGENCY,
        "ConfirmConsent": _own(Role.AGENCY, Role.PORTAL),
        "CreateWithdrawalCode": _own(Role.AGENCY, Role.PORTAL),
        "WithdrawConsents": _own(Role.AGENCY, Role.PORTAL),
        "InvalidateConsents": _AGENCY,
        "ReportAssistants": _own(Role.AUDITOR),
    },
    "portability.v1.ErasuresService": {
        "ErasePerson": _AGENCY,
        "GetErasure": _own(Role.AGENCY, Role.PORTAL, Role.AUDITOR, Role.OMBUDSPERSON),
        "RequestErasure": _PORTAL,
        "ListErasureRequests": _AGENCY,
        "PlaceLegalHold": _AGENCY,
        "LiftLegalHold": _AGENCY,
        "ListLegalHolds": _own(Role.AGENCY, Role.AUDITOR, Role.OMBUDSPERSON),
    },
    "portability.v1.ComplaintsService": {
        "FileComplaint": _own(Role.PORTAL, Role.AGENCY, Role.OMBUDSPERSON),
        "EscalateComplaint": _own(Role.PORTAL, Role.AGENCY, Role.OMBUDSPERSON),
        "AnswerComplaint": _own(Role.AGENCY, Role.OMBUDSPERSON),
        "ListOwnComplaints": _PORTAL,
        "ListComplaints": _own(Role.AGENCY, Role.OMBUDSPERSON),
        "GetComplaintProgress": _PORTAL,
    },
    "portability.v1.OwnCasesService": {
        "ListOwnCases": _PORTAL,
    },
    "portability.v1.RecognitionService": {
        "OpenCase": _AGENCY,
        "GetCase": _AGENCY,
        "ListCases": _AGENCY,
        "ListCaseStatements": _AGENCY,
        "PrepareDetermination": _AGENCY,
        "SubmitStatement": _AGENCY,
        "GetHeldSummary": _own(Role.AGENCY, Role.AUDITOR, Role.OMBUDSPERSON),
    },
    "portability.v1.ObjectionsService": {
        "PrepareObjection": _PORTAL,
        "RecordObjection": _PORTAL,
        "PrepareRecordObjection": _PORTAL,
        "SubmitRecordObjection": _PORTAL,
        "PrepareClaimWithdrawal": _PORTAL,
        "RecordClaimWithdrawal": _PORTAL,
    },
    "portability.v1.NoticesService": {
        "ListNotices": _AGENCY,
        "ListOwnNotices": _PORTAL,
    },
    "portability.v1.AgreementsService": {
        "ListAgreements": _own(*Role),
        "SignAgreement": _OPERATOR,
    },
    "portability.v1.SettlementService": {
        "PrepareClaim": _AGENCY,
        "SubmitSettlementStatement": _AGENCY,
        "ListSettlementAccounts": _AGENCY,
        "ListSettlementStatements": _AGENCY,
    },
    "portability.v1.FederationService": {
        "DeliverStatements": _PEER_NODE,
        "StageExhibits": _PEER_NODE,
        "FetchConsentStatus": _PEER_NODE,
        "GetDeliveryPosition": _PEER_NODE,
        "RecallStatements": _PEER_NODE,
        "CosignCheckpoint": _PEER_NODE,
        "Ping": _PEER_NODE,
    },
    "portability.v1.IdentitiesService": {
        "ListIdentityQuestions": _AGENCY,
        "ResolveIdentity": _AGENCY,
    },
    "portability.v1.OperatorService": {
        "GetNodeState": _OPERATOR,
        "BeginMaintenance": _OPERATOR,
        "EndMaintenance": _OPERATOR,
        "ListSetAside": _OPERATOR,
        "ReplaySetAside": _OPERATOR,
    },
    "portability.v1.AuditService": {
        "GetCheckpoint": _PUBLIC,
        "GetInclusionProof": _PUBLIC,
        "GetConsistencyProof": _PUBLIC,
        "GetWitnessedCheckpoint": _PUBLIC,
        "GetLogFile": _PUBLIC,
        "ListLogEntries": _PUBLIC,
        "ListPublishedCheckpoints": _PUBLIC,
        "ListReceipts": _own(Role.AUDITOR, Role.OMBUDSPERSON),
        "ExportCase": _own(Role.AGENCY, Role.AUDITOR, Role.OMBUDSPERSON),
        "OpenAccess": _own(Role.OMBUDSPERSON),
        "ExportPerson": _own(Role.AUDITOR, Role.OMBUDSPERSON),
    },
    "grpc.health.v1.Health": {
        "Check": _ANYBODY_HERE,
        "List": _ANYBODY_HERE,
        "Watch": _ANYBODY_HERE,
    },
    "grpc.reflection.v1alpha.ServerReflection": {
        "ServerReflectionInfo": _own(*Role),
    },
}

RULES: Final[Mapping[str, Rule]] = {
    f"/{service}/{call}": rule for service, calls in _RULES.items() for call, rule in calls.items()
}
"""By the name under which gRPC knows a method: ``/package.Service/Call``."""


def authorize(
    caller: Identity,
    method: str,
    *,
    jurisdiction: str,
    members: Callable[[], Collection[str]],
    rules: Mapping[str, Rule] = RULES,
) -> None:
    """
    Raises ForbiddenError unless the caller's role may make this call at this node.

    ``members`` gives the jurisdictions of the federation; it is asked about peers only.
    """
    rule = rules.get(method)
    if rule is None:
        raise ForbiddenError(f"nobody may call {method} at this node", method=method)
    if caller.jurisdiction == jurisdiction:
        allowed = rule.own
    else:
        allowed = rule.peers if caller.jurisdiction in members() else _NOBODY
    if caller.role not in allowed:
        raise ForbiddenError(
            f"the role {caller.role} of {caller.jurisdiction} may not call {method} at the node "
            f"of {jurisdiction}; ask the node of your own jurisdiction, or use the certificate of "
            "a role that may",
            method=method,
            role=caller.role.value,
            jurisdiction=caller.jurisdiction,
        )
