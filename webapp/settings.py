"""Settings: values only, read from the environment by typed readers that raise on invalid values.

The import has one side effect: the first start writes its secret key into the data folder.

Every variable is described in docs/deployment.md; a test checks that.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import django_htmx
import plotly
from django.contrib.messages import constants as message_levels

from webapp.environment import (
    database_url,
    env_bool,
    env_bucket,
    env_choice,
    env_command,
    env_folder,
    env_int,
    env_list,
    env_path,
    env_redis,
    env_str,
    secret_key,
)
from webapp.http.static_files import digest_of

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

# Everything that is not in the database: checkpoints, logs, the SQLite file, the secret key.
DATA_DIR = env_path("TRAINYARD_DATA", BASE_DIR / "data")
# Whether other users of the machine may read the data folder (webapp/launcher/privacy.py).
SHARED_DATA = env_bool("TRAINYARD_SHARED_DATA", False)
# Datasets in Python: their code is run by trainers on the workers' machines, never by the site.
PLUGIN_DIR = env_folder("TRAINYARD_PLUGINS")
HOST = env_str("HOST", "127.0.0.1")
PORT = env_int("PORT", 8000)

# Checkpoints are shared through a bucket when CHECKPOINT_STORE is s3://bucket/prefix; boto3 reads the usual AWS_…
# variables, AWS_ENDPOINT_URL among them. Otherwise the data folder is their store.
CHECKPOINT_STORE = env_bucket("CHECKPOINT_STORE")

# Whether downloads are redirected to the bucket by an address signed for some minutes; browsers must reach the bucket.
DOWNLOADS_FROM_BUCKET = env_bool("DOWNLOADS_FROM_BUCKET", False)

DEBUG = env_bool("DEBUG", False)
SECRET_KEY = secret_key(DATA_DIR)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])
HTTPS = env_bool("HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# How long browsers that have seen the site over TLS refuse it without.
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", 30 * 24 * 60 * 60, least=0) if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "django_htmx",
    "webapp.language",
    "webapp.teams",
    "webapp.jobs",
    "webapp.datasets",
    "webapp.experiments",
    "webapp.runs",
    "webapp.metrics",
    "webapp.checkpoints",
    "webapp.storage",
    "webapp.launches",
    "webapp.api",
    "webapp.workers",
    "webapp.operators",
    "webapp.launcher",
]

# As the classes of notices are called in static/css/parts.css.
MESSAGE_TAGS = {message_levels.ERROR: "bad", message_levels.WARNING: "warn", message_levels.SUCCESS: "good"}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "webapp.http.compression.StaticFilesMiddleware",
    "webapp.http.compression.TextGZipMiddleware",
    "webapp.http.security_headers.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "webapp.language.middleware.LanguageMiddleware",
    "webapp.teams.access.AccessMiddleware",
]

ROOT_URLCONF = "webapp.urls"
ASGI_APPLICATION = "webapp.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "webapp.language.tags", "webapp.jobs.tags"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "webapp.pages.site.navigation.team",
            ],
            "libraries": {
                "pages": "webapp.ui.filters",
                "commands": "webapp.ui.command_tags",
                "checkpoint_pages": "webapp.pages.checkpoints.filters",
                "runpage": "webapp.pages.runs.filters",
            },
        },
    },
]

# SQLite unless DATABASE_URL names a PostgreSQL database.
DATABASES = {"default": database_url("DATABASE_URL", DATA_DIR / "trainyard.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_redis("REDIS_URL", "redis://127.0.0.1:6379/0")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # It carries only hints, so a lost message costs nothing; a short expiry keeps Redis small. The layer waits
        # for a message 5 s at a time: as long as redis-py waits for an answer by default, so it must wait longer.
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": 30, "socket_connect_timeout": 5}],
            "prefix": "trainyard",
            "capacity": 500,
            "expiry": 10,
        },
    },
}

AUTH_USER_MODEL = "teams.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30

# Who may create a team once there is one: operators of the site, or everyone with an account.
TEAM_FOUNDERS = env_choice("TRAINYARD_TEAM_FOUNDERS", ("operator", "everybody"))
# How many run pages one person may have open at a time, in each web process; each of them holds a socket.
SOCKETS_PER_PERSON = env_int("TRAINYARD_SOCKETS_PER_PERSON", 30, least=1)

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "webapp" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
TIME_ZONE = "UTC"
USE_TZ = True

# During development files change under the same address.
STATIC_VERSION = "" if DEBUG else digest_of(BASE_DIR / "static", map(version, ("plotly", "django-htmx"))) + "/"
# In the address of the texts of scripts.
TEXTS_VERSION = digest_of(LOCALE_PATHS[0], ())
STATIC_URL = f"/static/{STATIC_VERSION}"
STATIC_ROOT = DATA_DIR / "staticfiles"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("plotly", Path(plotly.__file__).parent / "package_data"),
    ("htmx", Path(django_htmx.__file__).parent / "static" / "django_htmx"),
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# The largest body of a request (webapp/http/bodies.py), and of the addresses, by name, that take a picture.
# Bodies stay in memory, because requests, which may come from anyone, must not fill the disk.
UPLOAD_MAX_BYTES = 5 * 1024 * 1024
BODY_MAX_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
BODY_MAX_BYTES_OF = {"checkpoint-try": UPLOAD_MAX_BYTES + 1024 * 1024}
FILE_UPLOAD_MAX_MEMORY_SIZE = max(BODY_MAX_BYTES_OF.values())
# A request is ended when nothing more of its body has arrived for this long.
BODY_IDLE_SECONDS = env_int("BODY_IDLE_SECONDS", 30, least=1)

# How long pictures and rows of "Try it" are kept, with their answers, before the reconciler removes them.
PREDICTIONS_KEPT_DAYS = env_int("PREDICTIONS_KEPT_DAYS", 7, least=1)

# How long a deleted run can be restored before the reconciler removes its files.
DELETED_RUNS_KEPT_DAYS = env_int("DELETED_RUNS_KEPT_DAYS", 7)

# The most runs that one person may have queued at a time.
MAX_QUEUED_RUNS_PER_PERSON = env_int("MAX_QUEUED_RUNS_PER_PERSON", 100, least=1)

# A worker renews the lease of its job every HEARTBEAT_SECONDS; after LEASE_SECONDS without renewal the reconciler
# requeues the job, at most MAX_RESTARTS times.
HEARTBEAT_SECONDS = env_int("HEARTBEAT_SECONDS", 5)
LEASE_SECONDS = env_int("LEASE_SECONDS", 30)
RECONCILE_SECONDS = env_int("RECONCILE_SECONDS", 3)
MAX_RESTARTS = 3
STOP_GRACE_SECONDS = env_int("STOP_GRACE_SECONDS", 20)
# How long a job that needs a checkpoint waits for a bucket that does not answer, before it fails.
STORE_TIMEOUT_SECONDS = env_int("STORE_TIMEOUT_SECONDS", 600)
# How long a worker may take to understand or to prepare a file of a team.
READING_HOURS = env_int("TRAINYARD_READING_HOURS", 24, least=1)
# How many of the machine's GPUs each process of a training worker uses for a run.
GPUS_PER_RUN = env_int("TRAINYARD_GPUS_PER_RUN", 1, least=1)
# The command of a trainer process; tests use a faster one.
TRAINER_COMMAND = env_command("TRAINER_COMMAND", [sys.executable, "-m", "trainer", "serve"])

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "webapp.http.logs.Formatter", "format": "%(levelname)s %(name)s: %(message)s"}},
    "filters": {"concise": {"()": "webapp.http.logs.Concise"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["concise"]}},
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", "INFO")},
}
