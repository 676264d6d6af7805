"""Form fields in which people write as Russians do."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextInputWidget

from offers.domain.snapshot import plain_decimal

if TYPE_CHECKING:
    from django.contrib.postgres.fields import ArrayField

SPACES = re.compile(r"[\s\u00a0\u2009\u202f]")
RUSSIAN = re.compile(r"-?[0-9]+(?:[.,][0-9]*)?\Z")
ENGLISH = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]*\Z|-?[0-9]{1,3}(?:,[0-9]{3}){2,}\Z")


class DecimalField(forms.DecimalField):
    """A number written as in "1 000 000,50", "1000000.50" or "1,000,000.50", in either language.

    A single comma is a decimal one. So "500,000", which could be half a million, is half a thousand with three
    decimals: an amount refuses it, and nobody is off by a factor of a thousand.
    """

    widget = UnfoldAdminTextInputWidget

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs follow Django's inheritance
        if not isinstance(value, str):
            return super().to_python(value)
        text = SPACES.sub("", value)
        if RUSSIAN.match(text):
            text = text.replace(",", ".")
        elif ENGLISH.match(text):
            text = text.replace(",", "")
        elif text:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        whole, point, rest = plain_decimal(value).partition(".")
        grouped = f"{int(whole):,}".replace(",", "\N{NO-BREAK SPACE}")
        return f"{grouped}{formats.get_format('DECIMAL_SEPARATOR')}{rest}" if point else grouped


class LinesWidget(forms.Widget):
    """One input a line, with buttons that add and remove; without scripts, a spare line at the end."""

    template_name = "offers/lines.html"

    class Media:
        js = ("vitrina/lines.js",)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        described = {"class": " ".join(INPUT_CLASSES), "maxlength": self.attrs.get("maxlength")}
        context["widget"] |= {"lines": [*(value or []), ""], "line_attrs": flatatt(described)}
        return context

    def format_value(self, value: Any) -> Any:
        return value

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[str]:
        lines: list[str] = data.getlist(name)
        return lines

    def value_omitted_from_data(self, data: Any, _files: Any, name: str) -> bool:
        return name not in data

    def id_for_label(self, id_: str) -> str:
        return id_


class LinesField(forms.Field):
    """A list of texts. Unlike Django's field of arrays, a line may hold commas."""

    widget = LinesWidget
    default_error_messages: ClassVar[dict[str, Any]] = {
        "too_long": _("A line may hold at most %(limit)d characters; this one holds %(length)d: %(line)s"),
    }

    def __init__(self, *, max_length: int, **options: Any) -> None:
        self.max_length = max_length
        super().__init__(**options)
        self.widget.attrs["maxlength"] = max_length

    @classmethod
    def of(cls, field: "ArrayField[Any, Any]") -> Self:
        """The form field of a model's list of texts."""
        return cls(
            max_length=cast(Any, field.base_field).max_length or 0,
            label=capfirst(str(field.verbose_name)),
            help_text=str(field.help_text),
            required=not field.blank,
        )

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in value or [] if line.strip()]

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        too_long = [line for line in value if len(line) > self.max_length]
        if too_long:
            line = too_long[0]
            told = {"limit": self.max_length, "length": len(line), "line": f"{line[:40]}…"}
            raise ValidationError(self.error_messages["too_long"], code="too_long", params=told)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)
