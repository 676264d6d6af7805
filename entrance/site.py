"""The admin's site: Unfold's, without styles inside of pages."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
else:
    from unfold.sites import UnfoldAdminSite as AdminSite


class Site(AdminSite):
    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Without the theme's colours: the template would write them into the page. They are in vitrina/colours.css."""
        return {**super().each_context(request), "colors": None}
