"""Every synchronous example of the contract, sent to the real server: what comes back has the documented shape.

Beyond the shape, the offers are those of the examples, so an answer equals its example but for what is named here.
"""

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from offers.domain.payments import annuity
from tests import factories
from tests.server import contract, serving
from tests.server.examples import example, rows
from tests.server.serving import Server

README = serving.ROOT / "README.md"


def send(server: Server, message: dict[str, Any], *, search_id: str | None = None) -> httpx.Response:
    asked = message["request"] | ({"search_id": search_id} if search_id else {})
    with server.client() as client:
        return client.post(serving.PATH, content=json.dumps(asked, default=float))


def answered(server: Server, message: dict[str, Any]) -> Any:
    """The answer to the example's request under an id of its own, since an answer is remembered."""
    search_id = str(uuid4())
    response = send(server, message, search_id=search_id)
    assert response.status_code == message["status"]
    assert response.headers["Content-Type"] == "application/json"
    answer = contract.loads(response.content)
    contract.check_answer(answer)
    assert answer["search_id"] == search_id
    return answer


def stated(message: dict[str, Any], answer: Any, *, payments: list[tuple[str, int]]) -> Any:
    """The example's answer with what we answer otherwise: a number for the smallest amount, the payment worked out for
    `payments` (amount and term), and no full approval by the catalogue alone."""
    expected = message["response"] | {"search_id": answer["search_id"]}
    for offer, (amount, term) in zip(expected["data"], payments, strict=True):
        rates = offer["rate"]["min"], offer["rate"]["max"]
        least, most = (annuity(Decimal(amount), rate, term) for rate in rates)
        offer["amount"]["min"] = offer["amount"]["min"] or Decimal(100_000)
        offer["payment"] = {"min": least, "max": most}
        offer["decision"] = "pre_approved"
    return expected


def test_loan_approved(server: Server) -> None:
    message = example("loan_approved")
    server.publish(*rows(message["response"]))

    answer = answered(server, message)

    assert answer == stated(message, answer, payments=[("500000", 36)])


def test_card_approved(server: Server) -> None:
    message = example("card_approved")
    server.publish(*rows(message["response"]))

    answer = answered(server, message)

    assert answer == message["response"] | {"search_id": answer["search_id"]}


def test_several_approved(server: Server) -> None:
    """Who asks for 500 000 is also shown what begins at 600 000.01, with the payment of that."""
    message = example("several_approved")
    first, second = rows(message["response"])
    second.shown_amount_min = Decimal(500_000)
    server.publish(first, second)

    answer = answered(server, message)

    assert answer == stated(message, answer, payments=[("500000", 36), ("600000.01", 36)])


def test_rejected(server: Server) -> None:
    message = example("rejected")
    server.publish(factories.LoanFactory.build(amount_max=Decimal("499999.99")), factories.CreditCardFactory.build())

    answer = answered(server, message)

    assert answer == message["response"] | {"search_id": answer["search_id"]}


def test_bad_request(server: Server) -> None:
    message = example("bad_request")

    response = send(server, message)

    assert response.status_code == message["status"]
    error = contract.loads(response.content)
    contract.check_error(error, fields=("phone_number", "amount"))
    assert error == message["response"]


def test_not_found(server: Server) -> None:
    message = example("not_found")
    search_id = str(uuid4())  # the example's own may have been asked by now

    response = send(server, message, search_id=search_id)

    assert response.status_code == message["status"]
    error = contract.loads(response.content)
    contract.check_error(error)
    assert error == message["response"] | {"search_id": search_id}


@pytest.mark.parametrize("path", [serving.PATH, "/integrations/v1/api/loan_approval", "/api/banking/loan_approval"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_poll_gives_the_bytes_of_the_answer(path: str, slash: str, server: Server) -> None:
    server.publish(factories.LoanFactory.build())
    asked = serving.question()

    with server.client() as client:
        answer = client.post(path + slash, json=asked)
        polls = [
            client.post(path + slash, json={"search_id": asked["search_id"]}),
            client.get(path + slash, params={"search_id": asked["search_id"]}),
        ]

    contract.check_answer(contract.loads(answer.content))
    assert [(poll.status_code, poll.content) for poll in polls] == [(200, answer.content)] * 2


def test_the_curl_of_the_readme(server: Server, tmp_path: Path) -> None:
    """As pasted; whether it takes address and token from the environment or from the file that the demo writes."""
    server.publish(factories.LoanFactory.build(), factories.CreditCardFactory.build())
    values = {"BASE_URL": f"{server.url}/integrations", "TOKEN": server.token}
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "demo.env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    blocks = [block.partition("```")[0] for block in README.read_text().split("```sh\n")[1:]]
    block = next(block for block in blocks if "curl" in block)

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        env=values | {"PATH": "/usr/local/bin:/usr/bin:/bin", "NO_PROXY": "*"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr.decode()
    contract.check_answer(contract.loads(ran.stdout[ran.stdout.index(b"{") :]))
