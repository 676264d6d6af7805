"""What pages may load and do."""

import pytest
from django.test import Client

from config import csp

EVERYWHERE = ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")


def policy(path: str) -> list[str]:
    return Client().get(path).headers[csp.HEADER].split("; ")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/admin/", "/admin/nowhere/", "/", "/nowhere", "/docs/openapi.json"])
def test_nothing_is_loaded_from_elsewhere_and_nobody_frames_us(path: str) -> None:
    said = policy(path)
    assert set(EVERYWHERE) <= set(said)
    assert "//" not in str(said)
    assert "report" not in str(said)


@pytest.mark.django_db
def test_scripts_are_files_of_ours_and_evaluate_in_the_admin_alone() -> None:
    assert "script-src 'self' 'unsafe-eval'" in policy("/admin/login/")
    assert not any("script" in directive for directive in policy("/nowhere"))


def test_pages_hold_neither_scripts_nor_styles() -> None:
    """Attributes may hold styles; Unfold's bars and columns do."""
    scripts = next(directive for directive in csp.ADMIN.split("; ") if directive.startswith("script-src"))
    styles = next(directive for directive in csp.ADMIN.split("; ") if directive.startswith("style-src "))
    assert "unsafe-inline" not in scripts + styles


@pytest.mark.django_db
def test_no_address_of_ours_is_told_to_others() -> None:
    assert Client().get("/admin/login/").headers["Referrer-Policy"] == "same-origin"
