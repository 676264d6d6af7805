"""Django's test client through the whole WSGI application, as gunicorn calls it."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client

from config.wsgi import application


class ApiClient(Client):
    def __init__(self, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.handler: Any = _through_wsgi


def _through_wsgi(environ: dict[str, Any]) -> HttpResponse:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None, /) -> Any:
        started.extend((status, headers))

    chunks = application(environ, start_response)
    status, headers = started
    response = HttpResponse(b"".join(chunks), status=int(status[:3]), headers=dict(headers))
    response.wsgi_request = WSGIRequest(environ)  # type: ignore[attr-defined]
    return response
