"""
Who may make each call, as the contract, the README and the design say it; not as the node does.

``agency``, ``portal``, ``auditor``, ``ombudsperson``, ``operator`` and ``node`` are of the
jurisdiction of the node that is called, ``peer-node`` is the node of a member that takes part in
the case, ``other-node`` that of one that does not. Nobody else of another jurisdiction may call
anything but what the log shows to everybody.
"""

from typing import Final

OWN: Final = ("agency", "portal", "auditor", "ombudsperson", "operator", "node")
PEERS: Final = tuple(f"peer-{role}" for role in OWN)
EVERYBODY: Final = frozenset((*OWN, *PEERS, "other-node"))

_WORDS: Final = {
    "everybody": EVERYBODY,
    "everybody-here": frozenset(OWN),
    "peer-node": frozenset({"peer-node", "other-node"}),
    "keeper": frozenset({"operator", "node"}),  # whoever has a node's certificate has its keys
}

_TABLE: Final = """
AgreementsService     ListAgreements everybody-here; SignAgreement keeper
AuditService          GetCheckpoint everybody; GetInclusionProof everybody
AuditService          GetConsistencyProof everybody; GetWitnessedCheckpoint everybody
AuditService          GetLogFile everybody; ListPublishedCheckpoints everybody
AuditService          ListLogEntries everybody; ListReceipts auditor ombudsperson
AuditService          ExportCase agency auditor ombudsperson; OpenAccess ombudsperson
AuditService          ExportPerson auditor ombudsperson
ComplaintsService     FileComplaint portal agency ombudsperson
ComplaintsService     EscalateComplaint portal agency ombudsperson
ComplaintsService     AnswerComplaint agency ombudsperson; ListOwnComplaints portal
ComplaintsService     ListComplaints agency ombudsperson; GetComplaintProgress portal
ConsentsService       RegisterPurposeTemplate agency operator; CreateConsentRequest agency
ConsentsService       ListConsentRequests portal; PrepareConsent portal; PrepareWithdrawal portal
ConsentsService       PrepareConsentAct portal; RecordConsentAct portal; ListOwnConsents portal
ConsentsService       GetConsentState agency portal; GiveUpConsent agency
ConsentsService       ExportConsent agency portal auditor
CounterService        EnrolAssistant agency; RevokeAssistant agency; ListPersonRequests agency
CounterService        PrepareAssistedConsent agency; RecordAssistedConsent agency
CounterService        CreateDeviceCode agency; CreateConfirmationCode agency
CounterService        ConfirmConsent agency portal; CreateWithdrawalCode agency portal
CounterService        WithdrawConsents agency portal; InvalidateConsents agency
CounterService        ReportAssistants auditor
ErasuresService       ErasePerson agency; GetErasure agency portal auditor ombudsperson
ErasuresService       RequestErasure portal; ListErasureRequests agency; PlaceLegalHold agency
ErasuresService       LiftLegalHold agency; ListLegalHolds agency auditor ombudsperson
FederationService     DeliverStatements peer-node; StageExhibits peer-node
FederationService     FetchConsentStatus peer-node; GetDeliveryPosition peer-node
FederationService     RecallStatements peer-node; CosignCheckpoint peer-node; Ping peer-node
IdentitiesService     ListIdentityQuestions agency; ResolveIdentity agency
KeysService           CreatePasskeyOptions portal; EnrolPasskey portal; PrepareKeyAddition portal
KeysService           PrepareKeyRemoval portal; RecordKeyAct portal; ListOwnKeys portal
KeysService           RevokeKeys agency
NoticesService        ListNotices agency; ListOwnNotices portal
ObjectionsService     PrepareObjection portal; RecordObjection portal
ObjectionsService     PrepareRecordObjection portal; SubmitRecordObjection portal
ObjectionsService     PrepareClaimWithdrawal portal; RecordClaimWithdrawal portal
OperatorService       GetNodeState keeper; BeginMaintenance keeper; EndMaintenance keeper
OperatorService       ListSetAside keeper; ReplaySetAside keeper
OwnCasesService       ListOwnCases portal
PersonsService        CreatePerson agency; AssessIdentity agency; LookupPerson agency
PersonsService        CreatePairwiseReference agency; AcceptPairwiseReference agency
PersonsService        CreateEnrolmentCode agency; EnrolKey portal; CreateChallenge portal
PersonsService        CreateSession portal; EndSession portal; ListOwnRecords portal
PersonsService        ListOwnReceipts portal; ListOwnAccesses portal; ExportOwnData portal
RecognitionService    OpenCase agency; GetCase agency; ListCases agency
RecognitionService    ListCaseStatements agency; PrepareDetermination agency
RecognitionService    SubmitStatement agency; GetHeldSummary agency auditor ombudsperson
RecordsService        SubmitRecord agency; SubmitRecords agency; PreviewCorrection agency
RecordsService        GetRecord agency; ListRecords agency
SettlementService     PrepareClaim agency; SubmitSettlementStatement agency
SettlementService     ListSettlementAccounts agency; ListSettlementStatements agency
Health                Check everybody-here peer-node; List everybody-here peer-node
Health                Watch everybody-here peer-node
ServerReflection      ServerReflectionInfo everybody-here
"""


def _read() -> dict[str, frozenset[str]]:
    found = {}
    for line in _TABLE.strip().splitlines():
        service, rest = line.split(maxsplit=1)
        for call in rest.split(";"):
            name, *words = call.split()
            roles = (_WORDS.get(word, frozenset({word})) for word in words)
            found[f"{service}.{name}"] = frozenset[str]().union(*roles)
    return found


MAY_CALL: Final = _read()
"""By ``Service.Method`` the callers who may."""
