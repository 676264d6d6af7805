"""The admin's site: Unfold's, with a second factor, and without styles inside of pages."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import URLPattern, URLResolver, path

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
else:
    from unfold.sites import UnfoldAdminSite as AdminSite


class Site(AdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        from entrance import second_factor

        user: Any = request.user
        return super().has_permission(request) and (second_factor.shown(user) or not second_factor.needed(user))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whoever has shown a password, but not the second factor that he needs, is asked for that."""
        if super().has_permission(request) and not self.has_permission(request):
            wanted = urlencode({"next": request.GET.get("next") or resolve_url("admin:index")})
            return redirect(f"{resolve_url('admin:second_factor')}?{wanted}")
        return super().login(request, extra_context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from entrance import views

        return [path("second-factor/", views.show, name="second_factor"), *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Without the theme's colours: the template would write them into the page. They are in vitrina/colours.css."""
        return {**super().each_context(request), "colors": None}
