"""Two people at one offer: who saves second is shown what the first changed, and loses nothing of their own."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from offers import editing, wording
from offers.admin import history
from offers.editing import Meanwhile
from offers.models import Offer

if TYPE_CHECKING:
    Form = forms.ModelForm[Offer]
else:
    Form = forms.ModelForm

SEEN = "seen"


def version_of(form: Form) -> str:
    """Of what the form was filled from: sent along with it."""
    return form.data.get(SEEN) or (form.instance.changed_at.isoformat() if form.instance.pk else "")


def hold(form: Form) -> None:
    """Where somebody has saved the offer since: their fields are taken into the form, and where both changed, asked.

    The form then knows of theirs, so saving it once more keeps what stands in it.
    """
    found = _found(form)
    if found is None:
        return
    data: Any = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
    data[SEEN] = found.now.changed_at.isoformat()
    taken = []
    for name in found.changed:
        if name not in form.fields:
            continue
        mine, theirs = _plain(form, name), editing.values(found.now)[name]
        if mine == theirs:
            continue
        if mine == found.before.get(name):
            taken.append(_told(found, name))
            _put(data, form.fields[name], name, getattr(found.now, name))
        else:
            form.add_error(name, _both(found, name))
    form.data = data
    if taken or form.errors:
        form.add_error(None, [_headline(found), *taken])


def _found(form: Form) -> Meanwhile | None:
    pk, seen = form.instance.pk, form.data.get(SEEN)
    if not pk or not seen:
        return None
    try:
        moment = datetime.fromisoformat(seen)
    except ValueError:
        return None
    return editing.meanwhile(pk, moment) if moment.tzinfo else None


def _plain(form: Form, name: str) -> Any:
    """What was typed, as the history keeps it; what can't be read is certainly one's own."""
    if name not in form.cleaned_data:
        return object()
    typed = Offer()
    setattr(typed, name, form.cleaned_data[name])
    return editing.values(typed)[name]


def _put(data: Any, field: forms.Field, name: str, value: Any) -> None:
    """As a browser would send it."""
    value, widget = field.prepare_value(value), cast(Any, field.widget)
    if hasattr(widget, "decompress"):
        for suffix, part, each in zip(widget.widgets_names, widget.decompress(value), widget.widgets, strict=True):
            data[f"{name}{suffix}"] = each.format_value(part) or ""
    elif isinstance(value, list):
        data.setlist(name, [*value, ""])
    elif value is False:
        data.pop(name, None)
    else:
        data[name] = "" if value is None else str(value)


def _headline(found: Meanwhile) -> str:
    spelled = {"who": found.author or _("Somebody"), "moment": wording.moment(found.at)}
    told = _(
        "Not saved yet: %(who)s changed this offer at %(moment)s, while you were editing it. Their changes stand in "
        "the form now, and so do yours. Look, and save again."
    )
    return told % spelled


def _told(found: Meanwhile, name: str) -> str:
    label, before, now = _spelled(found, name)
    return f"{label}: {before} → {now}"


def _both(found: Meanwhile, name: str) -> str:
    _label, before, now = _spelled(found, name)
    spelled = {"who": found.author or _("Somebody"), "now": now, "before": before}
    return _("%(who)s wrote here: %(now)s (before: %(before)s). Yours is kept if you save again.") % spelled


def _spelled(found: Meanwhile, name: str) -> tuple[str, str, str]:
    field: Any = Offer._meta.get_field(name)
    before = history.shown(field, found.before.get(name))
    return capfirst(str(field.verbose_name)), before, history.shown(field, editing.values(found.now)[name])
