"""What pages may load and do, said to the browser with every answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"

# Whatever is no page of the admin shows nothing: JSON, plain text, redirects.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

# Scripts are files of ours, never part of a page. Unfold's Alpine reads expressions in attributes, for which it needs
# 'unsafe-eval'; widths of bars and the like are style attributes. Nothing comes from elsewhere, or goes there.
ADMIN = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class ContentSecurityPolicy:
    """Django 5.2 has no such middleware; two constant policies need no library."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers[HEADER] = ADMIN if request.path_info.startswith("/admin/") else NOTHING
        return response
