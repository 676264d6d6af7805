"""How many full costs of 60-month annuities one process works out in a second; the rates differ from loan to loan."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from time import process_time

from offers.domain.catalogue import Range
from offers.domain.cost_terms import LoanTerms
from offers.domain.full_cost import full_cost
from offers.domain.full_cost_range import Box, DisbursementDays, loan_full_cost_range
from offers.domain.payments import annuity
from offers.domain.schedule import InterestBasis, schedule

LOANS = 5000
ROUNDS = 3
AMOUNT = Decimal(500_000)
MONTHS = 60


def seconds(work: Callable[[], object]) -> float:
    """Of one process, the best of a few rounds: what the machine's other work adds is not ours."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = process_time()
        work()
        best = min(best, process_time() - begun)
    return best


def main() -> None:
    rates = [Decimal(number % 400 + 50) / 10 for number in range(LOANS)]
    plans = [schedule(AMOUNT, rate, MONTHS).flows() for rate in rates]
    print(f"full costs a second: {LOANS / seconds(lambda: [full_cost(flows) for flows in plans]):.0f}")
    print(f"annuities a second: {LOANS / seconds(lambda: [annuity(AMOUNT, rate, MONTHS) for rate in rates]):.0f}")
    whole = LOANS / seconds(lambda: [schedule(AMOUNT, rate, MONTHS).full_cost() for rate in rates])
    print(f"schedules with their full cost a second: {whole:.0f}")
    box = Box(Range(Decimal(30_000), Decimal(5_000_000)), Range(Decimal(20), Decimal(40)), Range(3, 84))
    days = DisbursementDays(date(2026, 1, 1), date(2029, 12, 31))
    print(f"an offer of 3 to 84 months: {seconds(lambda: loan_full_cost_range(box, LoanTerms())):.3f} s")
    by_days = LoanTerms(basis=InterestBasis.ACTUAL_DAYS)
    print(f"the same by actual days over four years: {seconds(lambda: loan_full_cost_range(box, by_days, days)):.3f} s")


if __name__ == "__main__":
    main()
