"""Whether the process lives, and whether it can do its work: for whoever restarts it and routes to it."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from integrations import database, deadline
from offers import catalogue

PLAIN = "text/plain; charset=utf-8"


class Probes:
    """Answers /livez and /readyz before anything else: whoever probes knows no allowed host, and speaks plain HTTP."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info, self.get_response)
        return probe(request)


def livez(_request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database: a restart would not bring it back."""
    return HttpResponse("ok\n", content_type=PLAIN)


def readyz(_request: HttpRequest) -> HttpResponse:
    """200 where an enquiry could be answered, else 503 with what is missing.

    Where only the admin is served the database is enough: it is where the first release is published.
    """
    try:
        _look()
    except catalogue.NothingPublished:
        return HttpResponse("nothing is published: manage.py publish\n", status=503, content_type=PLAIN)
    except (DatabaseError, InterfaceError):
        return HttpResponse("the database is away\n", status=503, content_type=PLAIN)
    return HttpResponse("ok\n", content_type=PLAIN)


def _look() -> None:
    with deadline.bounded():  # a silent database must not keep those who probe for ever
        database.find_alive()
        if settings.SERVES_API:
            catalogue.refresh()


PROBES = {"/livez": livez, "/readyz": readyz}
