"""The settings that tests and checks run under; nothing of the caller's environment gets in but DATABASE_URL
and a shifted clock."""

import os
import tempfile
from pathlib import Path

from config.local_postgres import inherited_clock

ENVIRONMENT = {
    "SECRET_KEY": "for tests only; as long as Django's own check of what is deployed wants it to be",
    "PHONE_KEY": "1:cGhvbmUga2V5IG9mIHRoZSB0ZXN0cywgMzIgYnl0ZXM=",
    "MASTER_KEY": "1:bWFzdGVyIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU=",
    "REF_KEY": "1:cmVmZXJlbmNlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGI=",
    "SIGNING_KEY": "vitrina.example/journal:c2lnbmluZyBrZXkgb2YgdGhlIHRlc3RzLCAzMiBieXQ=",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "HTTPS": "off",
    "ADMIN_OTP": "off",  # what tests it switches it on
    "DEBUG": "off",
    "SPOOL_DIR": str(Path(tempfile.gettempdir(), f"vitrina-tests-spool-{os.getuid()}")),
    **inherited_clock(),
}
