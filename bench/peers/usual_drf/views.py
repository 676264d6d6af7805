"""The usual build: a DRF view by the tutorials.

Serializers in and out, the ORM, the token and the catalogue looked up in the database, a row of each table created in
ATOMIC_REQUESTS. Tables and the privacy of what is stored are ours, so that it writes the same rows.
"""

import base64
import hashlib
import json
import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db.models import F, Q
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.peers.usual_drf.serializers import AnswerSerializer, EnquirySerializer
from integrations import models, privacy
from integrations.ids import uuid7
from offers.models import Bank, Offer, Release

FACTS = json.loads(Path(os.environ["BENCH_FACTS"]).read_text())
SEAL_KEY = base64.b64decode(FACTS["seal_key"])


class LoanApprovalView(APIView):
    def post(self, request: Request) -> Response:
        started, now = time.monotonic_ns(), datetime.now(UTC)
        body = request._request.body  # noqa: SLF001
        asking = EnquirySerializer(data=request.data)
        asking.is_valid(raise_exception=True)
        asked = asking.validated_data
        matching = matches(asked)
        decision = "has_approve" if matching else "rejected"
        bank, release = Bank.objects.get(), Release.objects.only("number").latest("number")
        answer = {
            "search_id": asked["search_id"],
            "status": "done",
            "name": bank.name,
            "decision": decision,
            "data": matching,
        }
        shown = AnswerSerializer(answer, context={"enquiry": asked}).data
        response = Response(shown)
        kept = self.kept_answer(request, response)
        self.write(request, asked, body, kept, matching, release.number, now, started)
        return response

    def kept_answer(self, request: Request, response: Response) -> bytes:
        """The bytes that will leave, rendered ahead of time so that they can be stored."""
        self.finalize_response(request, response)
        response.render()
        return bytes(response.content)

    def write(  # noqa: PLR0917
        self,
        request: Request,
        asked: dict[str, Any],
        body: bytes,
        answer: bytes,
        matching: list[Offer],
        release: int,
        now: datetime,
        started: int,
    ) -> None:
        identity, client = uuid7(now), request.user.client.id  # type: ignore[union-attr]
        phone = asked["phone_number"]
        address = request.META["REMOTE_ADDR"]
        phone_hash, mask = privacy.hash_phone(phone, settings.PHONE_KEY.secret), privacy.mask_phone(phone)
        fields = json.dumps([asked["product_type"], str(asked["amount"]), asked["term"], asked["props"]])
        decision = "has_approve" if matching else "rejected"
        reasons = [1] * len(FACTS["offers"])
        sealed = privacy.seal(AESGCM(SEAL_KEY), body, identity.bytes)
        salt = secrets.token_bytes(privacy.SALT_BYTES)
        shared: dict[str, Any] = {
            "id": identity,
            "client": client,
            "search_id": asked["search_id"],
            "product_type": asked["product_type"],
            "amount": asked["amount"],
            "term": asked["term"],
            "phone_hash": phone_hash,
            "phone_mask": mask,
            "decided_at": now,
            "release": release,
            "decision": decision,
            "reasons": reasons,
            "answer": answer,
        }
        models.Enquiry.objects.create(
            **shared,
            fields_digest=hashlib.sha256(phone_hash + fields.encode()).digest(),
            asked_at=now,
            offered=[offer.code for offer in matching],
        )
        models.JournalEntry.objects.create(
            **shared,
            received_at=now,
            kind=models.Kind.APPROVAL,
            remote_addr=address,
            request_id=identity,
            method="POST",
            path=request.path,
            status=200,
            latency_us=(time.monotonic_ns() - started) // 1000,
            phone_key=settings.PHONE_KEY.id,
            repeated=False,
            request_sealed=sealed,
            request_length=len(body),
            seal_key=FACTS["seal_key_id"],
            salt=salt,
            commitment=privacy.commit(salt, phone_hash, mask.encode(), address.encode(), sealed),
        )


def matches(asked: dict[str, Any]) -> list[Offer]:
    """The offers that are shown, found by the database."""
    found = Offer.objects.filter(archived=False, product_type=asked["product_type"])
    if asked.get("amount") is not None:
        found = found.filter(amount_min__lte=asked["amount"], amount_max__gte=asked["amount"])
    if asked.get("term") is not None:
        found = found.filter(Q(term_min=None) | Q(term_min__lte=asked["term"], term_max__gte=asked["term"]))
    return list(found.order_by("position", F("total_cost_min"), "code"))
