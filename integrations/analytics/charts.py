"""Pictures as geometry: templates draw it as inline SVG, so that a page needs no script to show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor, log10
from typing import Final

from django.utils import formats

from integrations.analytics.tallies import MOSCOW, Grain

WIDTH, HEIGHT = 960, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 18, 26
TICKS: Final = 4
LABELS: Final = 8
STEPS: Final = (1, 2, 2.5, 5, 10)
PATTERNS: Final = {"hour": "d.m H:i", "day": "d.m", "month": "m.Y"}


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, as a line across the curves."""

    at: float
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    told: str


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    number: int  # of its colour
    points: str
    dots: list[Dot]


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    told: str


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    curves: list[Curve]
    bars: list[Bar]
    across: list[Tick]  # along the time
    up: list[Tick]
    marks: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Timeline:
    """Moments across the picture, by time, so that a gap is seen."""

    moments: Sequence[datetime]
    grain: Grain

    def place(self, at: datetime) -> float:
        first, last = self.moments[0], self.moments[-1]
        passed = (at - first).total_seconds() / ((last - first).total_seconds() or 1)
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(passed, 0), 1)

    def label(self, moment: datetime) -> str:
        return formats.date_format(moment.astimezone(MOSCOW), PATTERNS[self.grain])

    @property
    def ticks(self) -> list[Tick]:
        every = max(-(-len(self.moments) // LABELS), 1)
        return [Tick(self.place(moment), self.label(moment)) for moment in self.moments[::every]]


def lines(
    title: str,
    timeline: Timeline,
    named: Mapping[str, Sequence[float]],
    happened: Sequence[tuple[datetime, str, str]] = (),
) -> Chart:
    """Curves over time; `happened`: a moment, its short label and what it was."""
    highest, up = _scale(max((value for values in named.values() for value in values), default=0))
    if not timeline.moments:
        return Chart(title, [], [], [], up, [])
    curves = []
    for number, (name, values) in enumerate(named.items(), start=1):
        dots = [
            Dot(timeline.place(at), _y(value, highest), f"{timeline.label(at)}, {name}: {_number(value)}")
            for at, value in zip(timeline.moments, values, strict=True)
        ]
        curves.append(Curve(name, number, " ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in dots), dots))
    marks = [Mark(timeline.place(at), label, told) for at, label, told in happened]
    return Chart(title, curves, [], timeline.ticks, up, marks)


def bars(title: str, values: Sequence[int]) -> Chart:
    """One bar for each hour of the day, or whatever is numbered from nought."""
    highest, up = _scale(max(values, default=0))
    room = (WIDTH - LEFT - RIGHT) / len(values)
    drawn = [
        Bar(LEFT + number * room + room * 0.15, _y(value, highest), room * 0.7,
            HEIGHT - BOTTOM - _y(value, highest), f"{number}: {formats.number_format(value, force_grouping=True)}")
        for number, value in enumerate(values)
    ]  # fmt: skip
    across = [Tick(LEFT + (number + 0.5) * room, str(number)) for number in range(0, len(values), 3)]
    return Chart(title, [], drawn, across, up, [])


def _y(value: float, highest: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / highest


def _scale(highest: float) -> tuple[float, list[Tick]]:
    """A round top and the lines below it."""
    rough = max(highest, 1) / TICKS
    power = 10 ** floor(log10(rough))
    step = next(factor for factor in STEPS if factor * power >= rough) * power
    top = step * TICKS
    return top, [Tick(_y(step * number, top), _number(step * number)) for number in range(TICKS + 1)]


def _number(value: float) -> str:
    whole = float(value).is_integer()
    return formats.number_format(value, 0 if whole else 1, force_grouping=True)
