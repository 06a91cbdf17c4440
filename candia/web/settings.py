"""Django's settings, derived from Candia's configuration and city; nothing else reads the environment."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from candia.config import City, Config

HERE = Path(__file__).parent
CANDIA = Config.read(os.environ)
CANDIA_CITY = City.read(CANDIA.city_file)
CANDIA_TELEMETRY_URL = CANDIA.telemetry_url
CANDIA_STREAM_URL = CANDIA.stream_url

SECRET_KEY = CANDIA.secret_key
DEBUG = CANDIA.debug
ALLOWED_HOSTS = list(CANDIA.allowed_hosts)
ROOT_URLCONF = "candia.web.urls"
ASGI_APPLICATION = "candia.web.asgi.application"


def _service_apps() -> list[str]:
    from importlib.metadata import entry_points

    found = {point.name: point.module.rpartition(".")[0] for point in entry_points(group="candia.services")}
    return [found[name] for name in CANDIA_CITY.services if name in found]


INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "procrastinate.contrib.django",
    "csp",
    "django_vite",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "candia.core",
    "candia.web",
    *_service_apps(),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "candia.web.middleware.ErrorPages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "candia.web.context.city",
            ]
        },
    }
]
FORM_RENDERER = "candia.web.forms.Renderer"


def _database(url: str) -> dict[str, object]:
    parts = conninfo_to_dict(url)
    known = {name: parts.pop(name, "") for name in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known["dbname"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": known["port"],
        # A dozen threads ask at once; a pool serves them where kept connections would pile up.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**parts, "pool": {"min_size": 1, "max_size": 8}},
    }


DATABASES = {"default": _database(CANDIA.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["account.W001"]

AUTH_USER_MODEL = "core.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = CANDIA_CITY.languages[0]
LANGUAGES = [pair for pair in (("el", _("Greek")), ("en", _("English"))) if pair[0] in CANDIA_CITY.languages]
LOCALE_PATHS = [HERE / "locale", HERE.parent / "core" / "locale"]
TIME_ZONE = CANDIA_CITY.timezone
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
DJANGO_VITE = {"default": {"manifest_path": HERE / "dist" / "manifest.json", "static_url_prefix": ""}}
MEDIA_ROOT = CANDIA.home / "media"
MEDIA_URL = "/media/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "candia.web.views.csrf_failure"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# The tile service of the basemap is the one other host that a page may ask.
_basemap = [CANDIA_CITY.basemap_origin] if CANDIA_CITY.basemap_origin else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *_basemap],
        "connect-src": ["'self'", *_basemap],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
