"""The description, as OpenAPI, of all that others call."""

import json
from functools import cache

from django.http import HttpRequest, HttpResponse

from integrations.applications import openapi as applications
from integrations.lists import openapi as lists
from integrations.yandex import openapi as yandex


@cache
def description() -> bytes:
    described = applications.described()
    described["paths"] = yandex.PATHS | described["paths"] | lists.PATHS
    return json.dumps(described, ensure_ascii=False, indent=1).encode()


def show(_request: HttpRequest) -> HttpResponse:
    """For everybody: it says what is in the documentation as well."""
    return HttpResponse(description(), content_type=yandex.JSON, headers={"Cache-Control": "public, max-age=300"})
