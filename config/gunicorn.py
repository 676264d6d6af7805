"""How gunicorn serves, in the demo and in a container alike. Put a proxy in front, for TLS and against floods."""

import gc
import os
from importlib import import_module
from pathlib import Path
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from config import logs

wsgi_app = "config.wsgi:application"
chdir = str(Path(__file__).resolve().parent.parent)
bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"

# A question spends its time in Postgres, with the lock on Python released: threads do, on a process for each core.
worker_class = "config.worker.Worker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("THREADS", "8"))

timeout = 30
graceful_timeout = 20  # Under the 30 s after which container platforms kill.
keepalive = 75  # Longer than a proxy keeps an idle connection, so that it is never closed under a question.

# No header says what part of a path is not to be looked at, or that a connection is secure: Django believes the latter.
# Where nobody is believed anything, gunicorn need not find out for each request who it is.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
forwarded_allow_ips = "*"

control_socket_disable = True  # It would want a home directory to write to.
if Path("/dev/shm").is_dir():  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108  (heartbeats must not wait for a disk)

# Nobody waits longer than this for the database: where requests are served, but not in migrations.
os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT", "2s")
os.environ.setdefault("DATABASE_LOCK_TIMEOUT", "500ms")


class JsonLogger(Logger):
    """Gunicorn's own messages in the form of all others, phone numbers masked. The access log is the journal."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.formatter())


logger_class = JsonLogger


def post_worker_init(worker: Any) -> None:
    """Before the first request: the code that it would wait for; and what an earlier process left on disk."""
    from django.conf import settings

    from integrations import spool

    # Gunicorn looks its settings up by two calls each, thirty times a request. They change no more.
    vars(worker.cfg).update({name: setting.get() for name, setting in worker.cfg.settings.items()})
    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()  # What is there now stays; looking through it again would stop every thread for a tenth of a second.
    if settings.SERVES_API:
        spool.replay_later()  # looks for itself: a disk that fails must keep no process from starting
