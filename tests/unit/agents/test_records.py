"""Submitting records to nodes that tell the truth, lie, stall and break off."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import grpc
import pytest

from agents.agency.csv_import import read_csv
from agents.agency.importing import OnError, import_periods, select_own
from agents.agency.office import Office
from agents.agency.records import Submitted, sign_rows, submit_rows, without_known
from agents.profile import Connection
from agents.session import Session
from agents.surroundings import Surroundings
from portability.errors import (
    InvalidInputError,
    OverloadedError,
    PeerUnavailableError,
    PortabilityError,
    ProofError,
)
from portability.v1 import records_service_pb2 as pb
from portability.v1 import records_service_pb2_grpc as services
from portability.wire.envelope import envelope_from_pb
from tests.unit.agents.rosa_case import CNAV, EXAMPLES, KEYS, NOW, ROSA, Log, make_directory

Change = Callable[[pb.SubmitRecordsResponse], None]
PERSON = ROSA["FR"]


@dataclass
class Node(services.RecordsServiceServicer):
    """A node of France in memory, which answers as ``change`` has it after telling the truth."""

    change: Change = lambda _answer: None
    break_after: list[int] = field(default_factory=list)
    refuse: frozenset[int] = frozenset()
    log: Log = field(default_factory=lambda: Log("FR"))
    held: dict[bytes, int] = field(default_factory=dict)
    batches: int = 0

    def SubmitRecords(  # noqa: N802  # the name in the contract
        self, requests: Iterator[pb.SubmitRecordsRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.SubmitRecordsResponse]:
        for answered, request in enumerate(requests):
            if self.break_after and answered == self.break_after[0]:
                self.break_after.pop(0)
                context.abort(grpc.StatusCode.UNAVAILABLE, "going away")
            self.batches += 1
            answer = self.take(request)
            self.change(answer)
            yield answer

    def take(self, request: pb.SubmitRecordsRequest) -> pb.SubmitRecordsResponse:
        answer = pb.SubmitRecordsResponse()
        good = []
        for position, one in enumerate(request.submissions):
            if position in self.refuse:
                answer.refusals.add(position=position, reason="INVALID_INPUT", message="no good")
            else:
                good.append(one)
        if answer.refusals and not request.keep_good:
            return answer
        places = [self.append(one) for one in good]
        for at in places:
            proof = self.log.proof(at)
            answer.acknowledgements.add(
                leaf_index=at,
                log_entry=self.log.leaves[at],
                inclusion_proof=b"".join(proof.proof),
            )
        answer.checkpoint = self.log.checkpoint() if places else b""
        return answer

    def append(self, one: pb.RecordSubmission) -> int:
        envelope = envelope_from_pb(one.envelope)
        known = hashlib.sha256(envelope.payload).digest()
        if known not in self.held:
            self.held[known] = self.log.append(envelope, KEYS["cnav"].key_id)
        return self.held[known]


@contextmanager
def office_at(node: services.RecordsServiceServicer) -> Iterator[Office]:
    """An office of CNAV that talks to a node in this process."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    services.add_RecordsServiceServicer_to_server(node, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    here = Path(__file__)
    connection = Connection(
        endpoint=f"127.0.0.1:{port}",
        jurisdiction="FR",
        server_name="fr.node.portability.internal",
        ca=here,
        certificate=here,
        key=here,
    )
    numbers = count(1)
    outside = Surroundings(
        now=lambda: NOW,
        randomness=lambda size: hashlib.shake_256(str(next(numbers)).encode()).digest(size),
        sleep=lambda _seconds: None,
    )
    with Session(grpc.insecure_channel(connection.endpoint), connection, outside) as session:
        yield Office(
            session=session,
            party=CNAV,
            signer=KEYS["cnav"],
            directory=make_directory(),
            root_keys=(),
            threshold=1,
            outside=outside,
            may_sign=True,
        )
    server.stop(None)


def submit(node: Node, *, keep_good: bool = False, copies: int = 1) -> Submitted:
    rows = read_csv((EXAMPLES / "rosa/rosa-fr.csv").read_bytes(), "csv", "FR").rows * copies
    with office_at(node) as office:
        return submit_rows(office, PERSON, sign_rows(office, PERSON, rows), keep_good=keep_good)


def test_each_record_is_shown_to_be_in_the_log() -> None:
    submitted = submit(Node())
    assert [row.place for row in submitted.accepted] == [f"row {n}" for n in range(2, 7)]
    assert [(row.index, row.tree_size) for row in submitted.accepted] == [(n, 5) for n in range(5)]


def test_many_batches_flow_and_a_broken_stream_is_taken_up_after_the_last_answer() -> None:
    node = Node(break_after=[1, 0])
    submitted = submit(node, copies=300)
    assert len(submitted.accepted) == 1500
    assert len(node.log.leaves) == 1500
    assert node.batches == 3


def test_a_node_that_keeps_breaking_off_is_given_up_with_a_clear_sentence() -> None:
    with pytest.raises(PeerUnavailableError, match=r"FR's node at .* cannot be reached"):
        submit(Node(break_after=[0] * 20))


def other_leaf(answer: pb.SubmitRecordsResponse) -> None:
    first, second = answer.acknowledgements[0], answer.acknowledgements[1]
    first.log_entry, first.leaf_index = second.log_entry, second.leaf_index
    first.inclusion_proof = second.inclusion_proof


def other_index(answer: pb.SubmitRecordsResponse) -> None:
    answer.acknowledgements[0].leaf_index = 3


def short_proof(answer: pb.SubmitRecordsResponse) -> None:
    answer.acknowledgements[0].inclusion_proof = answer.acknowledgements[0].inclusion_proof[32:]


def odd_proof(answer: pb.SubmitRecordsResponse) -> None:
    answer.acknowledgements[0].inclusion_proof += b"x"


def one_too_few(answer: pb.SubmitRecordsResponse) -> None:
    del answer.acknowledgements[0]


def strange_refusal(answer: pb.SubmitRecordsResponse) -> None:
    answer.refusals.add(position=99)


def other_log(answer: pb.SubmitRecordsResponse) -> None:
    log = Log("ES", leaves=[b"leaf"])
    answer.checkpoint = log.checkpoint()


def older_tree(answer: pb.SubmitRecordsResponse) -> None:
    log = Log("FR", leaves=[b"leaf"])
    answer.checkpoint = log.checkpoint()


@pytest.mark.parametrize(
    "lie",
    [
        other_leaf,
        other_index,
        short_proof,
        odd_proof,
        one_too_few,
        strange_refusal,
        other_log,
        older_tree,
    ],
)
def test_a_node_that_lies_is_not_believed(lie: Change) -> None:
    with pytest.raises((ProofError, InvalidInputError)):
        submit(Node(change=lie))


def test_refused_rows_are_named_and_the_good_ones_kept() -> None:
    submitted = submit(Node(refuse=frozenset({1, 3})), keep_good=True)
    assert [row.place for row in submitted.refused] == ["row 3", "row 5"]
    assert [row.place for row in submitted.accepted] == ["row 2", "row 4", "row 6"]


def test_one_bad_row_refuses_its_batch_if_the_officer_chose_so() -> None:
    submitted = submit(Node(refuse=frozenset({1})))
    assert submitted.accepted == ()
    assert [row.place for row in submitted.refused] == ["row 3"]


class Refusing(services.RecordsServiceServicer):
    """A node that answers nothing but a code."""

    def __init__(self, code: grpc.StatusCode) -> None:
        self.code = code

    def SubmitRecords(  # noqa: N802
        self, requests: Iterator[pb.SubmitRecordsRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.SubmitRecordsResponse]:
        context.abort(self.code, "\x1b[31mValueError: national number 85073003328\x1b[0m")
        yield from ()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.RESOURCE_EXHAUSTED, OverloadedError),
        (grpc.StatusCode.DEADLINE_EXCEEDED, PeerUnavailableError),
        (grpc.StatusCode.UNKNOWN, PortabilityError),
        (grpc.StatusCode.OUT_OF_RANGE, PortabilityError),
    ],
)
def test_words_that_are_not_an_answer_of_ours_are_never_passed_on(
    code: grpc.StatusCode, kind: type[PortabilityError]
) -> None:
    rows = read_csv((EXAMPLES / "rosa/rosa-fr.csv").read_bytes(), "csv", "FR").rows
    with office_at(Refusing(code)) as office:
        signed = sign_rows(office, PERSON, rows)
        with pytest.raises(kind) as raised:
            submit_rows(office, PERSON, signed)
    assert "85073003328" not in raised.value.message


def test_rows_of_other_countries_are_left_to_their_own_institutions() -> None:
    rows = read_csv((EXAMPLES / "rosa/rosa-es.csv").read_bytes(), "csv", "ES")
    with office_at(Node()) as office:
        own = select_own(rows, office)
    assert own.rows == ()
    assert {finding.code for finding in own.findings} == {"other-jurisdiction"}


def test_a_file_with_a_bad_row_is_not_used_at_all_unless_the_officer_says_so() -> None:
    source = (EXAMPLES / "rosa/rosa-fr.csv").read_bytes() + b"99,,,,,,,,,,,,,\n"
    imported = read_csv(source, "csv", "FR")
    node = Node()
    with office_at(node) as office:
        with pytest.raises(InvalidInputError, match="row 7"):
            import_periods(office, imported, person=PERSON, on_error=OnError.REFUSE, again=True)
        assert node.batches == 0
        outcome = import_periods(
            office, imported, person=PERSON, on_error=OnError.KEEP_GOOD, again=True
        )
    assert len(outcome.submitted.accepted) == 5


def test_what_a_record_says_already_is_not_new() -> None:
    rows = read_csv((EXAMPLES / "rosa/rosa-fr.csv").read_bytes(), "csv", "FR").rows
    new, repeated = without_known(rows, ())
    assert (len(new), repeated) == (5, [])
