"""Django's people and groups in the admin's theme, the groups by the names that people call them."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from offers import rights
from offers.admin.theme import ModelAdmin

admin.site.unregister(User)
admin.site.unregister(Group)

# What lets a person do more than the groups do: given by those who have it.
ONLY_OF_SUPERUSERS = ("is_superuser", "user_permissions")


@admin.register(User)
class ThemedUserAdmin(UserAdmin, ModelAdmin):  # type: ignore[type-arg]  # no generic at run time
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **options)
        if field is not None and db_field.name == "groups":
            field.label_from_instance = _title  # type: ignore[method-assign,assignment]
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Whoever looks after people can't make themselves, or anybody, more than the groups allow."""
        own = super().get_readonly_fields(request, obj)
        return own if request.user.is_superuser else (*own, *ONLY_OF_SUPERUSERS)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        """Who may do everything is changed, or given another password, only by their like."""
        people: models.QuerySet[User] = super().get_queryset(request)
        return people if request.user.is_superuser else people.filter(is_superuser=False)


@admin.register(Group)
class ThemedGroupAdmin(GroupAdmin, ModelAdmin):
    list_display = ("title",)

    @admin.display(description=_("Group"), ordering="name")
    def title(self, group: Group) -> str:
        return _title(group)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Groups say what people may: changed by who may do everything, lest anybody widen their own."""
        return bool(request.user.is_superuser) and bool(super().has_change_permission(request, obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return bool(request.user.is_superuser) and (obj is None or obj.name not in rights.RIGHTS)

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        """Our own groups are known by their names."""
        return ("name",) if obj and obj.name in rights.RIGHTS else ()


def _title(group: Group) -> str:
    return str(rights.TITLES.get(group.name, group.name))
