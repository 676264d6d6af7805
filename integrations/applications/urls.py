"""What the bank's systems and people's browsers call."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from integrations.applications import redirect
from integrations.applications.views import ApplicationsView
from integrations.yandex.exit import NEWS_PATH


def describe(request: HttpRequest) -> HttpResponse:
    from integrations import openapi  # slow to import, and seldom asked for

    return openapi.show(request)


urlpatterns = [
    # Whatever stands there leads somewhere.
    re_path(r"^go(?:/(?P<ref>[\s\S]*))?\Z", redirect.follow, name="go"),  # type: ignore[arg-type]  # an Answer
    re_path(rf"^{NEWS_PATH[1:]}/?\Z", ApplicationsView.as_view(), name="applications"),
    path("docs/openapi.json", describe, name="openapi"),
]
