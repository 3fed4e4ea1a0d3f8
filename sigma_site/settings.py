"""All settings, in one file. Runs on a laptop with nothing set.

What may be set from outside (environment):

    SIGMA_HOME      folder for all that is written          var/
    SIGMA_PACKS     folder of the packs                     packs/
    DATABASE_URL    postgres://… or sqlite:///…             SQLite in SIGMA_HOME
    SECRET_KEY      made on first run, kept in SIGMA_HOME   (file, mode 0600)
    DEBUG           true while developing                   false
    ALLOWED_HOSTS   comma-separated names                   localhost,127.0.0.1,[::1]
    SIGMA_KERNELS   folder of compiled kernels              SIGMA_HOME/kernels
    SIGMA_DATASET   dataset that `auto` means               (main, else demo)
    SIGMA_EXECUTOR  who computes matrices                   threads:2
    SIGMA_TRAIN_THREADS  threads of a training, part of what it gives  2
    SIGMA_HTTPS     true behind TLS: secure cookies, HSTS   false
    SIGMA_LOGS      console or json                         (console on a terminal)
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from sigma_core.errors import BadInput
from sigma_core.executor import parse
from sigma_site import logs

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent


def folder(name: str, default: Path) -> Path:
    """A folder from the environment, absolute."""
    return Path(env.str(name, default=str(default))).expanduser().resolve()


def executor(name: str, default: str) -> str:
    """Who computes large builds: `threads:N` or `processes:N`."""
    given = env.str(name, default=default)
    try:
        parse(given, scratch=BASE_DIR)
    except BadInput as error:
        raise ImproperlyConfigured(str(error)) from None
    return given


def secret_key(path: Path) -> str:
    """The key in the environment, else the one kept in a file, made on first run."""
    given = env.str("SECRET_KEY", default="")
    if given:
        if len(given) < 50:
            raise ImproperlyConfigured("SECRET_KEY is shorter than 50 characters.")
        return given
    try:
        # O_EXCL: of two processes that start together, one makes the key
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(made, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text().strip()


SIGMA_HOME = folder("SIGMA_HOME", BASE_DIR / "var")
SIGMA_PACKS = folder("SIGMA_PACKS", BASE_DIR / "packs")
SIGMA_HOME.mkdir(parents=True, exist_ok=True)
SIGMA_KERNELS = folder("SIGMA_KERNELS", SIGMA_HOME / "kernels")
SIGMA_DATASET = env.str("SIGMA_DATASET", default="")
SIGMA_EXECUTOR = executor("SIGMA_EXECUTOR", "threads:2")
#: LightGBM sums in an order that depends on it: another number may give other trees
SIGMA_TRAIN_THREADS = env.int("SIGMA_TRAIN_THREADS", default=2)
#: a worker renews its lease this long; after it, the reaper takes the run back
SIGMA_LEASE_SECONDS = env.int("SIGMA_LEASE_SECONDS", default=30)
SIGMA_MAX_ATTEMPTS = 2
#: wall-clock and memory limits of one run's child process
SIGMA_RUN_SECONDS = env.int("SIGMA_RUN_SECONDS", default=3600)
SIGMA_RUN_MEMORY_BYTES = env.int("SIGMA_RUN_MEMORY_BYTES", default=8 * 2**30)
#: a draft of a large set in the Builder is some thousand fields
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6_000
SIGMA_UPLOAD_BYTES = env.int("SIGMA_UPLOAD_BYTES", default=512 * 2**20)

SECRET_KEY = secret_key(SIGMA_HOME / "secret_key")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS=* lets any site speak for this one.")
HTTPS = env.bool("SIGMA_HTTPS", default=False)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "lucide",
    "template_partials",
    "django_filters",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "django_ace",
    "accounts",
    "packs_app",
    "signals",
    "builder",
    "sigma_site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sigma_site.csp.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "sigma_site.urls"
WSGI_APPLICATION = "sigma_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]


def database() -> dict[str, object]:
    """SQLite in SIGMA_HOME, or what DATABASE_URL names."""
    config: dict[str, object] = env.db_url(
        "DATABASE_URL", default=f"sqlite:///{SIGMA_HOME / 'sigma.sqlite3'}"
    )
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        # a file, as in life: threads of one in-memory database lock each other out
        config["TEST"] = {"NAME": SIGMA_HOME / "test.sqlite3"}
    else:
        config["CONN_HEALTH_CHECKS"] = True
        # only the web's long-lived threads share a pool: the queue forks its workers,
        # and two processes must never speak on one connection
        if env.bool("SIGMA_DB_POOL", default=False):
            config["OPTIONS"] = {"pool": {"min_size": 0, "max_size": 10, "timeout": 10}}
    return config


DATABASES = {"default": database()}
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
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
X_FRAME_OPTIONS = "DENY"
#: what a page may load; the admin has its own, see sigma_site/csp.py
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        # the YAML editor makes its worker from a blob
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    },
}

LOGGING = logs.configure(env.str("SIGMA_LOGS", default="auto"))

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = SIGMA_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "sigma_site.plotly.OneFile",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "sigma_site.compressed.GzipStorage"},
}
# in SIGMA_HOME, not /tmp: an upload is moved, not copied, and the disk is checked
FILE_UPLOAD_TEMP_DIR = SIGMA_HOME / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True)

Q_CLUSTER = {
    "name": "sigma",
    "orm": "default",
    "workers": 2,
    "queue_limit": 2,
    "bulk": 1,
    # the task only waits for its child, which has its own limit
    "timeout": SIGMA_RUN_SECONDS + 120,
    "retry": SIGMA_RUN_SECONDS + 600,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "scheduler": False,
    "save_limit": 100,
    "poll": 0.2,
    "time_zone": "UTC",
    "label": "Queue",
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api_access.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api_access.HasRole"],
    "DEFAULT_PARSER_CLASSES": ["sigma_api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "sigma_api.schema.ApiSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "sigma_api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sigma",
    "DESCRIPTION": "Every action of the site, as a call.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["accounts.api_access.HasRole"],
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RunKind": "signals.models.Run.Kind",
        "RunStatus": "signals.models.Run.Status",
        "ModelKind": ["scanner", "gbm"],
        "UniverseKind": ["universe", "watchlist"],
        "ChangeKind": ["changed", "added", "removed"],
        "WritableKind": ["indicator_set", "model_config", "policy", "pack"],
    },
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

UNFOLD = {
    "SITE_TITLE": "Sigma",
    "SITE_HEADER": "Sigma",
    "SITE_URL": reverse_lazy("today"),
}
