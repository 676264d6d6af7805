"""The connection to Yandex: what is given to it, what is asked of it, and how far it has come.

The letters are documents in Russian for Russian readers, so they are not translated.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from integrations.models import PRODUCTS, Client, ConnectionStep, Scope
from offers.domain.catalogue import Product
from offers.models import Bank

# The subjects that Yandex's pages ask for.
SUBJECTS: Final = {
    Product.LOAN: "Интеграция API в кредитах {bank}",
    Product.CREDIT_CARD: "Интеграция API в кредитных картах {bank}",
}
GOODS: Final = {Product.LOAN: "кредиты наличными", Product.CREDIT_CARD: "кредитные карты"}
LETTER: Final = """\
Здравствуйте!

{bank} просит подключить {goods} по API.

API: {address}
Client ID: {client}
Client Secret указан в форме кампании в Директе; при необходимости передадим другим защищённым способом.
Авторизация: Bearer (секрет как токен), HTTP Basic или OAuth 2.0 client_credentials — на ваш выбор.
{trial}
Пожалуйста, сообщите:
1. Диапазоны IP-адресов, с которых вы обращаетесь к API.
2. Сколько вы ждёте ответа и что видит человек, если мы не успели.
3. Повторяете ли вы запрос при ошибке или по истечении ожидания: сколько раз, с какими паузами, с тем же ли search_id.
4. Как часто и как долго вы опрашиваете решение, которое принимается не сразу (GET loan_approval?search_id=…).
5. Передаёте ли вы props и что в них бывает.
6. Сколько запросов в секунду ожидать в обычный день и в пик.
7. Кому писать, если что-то перестанет работать.
"""
# Where there is a client for it.
TRIAL: Final = """
Для проверки интеграции — отдельный Client ID: {client}. Номера телефонов, на которые ему отвечают одобрением, отказом,
одобрением с ожиданием и как о неизвестном человеке, и его Client Secret передадим защищённым способом.
"""


@dataclass(frozen=True, slots=True)
class Letter:
    product: Product
    subject: str
    text: str


def address() -> str:
    """What Direct's form calls API."""
    return settings.PUBLIC_URL or "https://<адрес сервиса>/integrations"


def client_ids(*, on_trial: bool = False) -> list[str]:
    """Who may ask for offers; or who may, and only tests. First who may do nothing else: the bank's own may do more."""
    callers = Client.objects.filter(active=True, on_trial=on_trial, scopes__contains=[Scope.LOAN_APPROVAL.value])
    return list(callers.order_by("scopes__len", "id").values_list("id", flat=True))


def letters() -> Iterator[Letter]:
    bank = Bank.objects.values_list("name", flat=True).first() or "<название организации>"
    client = next(iter(client_ids()), "<Client ID>")
    trial = "".join(TRIAL.format(client=tester) for tester in client_ids(on_trial=True)[:1])
    for product, subject in SUBJECTS.items():
        text = LETTER.format(bank=bank, goods=GOODS[product], address=address(), client=client, trial=trial)
        yield Letter(product, subject.format(bank=bank), text)


def steps(product: Product) -> list[ConnectionStep]:
    """All that was noted, newest first."""
    return list(ConnectionStep.objects.filter(product_type=product.value))


def title(product: Product) -> str:
    return str(dict(PRODUCTS)[product.value])
