"""The work itself, in the least code that does it: what the floor, FastAPI's and Starlette's peers have in common.

Offers are taken in the release's order, which in a benchmark is that of the answer too; their JSON is rendered
beforehand but for the payment. Nothing is recalled and no newer release is loaded: that is ours alone.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrations.ids import uuid7
from offers.domain.payments import annuity

FACTS = json.loads(Path(os.environ["BENCH_FACTS"]).read_text())
CLIENT: str = FACTS["client"]
TOKEN_DIGEST = base64.b64decode(FACTS["token_digest"])
PHONE_KEY = base64.b64decode(FACTS["phone_key"])
SEAL = AESGCM(base64.b64decode(FACTS["seal_key"]))
RELEASE: int = FACTS["release"]
PATH = "/integrations/api/banking/loan_approval"

LIMITS = "-c synchronous_commit=on -c statement_timeout=2s -c lock_timeout=500ms"

# One statement, one commit. `$n` is sent once, however often it stands here.
STATEMENT = """
with live as (
    select number from offers_release where holds_from <= statement_timestamp() order by number desc limit 1
), e as (
    insert into integrations_enquiry (id, client, search_id, fields_digest, asked_at, product_type, amount, term,
        phone_hash, phone_mask, decided_at, release, decision, reasons, offered, answer)
    select $1::uuid, $2::varchar, $3::uuid, $4::bytea, $5::timestamptz, $6::varchar, $7::numeric, $8::smallint,
        $9::bytea, $10::varchar, $5::timestamptz, $11::integer, $12::varchar, $13::smallint[], $14::varchar[],
        $15::bytea
    from live where live.number = $11::integer
    on conflict (client, search_id, fields_digest) do nothing
    returning 1)
insert into integrations_journalentry (id, received_at, kind, client, remote_addr, request_id, method, path, status,
    latency_us, search_id, product_type, amount, term, phone_hash, phone_mask, phone_key, decision, release, reasons,
    decided_at, repeated, request_sealed, request_length, seal_key, answer, salt, commitment)
select $1::uuid, $5::timestamptz, 'approval', $2::varchar, $16::inet, $1::uuid, 'POST', $17::varchar, 200,
    $18::integer, $3::uuid, $6::varchar, $7::numeric, $8::smallint, $9::bytea, $10::varchar, $19::varchar,
    $12::varchar, $11::integer, $13::smallint[], $5::timestamptz, false, $20::bytea, $21::integer, $22::varchar,
    $15::bytea, $23::bytea, $24::bytea
from e on conflict do nothing returning id"""


class Terms(NamedTuple):
    """An offer, as much of it as a decision needs."""

    product: str
    amount_min: Decimal
    amount_max: Decimal
    term_min: int
    term_max: int
    rate_min: Decimal
    rate_max: Decimal
    code: str
    before: str
    after: str


class Question(NamedTuple):
    search_id: UUID
    spelling: str
    phone_number: str
    product: str
    amount: Decimal | None
    term: int | None
    props: list[str] | None


def _terms(offer: dict[str, Any]) -> Terms:
    amount, rate = (list(map(Decimal, offer[name])) for name in ("amount", "rate"))
    term = offer["term"] or [0, 0]
    return Terms(
        product=offer["product"],
        amount_min=amount[0],
        amount_max=amount[1],
        term_min=term[0],
        term_max=term[1],
        rate_min=rate[0],
        rate_max=rate[1],
        code=offer["code"],
        before=offer["before"],
        after=offer["after"],
    )


OFFERS = [_terms(offer) for offer in FACTS["offers"]]
MIDDLE = f'","status":"done","name":{json.dumps(FACTS["bank_name"], ensure_ascii=False)},"decision":'


def is_ours(authorization: str) -> bool:
    """Whether the header holds the client's token."""
    scheme, _, token = authorization.partition(" ")
    digest = hashlib.sha256(token.encode()).digest()
    return scheme == "Bearer" and hmac.compare_digest(digest, TOKEN_DIGEST)


def decide(question: Question) -> tuple[list[int], list[str], str]:
    """A reason for every offer (the numbers of offers.domain.decide), the codes offered, and their JSON."""
    product, amount, term = question.product, question.amount, question.term
    reasons, offered, pieces = [], [], []
    for offer in OFFERS:
        if offer.product != product:
            reasons.append(1)
        elif amount is not None and amount < offer.amount_min:
            reasons.append(5)
        elif amount is not None and amount > offer.amount_max:
            reasons.append(6)
        elif term is not None and offer.term_min and term < offer.term_min:
            reasons.append(7)
        elif term is not None and offer.term_min and term > offer.term_max:
            reasons.append(8)
        else:
            reasons.append(0)
            offered.append(offer.code)
            if offer.term_min:
                least = annuity(amount or offer.amount_min, offer.rate_min, term or offer.term_max)
                most = annuity(amount or offer.amount_max, offer.rate_max, term or offer.term_min)
                pieces.append(f'{offer.before}"min":{least},"max":{most}{offer.after}')
            else:
                pieces.append(offer.before + offer.after)
    return reasons, offered, ",".join(pieces)


def answered(question: Question, body: bytes, address: str, started: int) -> tuple[bytes, tuple[Any, ...]]:
    """The answer's bytes and the statement's parameters."""
    now = datetime.now(UTC)
    identity = uuid7(now)
    phone = question.phone_number.encode()
    phone_hash = hmac.digest(PHONE_KEY, phone, "sha256")
    mask = "********" + question.phone_number[-2:]
    fields = json.dumps([question.product, str(question.amount), question.term, question.props])
    reasons, offered, data = decide(question)
    decision = "has_approve" if offered else "rejected"
    shown = f"[{data}]" if offered else "null"
    answer = f'{{"search_id":"{question.spelling}{MIDDLE}"{decision}","data":{shown}}}'.encode()
    nonce, salt = secrets.token_bytes(12), secrets.token_bytes(16)
    sealed = nonce + SEAL.encrypt(nonce, body, identity.bytes)
    parts = [phone_hash, mask.encode(), address.encode(), sealed]
    commitment = hashlib.sha256(salt + b"".join(b"+" + len(part).to_bytes(8, "big") + part for part in parts)).digest()
    return answer, (
        identity,
        CLIENT,
        question.search_id,
        hashlib.sha256(phone_hash + fields.encode()).digest(),
        now,
        question.product,
        question.amount,
        question.term,
        phone_hash,
        mask,
        RELEASE,
        decision,
        reasons,
        offered,
        answer,
        address,
        PATH,
        (time.monotonic_ns() - started) // 1000,
        FACTS["phone_key_id"],
        sealed,
        len(body),
        FACTS["seal_key_id"],
        salt,
        commitment,
    )
