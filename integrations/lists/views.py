"""What the bank's system calls to bring lists of people. Its bodies hold phones, and are kept nowhere.

Each call can be repeated: a part is taken once, a switch is made once. Only another `begin` begins another version.
"""

from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation

from integrations import database, journal
from integrations.journal import Exchange
from integrations.lists import loading, switching, wire, wording
from integrations.lists.lines import Mistake, Wrong
from integrations.lists.loading import BadPart, NotLoading, OtherPart
from integrations.lists.models import ListVersion, PersonList
from integrations.lists.switching import CantSwitch
from integrations.models import Kind, Scope
from integrations.yandex import render
from integrations.yandex.answers import Answer, respond
from integrations.yandex.errors import Problem
from integrations.yandex.exit import NEWS_BYTES, ApiRequest
from integrations.yandex.views import ApiView, check_coding

TOO_LARGE: Final = f"Тело запроса больше {NEWS_BYTES // 1024} КБ"
NO_LIST: Final = "Такого списка нет: его заводят в админке"
NO_VERSION: Final = "Такой версии у этого списка нет"
OTHER_PART: Final = "Часть с этим номером уже принята, и в ней было другое"
NOT_BY_CALLS: Final = "Эту версию загружают из файла"
BAD_PART: Final = "В части есть ошибки, из неё ничего не принято"
VERSIONS_SHOWN: Final = 10
Members = dict[str, Any]


class ListsView(ApiView):
    """The answer and its entry are committed with what was done."""

    scope = Scope.LISTS

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        exchange = request.exchange
        exchange.kind = Kind.LISTS
        check_coding(request.META)
        if exchange.length > NEWS_BYTES:
            raise Problem(413, TOO_LARGE)
        database.find_alive()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with translation.override("ru"):
            return super().dispatch(request, *args, **kwargs)


class ListView(ListsView):
    http_method_names = ("get",)

    def get(self, request: ApiRequest, code: str) -> Answer:
        return respond(_encoded(_list(_find(code))))


class BeginView(ListsView):
    http_method_names = ("post",)

    def post(self, request: ApiRequest, code: str) -> Answer:
        listed, exchange = _find(code), request.exchange
        note = wire.note(request.unkept)
        with transaction.atomic():
            version = loading.begin(listed, by=exchange.caller, source=loading.API, note=note)
            return _done(exchange, _version(version))


class VersionView(ListsView):
    http_method_names = ("get",)

    def get(self, request: ApiRequest, code: str, number: str) -> Answer:
        return respond(_encoded(_version(_find_version(code, number))))


class PartView(ListsView):
    http_method_names = ("post",)

    def post(self, request: ApiRequest, code: str, number: str, part: str) -> Answer:
        version, exchange, body = _find_version(code, number), request.exchange, request.unkept
        if version.source != loading.API:
            raise Problem(409, NOT_BY_CALLS)
        people, unknown = wire.people(body, loading.columns_of(version.person_list))
        if unknown:
            return _bad_part(unknown)
        digest = wire.digest(body, settings.PHONE_KEY.secret)
        try:
            with transaction.atomic():
                return _done(exchange, _version(loading.add_part(version, int(part), people, digest)))
        except BadPart as bad:
            return _bad_part(bad.mistakes)
        except OtherPart:
            raise Problem(409, OTHER_PART) from None
        except NotLoading as refusal:
            raise Problem(409, str(refusal)) from None


class CheckView(ListsView):
    http_method_names = ("post",)

    def post(self, request: ApiRequest, code: str, number: str) -> Answer:
        version = _find_version(code, number)
        if version.source != loading.API:
            raise Problem(409, NOT_BY_CALLS)
        try:
            with transaction.atomic():
                return _done(request.exchange, _version(loading.end(version)))
        except NotLoading as refusal:
            raise Problem(409, str(refusal)) from None


class SwitchView(ListsView):
    http_method_names = ("post",)

    def post(self, request: ApiRequest, code: str, number: str) -> Answer:
        """Called again, it has been done already."""
        version, exchange = _find_version(code, number), request.exchange
        try:
            with transaction.atomic():
                if version.person_list.live_id != version.pk:
                    switching.switch(version, by=exchange.caller)
                return _done(exchange, _list(_find(code)))
        except CantSwitch as refusal:
            raise Problem(409, str(refusal)) from None


class TakeBackView(ListsView):
    http_method_names = ("post",)

    def post(self, request: ApiRequest, code: str, number: str) -> Answer:
        """Of this version, so that a call that is repeated takes nothing else back."""
        version, exchange = _find_version(code, number), request.exchange
        try:
            with transaction.atomic():
                if version.person_list.live_id == version.pk:
                    switching.take_back(version.person_list, by=exchange.caller)
                return _done(exchange, _list(_find(code)))
        except CantSwitch as refusal:
            raise Problem(409, str(refusal)) from None


def _done(exchange: Exchange, told: Members) -> Answer:
    answer = _encoded(told)
    journal.append(exchange, 200, answer)
    return respond(answer)


def _bad_part(mistakes: list[Mistake]) -> Answer:
    told = {
        "search_id": None,
        "message": BAD_PART,
        "properties": sorted({str(each.column) for each in mistakes if each.column}),
        "mistakes": [
            {
                "place": (each.line - 1) % loading.ROWS_A_PART + 1,
                "property": each.column,
                "message": wording.sentence(each.wrong),
            }
            for each in mistakes[: loading.MISTAKES_KEPT]
        ],
    }
    return respond(_encoded(told), 400)


def _encoded(told: Members) -> bytes:
    return render.encode(told).encode()


def _find(code: str) -> PersonList:
    found = PersonList.objects.select_related("live", "previous").filter(code=code).first()
    if found is None:
        raise Problem(404, NO_LIST)
    return found


def _find_version(code: str, number: str) -> ListVersion:
    versions = ListVersion.objects.select_related("person_list", "compared_with")
    found = versions.filter(person_list=_find(code), number=int(number)).first()
    if found is None:
        raise Problem(404, NO_VERSION)
    return found


def _list(listed: PersonList) -> Members:
    return {
        "code": listed.code,
        "name": listed.name,
        "purpose": listed.purpose,
        "live": listed.live and listed.live.number,
        "previous": listed.previous and listed.previous.number,
        "versions": [_version(version) for version in listed.versions.order_by("-number")[:VERSIONS_SHOWN]],
    }


def _version(version: ListVersion) -> Members:
    return {
        "version": version.number,
        "state": version.state,
        "lines": version.rows,
        "repeated": version.repeated,
        "mistakes": [_mistake(mistake) for mistake in version.mistakes],
        "mistakes_total": version.wrong,
        "compared_with": version.compared_with and version.compared_with.number,
        "added": version.added,
        "changed": version.changed,
        "removed": version.removed,
    }


def _mistake(mistake: Members) -> Members:
    """The line of a person in a part counts on from the parts before, each of which counts for a full one."""
    return {"line": mistake["line"], "message": wording.sentence(Wrong(mistake["wrong"]), mistake["other"])}
