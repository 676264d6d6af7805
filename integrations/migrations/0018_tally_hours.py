"""Requests by the hour of Moscow's day, counted by day and month too: a year of hours was too much to add up."""

from django.db import migrations

HOURS = """
create table integrations_tally_hours (
    grain varchar(5) not null check (grain in ('hour', 'day', 'month')), at timestamptz not null,
    hour smallint not null, n bigint not null);
create index integrations_tally_hours_at on integrations_tally_hours (grain, at);

insert into integrations_tally_hours (grain, at, hour, n)
select 'hour', at, extract(hour from at at time zone 'Europe/Moscow'), sum(n) from integrations_tally_exchanges
where grain = 'hour' and kind <> 'decided' group by at;
insert into integrations_tally_hours (grain, at, hour, n)
select unit, date_trunc(unit, at, 'Europe/Moscow') as begun, hour, sum(n)
from integrations_tally_hours cross join unnest(array['day', 'month']) as unit
where grain = 'hour' group by unit, begun, hour;
"""


class Migration(migrations.Migration):
    dependencies = [("integrations", "0017_real_callers")]

    operations = [migrations.RunSQL(HOURS, "drop table integrations_tally_hours")]
