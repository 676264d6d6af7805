"""Starlette with msgspec and asyncpg: no more of a framework than routes and a lifespan."""

import time
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.peers import pool, work


class LoanApproval(msgspec.Struct):
    phone_number: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{10}$")]
    product_type: Literal["loan", "credit_card"]
    search_id: UUID
    amount: Decimal | None = None
    term: Annotated[int, msgspec.Meta(ge=1, le=600)] | None = None
    props: list[str] | None = None


decoder = msgspec.json.Decoder(LoanApproval)


async def loan_approval(request: Request) -> Response:
    started = time.monotonic_ns()
    if not work.is_ours(request.headers.get("authorization", "")):
        return Response(b"{}", 403)
    body = await request.body()
    try:
        asked = decoder.decode(body)
    except msgspec.MsgspecError:
        return Response(b"{}", 400)
    if asked.amount is not None and not 0 < asked.amount <= 10**10:
        return Response(b"{}", 400)
    question = work.Question(
        asked.search_id,
        str(asked.search_id),
        asked.phone_number,
        asked.product_type,
        asked.amount,
        asked.term,
        asked.props,
    )
    address = request.client.host if request.client else "0.0.0.0"  # noqa: S104
    answer, row = work.answered(question, body, address, started)
    if not await pool.write(row):
        return Response(b"{}", 503)
    return Response(answer, media_type="application/json")


app = Starlette(routes=[Route(work.PATH, loan_approval, methods=["POST"])], lifespan=pool.opened)
