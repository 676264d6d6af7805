"""Unfold, which is not typed, seen as the Django classes that it stands in for."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpRequest
from unfold.decorators import display

Column = TypeVar("Column", bound=Callable[..., Any])

if TYPE_CHECKING:
    from django.contrib import admin

    class ModelAdmin(admin.ModelAdmin[Any]):
        list_fullwidth: bool
        change_form_outer_after_template: str
        warn_unsaved_form: bool
        compressed_fields: bool

else:
    from unfold.admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """Rows that are looked at, and are made and changed by other ways than a form."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def label(*, description: Any, colours: Mapping[str, str]) -> Callable[[Column], Column]:
    """A column of coloured labels: what it shows is a pair of a key of `colours` and a text."""
    decorator: Callable[[Column], Column] = display(description=description, label=colours)
    return decorator


def header(*, description: Any, ordering: str) -> Callable[[Column], Column]:
    """A column of two lines, the second in grey."""
    decorator: Callable[[Column], Column] = display(description=description, ordering=ordering, header=True)
    return decorator


__all__ = ["ModelAdmin", "ReadOnlyAdmin", "header", "label"]
