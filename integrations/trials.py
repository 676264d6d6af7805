"""The named phones of a client that only tests the integration, and who such clients are.

A number is hashed as soon as it is read; a mask is all that can be shown of it.
"""

from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from integrations import privacy
from integrations.models import Client, TrialPhone

# Of a row that has a column `client`: that nobody on trial asked. Who is not authenticated is nobody on trial.
REAL: Final = "not exists (select from integrations_client tester where tester.id = {client} and tester.on_trial)"


class BadPhone(ValueError):
    """What can't be named so, or can't be taken away; the sentence says why."""


def name_phone(client_id: str, typed: str, answer: TrialPhone.Answer) -> TrialPhone:
    """From now on the number is answered so. Raises Client.DoesNotExist and BadPhone."""
    client = Client.objects.get(id=client_id)
    if not client.on_trial:
        raise BadPhone(
            _(
                "%(client)s is not marked as one that only tests, and nobody real is answered by named phones: "
                "mark it on its page, or make another by issue_client --trial."
            )
            % {"client": client_id}
        )
    named = phone(client_id, _number(typed), answer)
    known, is_new = TrialPhone.objects.get_or_create(
        client=client,
        phone_hash=named.phone_hash,
        defaults={"phone_mask": named.phone_mask, "answer": named.answer},
    )
    if not is_new:
        raise BadPhone(_("This number is named already (%(phone)s): remove it first.") % {"phone": known})
    return known


def phone(client_id: str, number: str, answer: TrialPhone.Answer) -> TrialPhone:
    """The row of these ten digits, not kept yet."""
    return TrialPhone(
        client_id=client_id, phone_hash=_hash(number), phone_mask=privacy.mask_phone(number), answer=answer
    )


def remove_phone(client_id: str, typed: str) -> None:
    """From now on the number is answered like any other. Raises BadPhone."""
    named = TrialPhone.objects.filter(client=client_id, phone_hash=_hash(_number(typed)))
    if not named.delete()[0]:
        raise BadPhone(_("%(client)s has no such phone.") % {"client": client_id})


def of_person(phone_hash: bytes) -> QuerySet[TrialPhone]:
    """Wherever their number is named, by whichever client."""
    return TrialPhone.objects.filter(phone_hash=phone_hash)


def _number(typed: str) -> str:
    number = privacy.read_phone(typed)
    if number is None:
        raise BadPhone(_("That is no phone number of ten digits."))
    return number


def _hash(number: str) -> bytes:
    return privacy.hash_phone(number, settings.PHONE_KEY.secret)
