"""The act of destruction, as the order of Roskomnadzor No. 179 of 28 October 2022 wants it.

Its points: the operator; on whose behalf; the subject; who destroyed it, with a signature; what; the information
system; the way; the reason; the date. The entry of the journal is the extract from the log of events that goes with it.
Both are kept for three years. A document in Russian for Russian authorities, so it is not translated.
"""

from typing import Final

from django.utils import timezone

from integrations import privacy
from integrations.people import Forgotten
from offers.models import Bank

ON_DEMAND: Final = "требование субъекта персональных данных (ст. 14 и 21 Федерального закона от 27.07.2006 № 152-ФЗ)"

ACT: Final = """\
АКТ ОБ УНИЧТОЖЕНИИ ПЕРСОНАЛЬНЫХ ДАННЫХ
Составлен по Требованиям, утверждённым приказом Роскомнадзора от 28.10.2022 № 179.

1. Оператор: {operator}
   Адрес: ______________________________________________
2. Лицо, обрабатывающее данные по поручению оператора: ______________________
   (если обработка не поручалась, указать «нет»)
3. Субъект персональных данных: владелец номера телефона {mask}
   Ф. И. О., если известны: ____________________________
4. Уничтожил: {by}
   Ф. И. О., должность: ________________________________
   Подпись: ________________
5. Перечень уничтоженных персональных данных: номер телефона в виде хеш-кода и маски, сетевой адрес,
   содержание запросов (в зашифрованном виде); по заявкам: номер заявки, ClientID Метрики, поступившие сведения;
   условия, готовые для субъекта.
   Записей журнала: {entries}; запросов в рабочей таблице: {enquiries}; заявок: {applications};
   строк в списках: {listed}; номеров для проверки: {trial_phones}.
   Период, за который получены данные: {period}.
6. Информационная система персональных данных: «Витрина», журнал обращений.
7. Способ уничтожения: программное удаление значений и случайных добавок к ним из базы данных. Обезличенные решения
   по запросам сохранены; восстановить по ним данные нельзя.
8. Причина уничтожения: {reason}
9. Дата уничтожения: {moment}

Выписка из журнала регистрации событий
Запись: {entry}
Событие: уничтожение персональных данных; субъект, перечень данных, система и причина: по пунктам 3, 5, 6 и 8 акта.
Дата: {moment}

Акт и выписка хранятся три года с даты уничтожения."""


def write(forgotten: Forgotten, *, phone: str, by: str, reason: str) -> str:
    known = forgotten.known
    days = [timezone.localtime(day).strftime("%d.%m.%Y") for day in (known.first, known.last) if day]
    return ACT.format(
        operator=Bank.objects.values_list("name", flat=True).first() or "_" * 40,
        mask=privacy.mask_phone(phone),
        by=by,
        entries=known.entries,
        enquiries=known.enquiries,
        applications=known.applications,
        listed=known.listed,
        trial_phones=known.trial_phones,
        period=" — ".join(dict.fromkeys(days)) or "нет записей",
        reason=reason,
        moment=timezone.localtime(forgotten.moment).strftime("%d.%m.%Y %H:%M:%S %Z"),
        entry=forgotten.entry,
    )
