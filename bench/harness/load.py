"""Asks questions over kept connections, as fast as they are answered; run as a process of its own.

As light as Python allows, so as to leave the processors to what is measured: ready-made requests, one epoll loop, and
answers that are looked at when the time is over. Prints a Result as JSON.
"""

import argparse
import json
import random
import select
import socket
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field

PATH = "/integrations/api/banking/loan_approval"
BODY = (
    '{"phone_number":"9%09d","amount":%d.00,"term":%d,"product_type":"loan","search_id":"%s","props":["yandex","web"]}'
)
AMOUNTS = range(600_000, 2_400_000, 1_000)
TERMS = range(12, 61)
# Requests are made before the clock starts: more than any competitor answers in that time.
READY_A_SECOND = 6_000
LAST_ANSWER = 15.0  # Seconds to wait for it.
CHUNK = 65_536


@dataclass(slots=True)
class Result:
    answers: int = 0
    seconds: float = 0.0
    latencies_ms: dict[str, float] = field(default_factory=dict)
    answer_bytes: float = 0.0
    wrong: list[str] = field(default_factory=list)  # a few of what is wrong
    wrong_count: int = 0


@dataclass(slots=True)
class Asked:
    search_id: str
    request: bytes
    at: float = 0.0
    took: float = 0.0
    answer: bytes = b""


class Wrong(Exception):
    """An answer that is not what it should be."""


def make(count: int, token: str, seed: int) -> list[Asked]:
    chance = random.Random(seed)  # noqa: S311  (the same amounts and terms for everybody)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nAccept: */*\r\nContent-Length: "
    )
    asked = []
    for _ in range(count):
        search_id = str(uuid.uuid4())
        body = BODY % (chance.randrange(10**9), chance.choice(AMOUNTS), chance.choice(TERMS), search_id)
        asked.append(Asked(search_id, f"{head}{len(body)}\r\n\r\n{body}".encode()))
    return asked


class Caller:
    """Keeps connections open, with a question under way on each until the time or the questions are over."""

    def __init__(self, port: int, connections: int, questions: list[Asked]) -> None:
        self.questions = iter(questions)
        self.until = 0.0
        self.current: dict[int, Asked] = {}
        self.answered: list[Asked] = []
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        for _ in range(connections):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets[connection.fileno()] = connection
            self.poll.register(connection, select.EPOLLIN)

    def run(self, seconds: float) -> float:
        """Ask for so long; the time until the last answer."""
        start = time.perf_counter()
        self.until = start + seconds
        for descriptor in self.sockets:
            self.ask(descriptor)
        while self.current and (ready := self.poll.poll(LAST_ANSWER)):
            for descriptor, _event in ready:
                self.hear(descriptor)
        took = time.perf_counter() - start
        for question in self.current.values():  # Never answered.
            question.answer = b""
            self.answered.append(question)
        for connection in self.sockets.values():
            connection.close()
        return took

    def ask(self, descriptor: int) -> None:
        now = time.perf_counter()
        question = next(self.questions, None) if now < self.until else None
        if question is None:
            self.current.pop(descriptor, None)
            return
        self.current[descriptor] = question
        question.at = now
        self.sockets[descriptor].sendall(question.request)

    def hear(self, descriptor: int) -> None:
        piece = self.sockets[descriptor].recv(CHUNK)
        question = self.current.get(descriptor)
        if question is None:
            self.poll.unregister(descriptor)
            return
        question.answer += piece
        if not piece or is_whole(question.answer):
            question.took = time.perf_counter() - question.at
            self.answered.append(question)
            self.ask(descriptor)


def is_whole(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    if b"\r\ntransfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    return bool(separator) and len(body) >= content_length(head)


def content_length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def check(question: Asked) -> None:
    head, _, body = question.answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        status, _, _ = head.partition(b"\r\n")
        raise Wrong(f"{status.decode(errors='replace') or 'no answer'} {body[:200].decode(errors='replace')}".strip())
    if len(body) != content_length(head):
        raise Wrong(f"Content-Length is {content_length(head)}, the body has {len(body)} bytes")
    answer = json.loads(body)
    if answer["search_id"] != question.search_id:
        raise Wrong(f"{answer['search_id']} for {question.search_id}")
    if answer["status"] != "done" or answer["decision"] != "has_approve" or not answer["data"]:
        raise Wrong(body.decode())
    for offer in answer["data"]:
        if not 0 < offer["payment"]["min"] <= offer["payment"]["max"]:
            raise Wrong(body.decode())


def summary(answered: list[Asked], took: float) -> Result:
    result = Result(answers=len(answered), seconds=took)
    for question in answered:
        try:
            check(question)
        except (Wrong, ValueError, KeyError, TypeError) as error:
            result.wrong_count += 1
            if len(result.wrong) < 3:  # noqa: PLR2004
                result.wrong.append(str(error) or repr(error))
    times = sorted(question.took * 1000 for question in answered) or [0.0]
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        result.latencies_ms[name] = times[min(int(len(times) * share), len(times) - 1)]
    result.answer_bytes = sum(len(question.answer) for question in answered) / max(len(answered), 1)
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--count", type=int, help="ask so many at most")
    parser.add_argument("--token", required=True)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    questions = make(given.count or int(given.seconds * READY_A_SECOND) + given.connections, given.token, given.seed)
    caller = Caller(given.port, given.connections, questions)
    took = caller.run(given.seconds)
    json.dump(asdict(summary(caller.answered, took)), sys.stdout)


if __name__ == "__main__":
    main()
