"""Lists of people: loaded, looked at, switched and taken back. Nobody sees who stands on them, but for one question."""

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from integrations import people, privacy
from integrations.lists import blank, loading, switching, wording
from integrations.lists.files import BadFile, File
from integrations.lists.lines import Column
from integrations.lists.models import ListVersion, PersonList
from integrations.lists.switching import CantSwitch
from offers import wording as offer_wording
from offers.admin.theme import ModelAdmin, label

LOAD, SWITCH, ASK = (f"integrations.{verb}" for verb in ("load_list", "switch_list", "ask_lists"))
VERSIONS_SHOWN: Final = 50

State = ListVersion.State
COLOURS = {State.LOADING: "info", State.CHECKING: "info", State.READY: "success", State.FAILED: "danger"}
View = Callable[..., HttpResponse]


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File: CSV or XLSX"), widget=UnfoldAdminFileFieldWidget)
    note = forms.CharField(
        label=gettext_lazy("note"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget
    )


class PhoneForm(forms.Form):
    """Sent in the body alone, so that the number stands in no address and no log."""

    phone = forms.CharField(
        label=gettext_lazy("phone"),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        phone = privacy.read_phone(self.cleaned_data["phone"])
        if phone is None:
            raise ValidationError(_("That is no phone number of ten digits."))
        return phone


def _allowed(right: str, page: View) -> View:
    @wraps(page)
    def guarded(request: HttpRequest, *arguments: Any, **keywords: Any) -> HttpResponse:
        if not request.user.has_perm(right):
            raise PermissionDenied
        return page(request, *arguments, **keywords)

    return guarded


@admin.register(PersonList)
class PersonListAdmin(ModelAdmin):
    """A list is made with its code, and never deleted: the journal names it by that."""

    list_display = ("code", "name", "for_what", "live_version", "switched_at")
    list_select_related = ("live",)
    list_fullwidth = True
    actions = None
    change_list_template = "integrations/lists/lists.html"
    fields = ("code", "name", "purpose")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @label(description=gettext_lazy("purpose"), colours={"stop": "danger", "prequalified": "success"})
    def for_what(self, listed: PersonList) -> tuple[str, str]:
        return listed.purpose, listed.get_purpose_display()

    @admin.display(description=gettext_lazy("live version"))
    def live_version(self, listed: PersonList) -> str:
        return _lines(listed.live) if listed.live else offer_wording.NOTHING

    def get_urls(self) -> list[URLPattern]:
        view = "integrations.view_personlist"
        pages: tuple[tuple[str, str, View, str], ...] = (
            ("ask/", "ask", require_http_methods(["GET", "POST"])(self.ask), ASK),
            ("<int:pk>/change/", "change", require_GET(self.show), view),
            ("<int:pk>/load/", "load", require_POST(self.load), LOAD),
            ("<int:pk>/progress/", "progress", require_GET(self.progress), LOAD),
            ("<int:pk>/template.<str:form>", "template", require_GET(self.template), view),
            ("<int:pk>/take-back/", "take_back", require_POST(self.take_back), SWITCH),
            ("<int:pk>/withdraw/", "withdraw", require_POST(self.withdraw), SWITCH),
            ("<int:pk>/versions/<int:number>/", "version", require_GET(self.show_version), view),
            ("<int:pk>/versions/<int:number>/switch/", "switch", require_POST(self.switch), SWITCH),
            ("<int:pk>/versions/<int:number>/compare/", "compare", require_POST(self.compare), LOAD),
        )
        own = [
            path(address, self.admin_site.admin_view(_allowed(right, page)), name=f"integrations_personlist_{name}")
            for address, name, page, right in pages
        ]
        return [*own, *super().get_urls()]

    def response_add(self, request: HttpRequest, obj: PersonList, post_url_continue: Any = None) -> HttpResponse:
        return redirect("admin:integrations_personlist_change", obj.pk)

    def show(self, request: HttpRequest, pk: int, form: FileForm | None = None) -> HttpResponse:
        listed = _find(pk)
        context = {
            "listed": listed,
            "seen": str(listed.live_id),
            "live": _lines(listed.live) if listed.live else None,
            "previous": _lines(listed.previous) if listed.previous else None,
            "versions": [(version, COLOURS.get(State(version.state), "")) for version in _versions(listed)],
            "form": form or FileForm(),
            "columns": [(column, wording.label(column)) for column in loading.columns_of(listed)],
            "forms": list(blank.FORMS),
            "may_load": request.user.has_perm(LOAD),
            "may_switch": request.user.has_perm(SWITCH),
        }
        return self._page(request, "list", str(listed.name), context)

    def load(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Checked at once: a version with mistakes is never live, whatever anybody does."""
        listed, form = _find(pk), FileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(request, pk, form)
        brought = form.cleaned_data["file"]
        try:
            version = loading.load(
                listed, File(brought.file, brought.name), by=request.user.get_username(), note=form.cleaned_data["note"]
            )
        except BadFile as bad:
            form.add_error("file", str(bad))
            return self.show(request, pk, form)
        return redirect("admin:integrations_personlist_version", pk, version.number)

    def progress(self, _request: HttpRequest, pk: int) -> HttpResponse:
        found = loading.progress(_find(pk))
        return JsonResponse(
            {
                "rows": found and found.rows,
                "most": found and found.expected,
                "cut_off": bool(found and not found.is_alive),
            }
        )

    def template(self, _request: HttpRequest, pk: int, form: str) -> HttpResponse:
        listed = _find(pk)
        if form not in blank.FORMS:
            raise Http404
        made = HttpResponse(blank.write(form, loading.columns_of(listed)), content_type=blank.FORMS[form])
        made["Content-Disposition"] = f'attachment; filename="{listed.code}.{form}"'
        return made

    def show_version(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        version = _version(pk, number)
        listed = version.person_list
        context = {
            "listed": listed,
            "version": version,
            "colour": COLOURS.get(State(version.state), ""),
            "unchanged": version.rows - (version.added or 0) - (version.changed or 0),
            "is_live": listed.live_id == version.pk,
            "is_ready": version.state == State.READY,
            "is_outdated": version.compared_with_id != listed.live_id,
            "mistakes": [wording.told(mistake) for mistake in version.mistakes],
            "more": version.wrong - len(version.mistakes),
            "may_load": request.user.has_perm(LOAD),
            "may_switch": request.user.has_perm(SWITCH),
        }
        return self._page(
            request, "version", _("%(list)s, version %(number)d") % {"list": listed.name, "number": number}, context
        )

    def compare(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        version = _version(pk, number)
        if version.state == State.READY:
            loading.compare(version)
        return redirect("admin:integrations_personlist_version", pk, number)

    def switch(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        version = _version(pk, number)
        return self._switched(request, pk, lambda by: switching.switch(version, by=by))

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        listed = _find(pk)
        if request.POST.get("seen") != str(listed.live_id):
            messages.warning(request, _("Nothing is taken back: somebody has switched since you looked."))
            return redirect("admin:integrations_personlist_change", pk)
        return self._switched(request, pk, lambda by: switching.take_back(listed, by=by))

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._switched(request, pk, lambda by: switching.withdraw(_find(pk), by=by))

    def _switched(self, request: HttpRequest, pk: int, change: Callable[[str], None]) -> HttpResponse:
        try:
            change(request.user.get_username())
        except CantSwitch as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, switching.live(_find(pk)))
        return redirect("admin:integrations_personlist_change", pk)

    @method_decorator(sensitive_post_parameters())
    def ask(self, request: HttpRequest) -> HttpResponse:
        form, found = PhoneForm(request.POST or None), None
        if request.method == "POST" and form.is_valid():
            found = people.ask_lists(form.cleaned_data["phone"], by=request.user.get_username())
            form = PhoneForm()
        told = [wording.label(column) for column in Column if column is not Column.PHONE]
        context = {"form": form, "found": found, "heads": [_("list"), _("version"), *told]}
        return self._page(request, "ask", _("Is a person on a list?"), context)

    def _page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "is_fullwidth": "1"}
        return TemplateResponse(request, f"integrations/lists/{name}.html", {**shared, **context})


def _find(pk: int) -> PersonList:
    return get_object_or_404(PersonList.objects.select_related("live", "previous"), pk=pk)


def _version(pk: int, number: int) -> ListVersion:
    return get_object_or_404(
        ListVersion.objects.select_related("person_list", "compared_with"), person_list=pk, number=number
    )


def _versions(listed: PersonList) -> QuerySet[ListVersion]:
    return listed.versions.order_by("-number")[:VERSIONS_SHOWN]


def _lines(version: ListVersion) -> str:
    return _("version %(number)d, lines: %(rows)s") % {
        "number": version.number,
        "rows": offer_wording.number(Decimal(version.rows)),
    }
