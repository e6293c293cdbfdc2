"""How each error of the tree is told over gRPC."""

import pytest
from google.rpc import code_pb2, error_details_pb2, status_pb2

from portability import errors
from portability.errors import PortabilityError
from portability.node.calls.answers import is_internal, reason_of, status_of
from portability.wire.status import ERROR_DOMAIN, error_from_details, errors_by_reason

REQUEST = "3f2c7e0a-9d5b-4c1e-8f6a-0b1c2d3e4f50"

TABLE = {
    errors.InvalidInputError: ("INVALID_ARGUMENT", "BadRequest"),
    errors.RecordRefusedError: ("INVALID_ARGUMENT", "BadRequest"),
    errors.SignatureError: ("INVALID_ARGUMENT", "BadRequest"),
    errors.UnauthenticatedError: ("UNAUTHENTICATED", None),
    errors.ForbiddenError: ("PERMISSION_DENIED", None),
    errors.ConsentError: ("PERMISSION_DENIED", None),
    errors.NotFoundError: ("NOT_FOUND", None),
    errors.RequestIdReusedError: ("ALREADY_EXISTS", None),
    errors.PreconditionError: ("FAILED_PRECONDITION", "PreconditionFailure"),
    errors.ErasedError: ("FAILED_PRECONDITION", "PreconditionFailure"),
    errors.NoAgreementError: ("FAILED_PRECONDITION", "PreconditionFailure"),
    errors.UnsupportedVersionError: ("FAILED_PRECONDITION", "PreconditionFailure"),
    errors.StaleCheckpointError: ("ABORTED", None),
    errors.OverloadedError: ("RESOURCE_EXHAUSTED", "RetryInfo"),
    errors.DeadlineError: ("DEADLINE_EXCEEDED", None),
    errors.PeerUnavailableError: ("UNAVAILABLE", "RetryInfo"),
    errors.MaintenanceError: ("UNAVAILABLE", "RetryInfo"),
    errors.HaltedError: ("UNAVAILABLE", "RetryInfo"),
    errors.StorageError: ("UNAVAILABLE", "RetryInfo"),
    errors.KeyUnavailableError: ("UNAVAILABLE", "RetryInfo"),
    errors.ProofError: ("DATA_LOSS", None),
    errors.ForkError: ("DATA_LOSS", None),
    errors.ConfigurationError: ("INTERNAL", "RequestInfo"),
    errors.PortabilityError: ("INTERNAL", "RequestInfo"),
}


def tree() -> list[type[PortabilityError]]:
    found, pending = [PortabilityError], [PortabilityError]
    while pending:
        children = pending.pop().__subclasses__()
        found += [kind for kind in children if kind.__module__ == "portability.errors"]
        pending += children
    return found


def raised(kind: type[PortabilityError]) -> PortabilityError:
    if kind is errors.ConsentError:
        return errors.ConsentError()
    return kind("the field is wrong; write another", field="start_date")


def details(status: status_pb2.Status) -> list[str]:
    return [detail.TypeName().removeprefix("google.rpc.") for detail in status.details]


def info_of(status: status_pb2.Status) -> error_details_pb2.ErrorInfo:
    info = error_details_pb2.ErrorInfo()
    (found,) = [detail for detail in status.details if detail.Is(info.DESCRIPTOR)]
    found.Unpack(info)
    return info


def test_the_table_of_this_test_has_the_whole_tree() -> None:
    assert set(tree()) == set(TABLE)


def test_each_error_has_a_reason_of_its_own() -> None:
    reasons = [kind.reason for kind in tree()]
    assert len(set(reasons)) == len(reasons)
    assert set(errors_by_reason().values()) >= set(TABLE)


@pytest.mark.parametrize("kind", TABLE)
def test_each_error_has_its_code_and_its_details(kind: type[PortabilityError]) -> None:
    code, detail = TABLE[kind]
    status = status_of(raised(kind), REQUEST)
    assert code_pb2.Code.Name(status.code) == code
    assert details(status) == ["ErrorInfo", *([detail] if detail else [])]
    assert info_of(status).domain == ERROR_DOMAIN


@pytest.mark.parametrize("kind", [kind for kind in TABLE if TABLE[kind][0] != "INTERNAL"])
def test_a_told_error_is_the_same_error_on_the_other_side(kind: type[PortabilityError]) -> None:
    error = raised(kind)
    told = error_from_details(status_of(error, REQUEST).SerializeToString())
    assert type(told) is kind
    assert told is not None
    assert (told.message, told.context) == (error.message, error.context)


def test_a_bad_request_names_the_field() -> None:
    status = status_of(raised(errors.InvalidInputError), REQUEST)
    bad = error_details_pb2.BadRequest()
    status.details[1].Unpack(bad)
    (violation,) = bad.field_violations
    assert (violation.field, violation.reason) == ("start_date", "INVALID_INPUT")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("national id 85073003328 not found"),
        KeyError("Rosa"),
        errors.ConfigurationError("the key file /etc/keys/node.pem is gone"),
        errors.PortabilityError("Rosa"),
        RuntimeError(),
    ],
)
def test_anything_else_is_internal_with_fixed_words(error: Exception) -> None:
    status = status_of(error, REQUEST)
    assert status.message == "internal error"
    assert details(status) == ["ErrorInfo", "RequestInfo"]
    assert info_of(status).metadata == {}
    assert is_internal(error)
    assert reason_of(error) == "INTERNAL"
    request = error_details_pb2.RequestInfo()
    status.details[1].Unpack(request)
    assert request.request_id == REQUEST
    for word in (b"85073003328", b"Rosa", b"node.pem"):
        assert word not in status.SerializeToString()


def test_refusals_for_want_of_a_permission_are_byte_for_byte_alike() -> None:
    one = status_of(errors.ConsentError(), REQUEST)
    other = status_of(errors.ConsentError(), "another request")
    assert one.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True)


@pytest.mark.parametrize("junk", [b"", b"\xff\xff", b"\x08\x03", b"\n\x03abc"])
def test_details_that_are_not_ours_are_no_error_of_ours(junk: bytes) -> None:
    assert error_from_details(junk) is None


def test_details_of_another_domain_are_no_error_of_ours() -> None:
    status = status_pb2.Status(code=code_pb2.INVALID_ARGUMENT, message="x")
    info = error_details_pb2.ErrorInfo(reason="INVALID_INPUT", domain="example.com")
    status.details.add().Pack(info)
    assert error_from_details(status.SerializeToString()) is None


def test_a_reason_of_a_newer_version_is_a_plain_error() -> None:
    status = status_pb2.Status(code=code_pb2.ABORTED, message="m" * 5000)
    info = error_details_pb2.ErrorInfo(
        reason="FROM_THE_FUTURE", domain=ERROR_DOMAIN, metadata={"message": "x", "self": "y"}
    )
    status.details.add().Pack(info)
    error = error_from_details(status.SerializeToString())
    assert type(error) is PortabilityError
    assert len(error.message) == 1000
    assert error.context == {}
