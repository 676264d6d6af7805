"""`manage.py full_cost`: the full cost of flows given as JSON on standard input."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from offers.domain.full_cost import Absence, NoFullCostError, full_cost
from offers.domain.full_cost_input import MAX_BYTES, InputError, Task, read_task

EXIT_CODE = 2

SENTENCES = {
    Absence.NO_FLOWS: "every flow is 0 or cancelled out by others of its moment",
    Absence.TOO_MANY_FLOWS: "there are too many flows",
    Absence.PERIODS_PER_YEAR: "periods_per_year is out of bounds",
    Absence.NO_DISBURSEMENT: "the first flow, at q = 0 and e = 0, is no disbursement: a sum lent is negative",
    Absence.NO_PAYMENTS: "there is no change of sign: every flow is negative, nothing is paid back",
    Absence.PAYMENTS_BELOW_LOAN: "the payments sum to less than the loan, so the equation has no positive root",
    Absence.UNRESOLVED: "the flows change sign so often that the smallest root was not isolated in bounded work",
}


class Command(BaseCommand):
    """The last line of standard output is the number alone. Exit code 2 for bad input or if there is no full cost."""

    help = "Full cost of credit (353-FZ, article 6) of the cash flows given as JSON on standard input."
    requires_system_checks: list[str] = []  # noqa: RUF012 - as Django declares it; no database is needed

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--explain", action="store_true", help="print the base period and the equation's terms")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            task = read_task(sys.stdin.buffer.read(MAX_BYTES + 1))
            if options["explain"]:
                self.stdout.write(explanation(task))
            self.stdout.write(f"{full_cost(task.flows, task.periods_per_year)}")
        except InputError as error:
            raise CommandError(f"bad input: {error}", returncode=EXIT_CODE) from error
        except NoFullCostError as error:
            raise CommandError(f"no full cost: {SENTENCES[error.absence]}", returncode=EXIT_CODE) from error


def explanation(task: Task) -> str:
    """The base period and the equation, a term a line; ASCII, whatever the terminal."""
    period = task.base_period
    found = f"base period: {period.length} {period.unit}, " if period else ""
    return "\n".join(
        [
            f"{found}periods per year: {task.periods_per_year:f}",
            f"full cost = i * {task.periods_per_year:f} * 100, i the smallest positive root of the sum of",
            *(f"{flow.amount:f} / ((1 + {flow.e:f} * i) * (1 + i)^{flow.q})" for flow in task.flows),
            "= 0",
        ]
    )
