"""What many changes would do, shown before they are made."""

from typing import Any, Final

from django.utils.translation import ngettext

from offers.transfer.applying import Report

CHANGES_SHOWN: Final = 200


def looked_at(report: Report) -> dict[str, Any]:
    count = len(report.mistakes)
    return {
        "report": report,
        "changes": report.changes[:CHANGES_SHOWN],
        "more": max(len(report.changes) - CHANGES_SHOWN, 0),
        "mistakes": [str(mistake) for mistake in report.mistakes],
        "heading": ngettext("%(count)d mistake", "%(count)d mistakes", count) % {"count": count},
    }
