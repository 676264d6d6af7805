"""What the competitors serve: a bank with as many offers as wanted, one client, and the facts that peers start from."""

import base64
import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

BANK_NAME = "АО «Приозёрный банк»"
CLIENT = "yandex"
RATE = 1_000_000  # requests a second
# An amount asked for (load.AMOUNTS) falls into two loans' ranges, however many loans there are.
LOWEST, SPAN = 100_000, 2_400_000
PICKY = 5  # every so many loans one is not for short terms

ENVIRONMENT = {
    "SECRET_KEY": "for benchmarks only; as long as Django's own check of what is deployed wants it to be",
    "PHONE_KEY": "1:cGhvbmUga2V5IG9mIHRoZSBiZW5jaCwgMzIgYnl0ZXM=",
    "MASTER_KEY": "1:bWFzdGVyIGtleSBvZiB0aGUgYmVuY2gsIDMyIGJ5dGU=",
    "REF_KEY": "1:cmVmZXJlbmNlIGtleSBvZiB0aGUgYmVuY2gsIDMyIGI=",
    "ALLOWED_HOSTS": "127.0.0.1",
    "HTTPS": "off",
    "ADMIN_OTP": "off",
    "DEBUG": "off",
    "LOG_LEVEL": "WARNING",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


def start(database_url: str, state: Path) -> None:
    """Bring Django up in this process, with the database's tables made."""
    os.environ |= {**ENVIRONMENT, "DATABASE_URL": database_url, "SPOOL_DIR": str(state / "spool")}
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def stop() -> None:
    from django.db import connections

    connections.close_all()


def bank(offers: int, database_url: str, state: Path) -> tuple[str, Path]:
    """A bank in a database of its own, with nobody connected: its client's token, and the file of the peers' facts."""
    start(database_url, state)
    token, facts = issue_token(), state / "facts.json"
    publish(offers)
    write_facts(facts, token)
    stop()
    return token, facts


def issue_token() -> str:
    """Of a client whose rate never stands in the way: one process of two may get nearly all that is asked."""
    from integrations import clients, models

    secret = clients.issue(CLIENT).secret
    models.Client.objects.filter(id=CLIENT).update(rate=RATE, burst=RATE)
    return secret


def publish(offers: int) -> int:
    """A release of so many offers, half of them loans; its number."""
    from offers import models, releases

    models.Bank.objects.get_or_create(id=1, defaults={"name": BANK_NAME})
    models.Offer.objects.all().delete()
    loans = offers // 2
    rows = [_loan(number, loans) for number in range(loans)]
    rows += [_card(number) for number in range(offers - loans)]
    models.Offer.objects.bulk_create(models.Offer(**row) for row in rows)
    return releases.publish(author="bench", comment=f"{offers} offers").number


def republish() -> int:
    """A release of the same offers at slightly other rates; its number."""
    from django.db.models import F

    from offers import models, releases

    more = Decimal("0.1")
    models.Offer.objects.update(rate_max=F("rate_max") + more, total_cost_max=F("total_cost_max") + more)
    return releases.publish(author="bench", comment="other rates").number


def fill_journal(count: int, months: int) -> None:
    """So many exchanges of past months: the last thousand under other ids, at other moments, of other people."""
    from django.db import connection

    from integrations import journal

    differing = {
        "id": "uuidv7(-ago)",
        "received_at": "statement_timestamp() - ago",
        "search_id": "gen_random_uuid()",
        "phone_hash": "sha256(uuid_send(gen_random_uuid()))",
    }
    columns = ", ".join(journal.COLUMNS)
    values = ", ".join(differing.get(name, name) for name in journal.COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            "select integrations_make_partition(month::date, (month + interval '1 month')::date) from generate_series("
            "date_trunc('month', now() - %s * interval '1 month'), now(), interval '1 month') month",
            [months],
        )
        cursor.execute(
            f"insert into integrations_journalentry ({columns}) select {values} from (select j.*, "
            "random() * %s * interval '30 days' as ago from (select * from integrations_journalentry "
            "where search_id is not null order by received_at desc limit 1000) j, generate_series(1, %s)) past",
            [months, count // 1000],
        )
        cursor.execute("analyze integrations_journalentry")


def _loan(number: int, loans: int) -> dict[str, Any]:
    step = Decimal(SPAN // loans)
    low = LOWEST + number * step
    return {
        "product_type": "loan",
        "position": number,
        "amount_min": low,
        "amount_max": low + 2 * step,
        "term_min": 24 if number % PICKY == 0 else 6,
        "term_max": 60,
        "required_documents": ["Паспорт РФ", "СНИЛС"],
        "choosable_documents": ["2-НДФЛ, Справка по форме банка"],
        **_common("cash", number),
    }


def _card(number: int) -> dict[str, Any]:
    return {
        "product_type": "credit_card",
        "position": number,
        "amount_min": Decimal(10_000),
        "amount_max": Decimal(500_000),
        "grace_period": 120,
        "minimum_payment": Decimal(3),
        "required_documents": ["Паспорт РФ"],
        **_common("card", number),
    }


def _common(kind: str, number: int) -> dict[str, Any]:
    rate = 20 + Decimal(number % 100) / 10
    code = f"{kind}-{number:03}"
    return {
        "code": code,
        "name": f"Предложение {number}",
        "rate_min": rate,
        "rate_max": rate + Decimal("7.5"),
        "total_cost_min": rate,
        "total_cost_max": rate + Decimal("7.5"),  # no fees: the full cost is the rate
        "link": f"https://bank.example/credit?offer={code}&utm_source=yandex",
        "deep_link": f"priozerny://offers/{code}",
    }


def write_facts(path: Path, token: str) -> None:
    """What every peer but the usual one has in memory from the start; ours and the usual one read the database."""
    from django.conf import settings

    from integrations import clients, keys
    from offers import catalogue

    release = catalogue.refresh()
    month = keys.seal_key(datetime.now(UTC))
    facts = {
        "client": CLIENT,
        "token_digest": _text(clients.digest(token)),
        "phone_key": _text(settings.PHONE_KEY.secret),
        "phone_key_id": settings.PHONE_KEY.id,
        "seal_key": _text(_secret_of(month.id)),
        "seal_key_id": month.id,
        "release": release.number,
        "bank_name": release.content.bank_name,
        "offers": [_facts_of(offer) for offer in release.content],
    }
    path.write_text(json.dumps(facts, ensure_ascii=False))


def _secret_of(key_id: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from django.conf import settings

    from integrations import privacy
    from integrations.models import MonthKey

    row = MonthKey.objects.get(id=key_id)
    return privacy.unseal(AESGCM(settings.MASTER_KEY.secret), bytes(row.wrapped or b""), row.id.encode())


def _facts_of(offer: Any) -> dict[str, Any]:
    """An offer as plain values, and the pieces of its JSON before and after the payment's bounds, as ours writes it."""
    before = {
        "product_type": offer.product,
        "decision": "pre_approved",
        "amount": _bounds(offer.amount),
        "term": _bounds(offer.term),
        "rate": _bounds(offer.rate),
        "total_cost": _bounds(offer.total_cost),
        "grace_period": offer.grace_period,
    }
    del before["grace_period" if offer.term else "term"]
    after = {
        "special_conditions": list(offer.special_conditions) or None,
        "required_documents": list(offer.required_documents) or None,
        "choosable_documents": list(offer.choosable_documents) or None,
        "propousal_link": {"link": offer.link, "deep": offer.deep_link},
    }
    payment = "" if offer.term else f'"cc_rate":{offer.minimum_payment}'
    return {
        "code": offer.code,
        "product": offer.product,
        "amount": [str(offer.amount.min), str(offer.amount.max)],
        "term": offer.term and [offer.term.min, offer.term.max],
        "rate": [str(offer.rate.min), str(offer.rate.max)],
        "before": f'{_json(before)[:-1]},"payment":{{{payment}',
        "after": f"}},{_json(after)[1:]}",
    }


def _bounds(bounds: Any) -> dict[str, Any] | None:
    return bounds and {"min": float(bounds.min), "max": float(bounds.max)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace(".0,", ",").replace(".0}", "}")


def _text(secret: bytes) -> str:
    return base64.b64encode(secret).decode()
