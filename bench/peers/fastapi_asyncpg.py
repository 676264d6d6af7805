"""FastAPI with asyncpg, by one who cares for speed: pydantic reads the bytes, and the answer leaves as bytes."""

import time
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.peers import pool, work

app = FastAPI(lifespan=pool.opened, openapi_url=None)


class LoanApproval(BaseModel):
    model_config = ConfigDict(extra="ignore")

    phone_number: Annotated[str, Field(pattern=r"^[0-9]{10}$")]
    product_type: Literal["loan", "credit_card"]
    search_id: UUID
    amount: Annotated[Decimal, Field(gt=0, le=10**10, decimal_places=2)] | None = None
    term: Annotated[int, Field(ge=1, le=600)] | None = None
    props: list[str] | None = None


@app.post(work.PATH)
async def loan_approval(request: Request) -> Response:
    started = time.monotonic_ns()
    if not work.is_ours(request.headers.get("authorization", "")):
        raise HTTPException(403)
    body = await request.body()
    try:
        asked = LoanApproval.model_validate_json(body)
    except ValidationError as error:
        raise HTTPException(400, str(error)) from None
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
        raise HTTPException(503)
    return Response(answer, media_type="application/json")
