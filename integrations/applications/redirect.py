"""A click on its way: noted, and sent on to the bank's own page of that offer and nowhere else.

The person must get there. So while the database is away the click waits in the spool, and the page is found in memory.
"""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils.encoding import iri_to_uri

from integrations import database, ids, journal, links, references
from integrations.journal import Exchange
from integrations.models import Kind
from integrations.references import NotOurs, Reference
from integrations.yandex.answers import HEADERS, Answer, respond
from integrations.yandex.exit import ApiRequest, spooled
from offers import catalogue
from offers.domain.catalogue import Offer
from offers.models import Release

logger = logging.getLogger(__name__)

AWAY = (DatabaseError, InterfaceError)
EXPIRED = "Эта ссылка больше не действует. Посмотрите предложения ещё раз."
NOT_ALLOWED = "Откройте ссылку в браузере."
SEARCH_ID = """select search_id from integrations_journalentry
where id = %(id)s and received_at >= %(asked_at)s and received_at < %(asked_at)s + interval '2 ms'"""


class Expired(LookupError):
    """The reference names nothing that can be opened now."""


def follow(request: ApiRequest, ref: str = "") -> Answer:
    """Only GET is a click: programs that look a link up beforehand send HEAD."""
    exchange = request.exchange
    if request.method not in ("GET", "HEAD"):
        return _page(NOT_ALLOWED, 405, Allow="GET, HEAD")
    try:
        reference = _read(ref)
        offer = _offer(reference)
        location = _location(ref, reference, offer)
    except (Expired, *AWAY) as why:
        if isinstance(why, AWAY):
            logger.warning("a click has lost its way, the database is away: %s", type(why).__name__)
        return _recorded(exchange, _elsewhere())
    if request.method == "GET":
        exchange.kind, exchange.follows = Kind.CLICK, reference.enquiry
    told = {"offer": offer.code, "release": reference.release, "enquiry": str(reference.enquiry)}
    return _recorded(exchange, _redirect(location, **told))


def _read(ref: str) -> Reference:
    """Raises Expired."""
    try:
        reference = references.read(settings.REF_KEY.secret, ref)
    except NotOurs:
        raise Expired from None
    if datetime.now(UTC) - ids.made_at(reference.enquiry) > timedelta(days=settings.REFS_LIFETIME_DAYS):
        raise Expired
    return reference


def _offer(reference: Reference) -> Offer:
    """The offer as it was published then; raises Expired, and django.db.Error where it is not in memory."""
    try:
        return catalogue.release(reference.release).content.offers[reference.place]
    except (Release.DoesNotExist, IndexError):
        raise Expired from None


def _location(ref: str, reference: Reference, offer: Offer) -> str:
    """The offer's own link, never the one that counts: that would lead here again. Raises Expired."""
    if not offer.link:
        raise Expired
    search_id = _search_id(reference) if "{search_id}" in offer.link else ""
    return iri_to_uri(links.fill(offer.link, links.Names(ref, search_id, offer.code, reference.release)))


def _search_id(reference: Reference) -> str:
    """Empty while the database is away: the reference beside it tells as much."""
    try:
        asked_at = ids.made_at(reference.enquiry)
        rows = database.execute(SEARCH_ID, {"id": reference.enquiry, "asked_at": asked_at})
    except AWAY:
        return ""
    return str(rows[0][0]) if rows else ""


def _recorded(exchange: Exchange, given: Answer) -> Answer:
    try:
        journal.append(exchange, given.status, given.body)
    except AWAY as error:
        logger.warning("a click is kept on disk, the database is away: %s", type(error).__name__)
        exchange.recorded = True
        return spooled(exchange, given)
    return given


def _redirect(location: str, **told: Any) -> Answer:
    content = json.dumps({**told, "location": location}, ensure_ascii=False).encode()
    return respond(content, 302, {"Location": location})


def _elsewhere() -> Answer:
    return _redirect(settings.FALLBACK_URL) if settings.FALLBACK_URL else _page(EXPIRED, 404)


def _page(text: str, status: int, **headers: str) -> Answer:
    return Answer(f"{text}\n".encode(), status, {"Content-Type": "text/plain; charset=utf-8", **HEADERS, **headers})
