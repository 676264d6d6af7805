"""People as Yandex brings them: at a steady rate, or so many at a time who ask again while their answer is pending.

A process of its own, on one asyncio loop and kept connections. Prints a Told as JSON.
"""

import argparse
import asyncio
import json
import random
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any, Final

PATH: Final = "/integrations/api/banking/loan_approval"
AGAIN: Final = 2.0  # seconds until a pending question is asked again
CONNECTIONS: Final = 16  # for those who come at a steady rate
PATIENCE: Final = 30.0


@dataclass(slots=True)
class Told:
    """`waits_ms`: of each first answer, from the moment at which it was to be asked."""

    waits_ms: list[float] = field(default_factory=list)
    done: int = 0
    pending: int = 0  # first answers that were
    wrong: list[str] = field(default_factory=list)


class Line:
    """A kept connection, on which one question is under way at a time."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Length: "
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        reader, writer = self.streams = self.streams or await asyncio.open_connection("127.0.0.1", self.port)
        body = json.dumps(question)
        writer.write(f"{self.head}{len(body)}\r\n\r\n{body}".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        answer = json.loads(await reader.readexactly(length))
        if not head.startswith("http/1.1 200 "):
            raise ValueError(f"{head.split(maxsplit=2)[1]}: {answer}")
        return dict(answer)


def question(product: str) -> dict[str, Any]:
    asked = {"phone_number": f"9{random.randrange(10**9):09}", "product_type": product}  # noqa: S311
    return asked | {"amount": 700_000 if product == "loan" else 100_000, "term": 36, "search_id": str(uuid.uuid4())}


async def steadily(port: int, token: str, rate: float, seconds: float) -> Told:
    """Cards, each asked at its moment, whether those before were answered or not."""
    told, lines = Told(), asyncio.Queue[Line]()
    for _ in range(CONNECTIONS):
        lines.put_nowait(Line(port, token))
    start = time.perf_counter()

    async def one(moment: float) -> None:
        await asyncio.sleep(moment - time.perf_counter())
        line = await lines.get()
        try:
            answer = await line.ask(question("credit_card"))
        finally:
            lines.put_nowait(line)
        told.waits_ms.append((time.perf_counter() - moment) * 1000)
        told.done += 1
        if answer.get("decision") != "has_approve":
            told.wrong.append(json.dumps(answer)[:200])

    await asyncio.gather(*(one(start + number / rate) for number in range(int(rate * seconds))))
    return told


async def at_a_time(port: int, token: str, people: int, seconds: float) -> Told:
    """Loans: whoever has the answer makes room for the next."""
    told = Told()
    until = time.perf_counter() + seconds

    async def place(number: int) -> None:
        line = Line(port, token)
        await asyncio.sleep(number / people)
        while time.perf_counter() < until:
            asked, moment = question("loan"), time.perf_counter()
            answer = await line.ask(asked)
            told.waits_ms.append((time.perf_counter() - moment) * 1000)
            told.pending += answer["status"] == "pending"
            while answer["status"] == "pending" and time.perf_counter() < until:
                await asyncio.sleep(AGAIN)
                answer = await line.ask({"search_id": asked["search_id"]})
            told.done += answer["status"] == "done"
            if answer["status"] == "done" and answer["decision"] != "has_approve":
                told.wrong.append(json.dumps(answer)[:200])

    await asyncio.gather(*map(place, range(people)))
    return told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--cards-a-second", type=float)
    how.add_argument("--loans-at-a-time", type=int)
    given = parser.parse_args()
    if given.cards_a_second:
        work = steadily(given.port, given.token, given.cards_a_second, given.seconds)
    else:
        work = at_a_time(given.port, given.token, given.loans_at_a_time, given.seconds)
    json.dump(asdict(asyncio.run(asyncio.wait_for(work, given.seconds + PATIENCE))), sys.stdout)


if __name__ == "__main__":
    main()
