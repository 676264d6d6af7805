"""How long a large list takes to load, check and compare, and how long the look-up takes: bin/bench lists [LINES]."""

import os
import random
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from config.local_postgres import throwaway
from tests.environment import ENVIRONMENT

LINES, SMALL, LOOK_UPS = 5_000_000, 50_000, 2_000


def main(lines: int) -> None:
    with tempfile.TemporaryDirectory() as folder, throwaway() as url:
        os.environ |= ENVIRONMENT | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        for count in (SMALL, lines, lines):
            _measure(_file(Path(folder) / f"{count}.csv", count), count)


def _file(path: Path, lines: int) -> Path:
    """Made-up people: nobody's number begins with a nought."""
    if not path.exists():
        chance = random.Random(1)  # noqa: S311
        with path.open("w") as file:
            file.write("phone_number;product_type;limit;rate;decision;valid_until\n")
            file.writelines(
                f"+7 0{place:09};loan;{chance.randrange(50, 3000)}000;{chance.randrange(150, 390) / 10};"
                f"{'full_approved' if place % 5 else ''};2027-0{place % 9 + 1}-15\n"
                for place in range(lines)
            )
    return path


def _measure(path: Path, lines: int) -> None:
    from integrations.lists import loading, switching
    from integrations.lists.files import File
    from integrations.lists.models import ListVersion, PersonList

    listed, _made = PersonList.objects.get_or_create(code="a", defaults={"name": "a", "purpose": "prequalified"})
    began, loaded = time.monotonic(), [0.0]

    def tell(version: ListVersion) -> None:
        if version.state == ListVersion.State.CHECKING:
            loaded[0] = time.monotonic() - began

    with path.open("rb") as file:
        version = loading.load(listed, File(file, path.name), by="bench", tell=tell)
    whole = time.monotonic() - began
    switching.switch(version, by="bench another")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{version.rows} lines ({path.stat().st_size / 1e6:.0f} MB): loaded in {loaded[0]:.0f} s, checked and compared "
        f"({version.added} added, {version.changed} changed) in {whole - loaded[0]:.0f} s; peak {peak:.0f} MB; "
        f"look-up {_look_up(lines)}"
    )


def _look_up(lines: int) -> str:
    """Of people half of whom are listed, over one connection."""
    from django.conf import settings
    from django.utils import timezone

    from integrations import database, privacy
    from integrations.lists import lookup

    statement = f"select {lookup.GRANTS}, {lookup.STOP}"
    chance, times = random.Random(2), []  # noqa: S311
    for _ in range(LOOK_UPS):
        phone = f"0{chance.randrange(2 * lines):09}"
        asked: dict[str, Any] = {
            "phone_hash": privacy.hash_phone(phone, settings.PHONE_KEY.secret),
            "product": "loan",
            "now": timezone.now(),
        }
        began = time.perf_counter()
        database.execute(statement, asked)
        times.append((time.perf_counter() - began) * 1e6)
    return f"{statistics.median(times):.0f} µs (median), {statistics.quantiles(times, n=100)[98]:.0f} µs (99 %)"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES)
