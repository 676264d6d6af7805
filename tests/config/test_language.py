"""The language is the person's choice, never the browser's."""

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

from config.language import ChosenLanguage


def speak(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(translation.get_language())


def spoken(cookie: str | None = None, **headers: str) -> HttpResponse:
    request = RequestFactory(headers=headers).get("/")
    if cookie is not None:
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = cookie
    return ChosenLanguage(speak)(request)


@pytest.mark.parametrize(
    ("cookie", "language"),
    [(None, "ru"), ("ru", "ru"), ("en", "en"), ("", "ru"), ("de", "ru"), ("en-us", "ru"), ("EN", "ru"), ("\0", "ru")],
)
@pytest.mark.parametrize("accepted", [None, "en", "en-US,en;q=0.9,ru;q=0.1", "*", "xx;q=nonsense"])
def test_the_cookie_decides(cookie: str | None, language: str, accepted: str | None) -> None:
    response = spoken(cookie, **({"accept-language": accepted} if accepted else {}))

    assert response.content.decode() == language
    assert response["Content-Language"] == language


def test_the_answer_does_not_vary_by_what_the_browser_accepts() -> None:
    assert "Accept-Language" not in spoken().get("Vary", "")


def test_a_language_that_the_view_names_stays() -> None:
    response = ChosenLanguage(lambda _request: HttpResponse(headers={"Content-Language": "en"}))(HttpRequest())

    assert response["Content-Language"] == "en"


def test_the_language_ends_with_the_request() -> None:
    before = translation.get_language()
    spoken("en")

    assert translation.get_language() == before


def test_it_stands_among_the_middleware(client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    assert client.get("/admin/login/", headers={"accept-language": "ru"})["Content-Language"] == "en"
    assert Client().get("/admin/login/", headers={"accept-language": "en"})["Content-Language"] == "ru"
