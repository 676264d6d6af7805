import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""\b(?:env\.[a-z_]+|os\.environ\.(?:get|setdefault))\(\s*["']([A-Z_]+)["']""")


def test_every_variable_that_the_service_reads_is_explained() -> None:
    sources = [ROOT / "config" / "settings.py", ROOT / "config" / "gunicorn.py"]
    read = {name for source in sources for name in READ.findall(source.read_text())}
    explained = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert read
    of_compose = {"POSTGRES_PASSWORD", "API_DATABASE_PASSWORD", "ADMIN_DATABASE_PASSWORD"}
    assert explained - of_compose == read
