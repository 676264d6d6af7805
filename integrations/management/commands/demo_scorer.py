"""A scoring service on this machine, for the demo, for tests, and for whoever wants to see how ours takes it."""

import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.scoring.demo import Behaviour, Manner, Scorer

MOST = Decimal(1_000_000)


def _number(text: str) -> Decimal:
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(MOST)) and Decimal(text) <= MOST):
        raise ArgumentTypeError(f"{text!r} is no number from 0 to {MOST}")
    return Decimal(text)


class Command(BaseCommand):
    help = "Listen on this machine as a bank's scoring service, until SIGTERM. Set SCORING_URL to what it prints."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8099, help="where it listens; 0: anywhere")
        parser.add_argument("--delay", type=_number, default=Decimal(0), help="seconds that it takes to decide")
        parser.add_argument(
            "--decision",
            choices=[manner.value for manner in Manner],
            default=Manner.SCORE.value,
            help="approve: on the offers' own terms; later: puts off for the delay, or for ever; flap: well by turns",
        )
        parser.add_argument("--limit", type=_number, help="roubles, in place of those asked for")
        parser.add_argument("--rate", type=_number, help="per cent a year")

    def handle(self, **options: Any) -> None:
        behaviour = Behaviour(
            Manner(options["decision"]),
            float(options["delay"]),
            options["limit"],
            options["rate"],
            settings.SCORING_TOKEN,
        )
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: sys.exit(0))
        try:
            scorer = Scorer(options["port"], behaviour)
        except (OSError, OverflowError) as error:
            raise CommandError(f"Port {options['port']} can't be used: {error}") from None
        with scorer:
            self.stdout.write(f"Listening on {scorer.address}")
            self.stdout.flush()
            scorer.serve_forever(poll_interval=0.1)
