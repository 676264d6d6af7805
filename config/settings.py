"""One file of settings; whatever differs between installations is read from the environment."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from config import env, logs

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env.text("SECRET_KEY")
DEBUG = env.flag("DEBUG", default=False)
# What this process answers: the API, the admin, or both.
SERVE = env.choice("SERVE", "all", "api", "admin")
SERVES_API, SERVES_ADMIN = SERVE != "admin", SERVE != "api"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# Keys of personal data, kept outside the database: see integrations.privacy.
PHONE_KEY = env.key("PHONE_KEY")
MASTER_KEY = env.key("MASTER_KEY")
# Names the proposals in links: see integrations.references.
REF_KEY = env.key("REF_KEY")

# What the journal is proven by: see integrations.proof. Only the process that seals needs the first.
SIGNING_KEY = env.signing_key("SIGNING_KEY")
TRUSTED_KEYS = env.words("TRUSTED_KEYS")

# How long what is kept: see integrations.retention.
ENTRIES_KEPT_YEARS = env.whole("ENTRIES_KEPT_YEARS", 5)
REQUESTS_KEPT_DAYS = env.whole("REQUESTS_KEPT_DAYS", 30)
LISTS_KEPT_DAYS = env.whole("LISTS_KEPT_DAYS", 30)

# Roles belong to all databases of a cluster: see integrations.roles.
ROLE_PREFIX = env.text("ROLE_PREFIX", "vitrina_")

# Where entries wait on this machine's disk while Postgres is away; not on the disk of Postgres.
SPOOL_DIR = env.text("SPOOL_DIR")

# For so long a reference in a link leads to its offer, and from then on, like one that nobody knows, to that address.
REFS_LIFETIME_DAYS = env.whole("REFS_LIFETIME_DAYS", 30)
FALLBACK_URL = env.address("FALLBACK_URL")

# "Pre-approved" must be true: of the applications on which the bank has decided it approves so many per cent at least,
# once there are enough of them to say.
HONESTY_PERCENT = env.whole("HONESTY_PERCENT", 50)
HONESTY_SAMPLE = env.whole("HONESTY_SAMPLE", 20)

# Where each enquiry is handed over as a lead, and the bearer token for it: see integrations.applications.leads.
LEADS_URL = env.address("LEADS_URL")
LEADS_TOKEN = env.text("LEADS_TOKEN", "")

# The bank's scoring service (docs/scoring.md): who it is, how it is called, and what is told of the person.
SCORING_URL = env.service("SCORING_URL")
SCORING_TOKEN = env.bearer("SCORING_TOKEN")
_files = env.file("SCORING_CA"), env.file("SCORING_CERTIFICATE"), env.file("SCORING_KEY")
SCORING_TLS = env.client_tls(*_files) if SCORING_URL.startswith("https:") else None
SCORING_PHONE = env.choice("SCORING_PHONE", "hashed", "clear")
# So long a question of Yandex waits for it, and so long it may go on in the background.
SCORING_DEADLINE_MS = env.between("SCORING_DEADLINE_MS", 800, 50, 1500)
SCORING_GIVE_UP_SECONDS = env.between("SCORING_GIVE_UP_SECONDS", 120, 5, 600)
# Within these: for a connection, and for each piece of an answer.
SCORING_CONNECT_MS = env.between("SCORING_CONNECT_MS", 250, 10, 10_000)
SCORING_READ_MS = env.between("SCORING_READ_MS", 10_000, 50, 60_000)
# So many threads of a process may wait for it: by default less than half, so that most are left for everybody else.
_threads = env.between("THREADS", 8, 1, 1000)
SCORING_AT_ONCE = env.between("SCORING_AT_ONCE", max(1, (_threads - 1) // 2), 1, max(1, _threads - 1))
# And so many questions the jobs ask at the same time, each over a connection to the database of its own.
SCORING_JOBS_AT_ONCE = env.between("SCORING_JOBS_AT_ONCE", 8, 1, 100)
# After so many failures in a row it is left alone for so many seconds.
SCORING_BREAKER_FAILURES = env.between("SCORING_BREAKER_FAILURES", 5, 1, 1000)
SCORING_BREAKER_SECONDS = env.between("SCORING_BREAKER_SECONDS", 10, 1, 600)

# The address of the API that is given to Yandex, shown on the page of the connection.
PUBLIC_URL = env.text("PUBLIC_URL", "")

# Who calls: see integrations.clients. So long, in seconds, an access token holds.
TOKEN_LIFETIME = env.whole("TOKEN_LIFETIME_SECONDS", 3600)
# So many proxies stand in front, each of which adds to X-Forwarded-For: see integrations.networks.
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", 0)
# So often a second one address may ask with credentials that nobody knows, or none: see integrations.yandex.auth.
STRANGERS_RATE = env.whole("STRANGERS_RATE", 200)
# Over how many processes limits are spread: see integrations.limits.
PROCESSES = env.whole("WEB_CONCURRENCY", 2)

# Whether what one person asks to have published must be approved by another.
FOUR_EYES = env.flag("FOUR_EYES", default=False)

# For so long a repeated question gets the stored answer (the design's promise 4).
ANSWERS_LIFETIME_HOURS = env.whole("ANSWERS_LIFETIME_HOURS", 24)
# A person waits: what takes longer counts as late in the analysts' figures.
ANSWER_DEADLINE_MS = env.whole("ANSWER_DEADLINE_MS", 800)

ADMIN_APPS = [
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "entrance",
    "unfold.apps.BasicAppConfig",  # with the site that comes next in place of its own
    "entrance.apps.SiteConfig",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
INSTALLED_APPS = [
    *(ADMIN_APPS if SERVES_ADMIN else ()),
    # DRF can't be imported without these two, although nobody logs in where only the API is served.
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "rest_framework",
    "offers",
    "integrations",
]

# The API's requests never get here, see integrations.yandex.exit.
ADMIN_MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.language.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "entrance.sessions.Limits",
    "django_otp.middleware.OTPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
MIDDLEWARE = [
    "config.health.Probes",
    "django.middleware.security.SecurityMiddleware",
    "config.csp.ContentSecurityPolicy",
    *(ADMIN_MIDDLEWARE if SERVES_ADMIN else ()),
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL")}
# Bounded waits (promise 8). The limit on a statement is set where requests are served, never for migrations.
_limits = {
    "lock_timeout": env.text("DATABASE_LOCK_TIMEOUT", ""),
    "statement_timeout": env.text("DATABASE_STATEMENT_TIMEOUT", ""),
}
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["OPTIONS"] |= {
    "connect_timeout": 1,
    # What the API asks again and again is planned once a connection. pgbouncer, if there is one, must be 1.21 or newer.
    "prepare_threshold": 2,
    "application_name": "vitrina",
    # An answer leaves only after its journal entry is on disk, whatever the server's default says.
    "options": " ".join(
        f"-c {name}={value}" for name, value in {"synchronous_commit": "on", **_limits}.items() if value
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = [
    *(["axes.backends.AxesStandaloneBackend"] if SERVES_ADMIN else []),
    "django.contrib.auth.backends.ModelBackend",
]
# Administrators and publishers log in with a second factor: see entrance.second_factor.
ADMIN_OTP = env.flag("ADMIN_OTP", default=True)
OTP_TOTP_ISSUER = "Vitrina"
# A login ends after so long, and after so long without anything done: see entrance.sessions.
SESSION_LIFETIME = timedelta(hours=env.whole("SESSION_HOURS", 12))
SESSION_IDLE = timedelta(minutes=env.whole("SESSION_IDLE_MINUTES", 60))
# Whoever guesses passwords: see entrance.lockout.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = "entrance.lockout.cool_off"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the moment that the page tells holds
AXES_CLIENT_IP_CALLABLE = "entrance.lockout.address"
AXES_USERNAME_CALLABLE = "entrance.lockout.name"
AXES_CLIENT_STR_CALLABLE = "entrance.lockout.told"
AXES_LOCKOUT_CALLABLE = "entrance.lockout.refuse"
AXES_SENSITIVE_PARAMETERS = ["username", "csrfmiddlewaretoken", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

REST_FRAMEWORK: dict[str, Any] = {
    # Whatever is forgotten on a view refuses everybody.
    "DEFAULT_AUTHENTICATION_CLASSES": ["integrations.yandex.auth.ClientAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}

# Of what is called: see integrations.openapi.
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Витрина",
    "DESCRIPTION": "Что вызывают Яндекс и системы банка",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "APPEND_COMPONENTS": {
        "securitySchemes": {name: {"type": "http", "scheme": name} for name in ("bearer", "basic")},
    },
}

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
# Unfold brings no Russian. Its strings have a catalogue of their own, which makemessages leaves alone.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale_unfold"]
TIME_ZONE = "Europe/Moscow"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / "static"))
# Large files that are brought wait on the disk without a name.
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "integrations.uploads.NamelessFileUploadHandler",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# HTTPS is expected; switch it off only where everything stays on this machine, as in the demo.
HTTPS = env.flag("HTTPS", default=True)
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
# With that prefix a browser takes the cookie from this very host alone, over TLS.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (f"{'__Host-' if HTTPS else ''}{name}" for name in ("sessionid", "csrftoken"))
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "DENY"

LOGGING_CONFIG = None
logs.configure(level=env.text("LOG_LEVEL", "INFO"))

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Vitrina"),
    "SITE_HEADER": _("Vitrina"),
    "SITE_SUBHEADER": _("Offers for Yandex"),
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("vitrina/favicon.svg")},  # noqa: ARG005
    ],
    "SITE_URL": None,  # there is no site beside the admin to go back to
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SIDEBAR": {"navigation": "config.navigation.sidebar"},
    "ACCOUNT": {"navigation": "config.navigation.account"},
    "STYLES": [
        lambda request: static("vitrina/colours.css"),  # noqa: ARG005  (Unfold's signature)
        lambda request: static("vitrina/admin.css"),  # noqa: ARG005
    ],
    "SCRIPTS": [lambda request: static("vitrina/quiet.js")],  # noqa: ARG005
    "COLORS": {},
}
