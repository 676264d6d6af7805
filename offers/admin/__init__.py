"""The catalogue's side of the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from offers.admin import bank, ceilings, history, offers, people, policy, releases, requests

admin.site.index_title = _("Overview")

__all__ = ["bank", "ceilings", "history", "offers", "people", "policy", "releases", "requests"]
