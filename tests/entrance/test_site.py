from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from unfold.settings import CONFIG_DEFAULTS
from unfold.utils import convert_color


def test_the_file_of_colours_holds_all_of_the_themes() -> None:
    """A new version of the theme may bring others."""
    path = finders.find("vitrina/colours.css")
    assert isinstance(path, str)
    said = Path(path).read_text()
    for name, weights in CONFIG_DEFAULTS["COLORS"].items():
        for weight, value in weights.items():
            assert f"--color-{name}-{weight}: {convert_color(value)};" in said


@pytest.mark.django_db
def test_no_page_holds_a_style_or_a_script() -> None:
    page = Client().get("/admin/login/").content.decode()
    assert "vitrina/colours" in page
    assert "<style" not in page
    assert "<script>" not in page
