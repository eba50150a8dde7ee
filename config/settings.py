"""Django settings; one file, everything that differs comes from the environment (see `environment`)."""

import os
from pathlib import Path

import django_stubs_ext
import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from config.environment import read_environment

django_stubs_ext.monkeypatch()  # generic in their stubs, so generic in our code

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = read_environment(os.environ, BASE_DIR)
SERVED = ENVIRONMENT.served
DATA_DIR = ENVIRONMENT.data_dir

SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
DEBUG = False

INSTALLED_APPS = [
    # ours first: our commands come before those of the same name elsewhere (import_export has an `export`)
    "provinces",
    "indicators",
    "goals",
    "ingest",
    "reports",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "config.apps.DabiaoAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_celery_beat",
    "import_export",
    "simple_history",
    "config.apps.ConfigConfig",  # last: it dresses what the apps above registered
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.kept_pages.KeptPages",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
                "goals.context.frame",
            ],
        },
    },
]

# ---- data ------------------------------------------------------------------------------------------------------------

if ENVIRONMENT.database_url:
    DATABASES = {"default": environ.Env.db_url_config(ENVIRONMENT.database_url)}
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
else:
    (DATA_DIR / "static").mkdir(parents=True, exist_ok=True)
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "dabiao.sqlite3",
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                # read through the memory of the system: a country's verdicts of a day lie on thousands of pages
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=1073741824;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENVIRONMENT.redis_url}
        if ENVIRONMENT.redis_url
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 6000}}
    )
}

#: The bytes as they were received, the reports as they were issued.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if SERVED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024**2
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
SUBMISSION_MAX_BYTES = 64 * 1024**2
#: The watched folder: others put files into `in`; `done` and `refused` are made beside it.
WATCHED_FOLDER = DATA_DIR / "inbox"
#: A folder of fonts that replaces the packaged ones; NotoSansSC-Regular.otf and NotoSerifSC-Regular.otf must be in it.
REPORT_FONTS = os.environ.get("DABIAO_REPORT_FONTS", "")

# ---- people ----------------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "config.backends.RememberingBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign_in"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, "'unsafe-inline'"],  # plotly sets styles on its elements
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}

# ---- e-mail ----------------------------------------------------------------------------------------------------------

#: Alerts go out by e-mail where a server is named (EMAIL_URL, such as smtp+tls://user:password@host:587); else they are
#: printed in the log.
EMAIL = environ.Env().email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(EMAIL.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(EMAIL.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "dabiao@localhost")

# ---- language and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# ---- static files ----------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.staticfiles.PackageScriptFinder",
]
WHITENOISE_USE_FINDERS = not SERVED
WHITENOISE_MANIFEST_STRICT = True

# ---- work in the background ------------------------------------------------------------------------------------------

CELERY_BROKER_URL = ENVIRONMENT.redis_url or "memory://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600} if ENVIRONMENT.redis_url else {"polling_interval": 0.05}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}  # the sweep is there
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "take up what was left lying": {"task": "ingest.sweep", "schedule": 60.0},
    "look into the watched folder": {"task": "ingest.watch_folder", "schedule": 30.0},
    "draw pages ahead": {"task": "config.draw_ahead", "schedule": 10.0, "options": {"expires": 10}},
    "forget old changes": {"task": "config.forget_old_changes", "schedule": 3600.0},
    "take up reports left lying": {"task": "reports.sweep", "schedule": 60.0},
    "judge every target each morning": {"task": "goals.assess_shown_day", "schedule": crontab(hour=6, minute=40)},
    "warn of sections that fell behind": {"task": "goals.watch_sections", "schedule": crontab(hour=6, minute=50)},
    "send the new alerts": {"task": "goals.send_digests", "schedule": crontab(hour=7, minute=30)},
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

UNFOLD = {
    "SITE_TITLE": "达标",
    "SITE_HEADER": _("达标 管理"),
    "SITE_SUBHEADER": _("目标、数据与名录"),
    "SITE_SYMBOL": "target",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("dabiao/mark.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    "COLORS": {
        "primary": {
            "50": "#f3f6fb",
            "100": "#e5ecf6",
            "200": "#d3ddec",
            "300": "#a9bddc",
            "400": "#6587bb",
            "500": "#3a66a5",
            "600": "#1d4c8f",
            "700": "#184078",
            "800": "#143360",
            "900": "#0f2748",
            "950": "#0a1a30",
        }
    },
}
