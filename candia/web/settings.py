"""Django's settings, derived from Candia's configuration and city; nothing else reads the environment."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from candia.config import City, Config
from candia.core import file_store
from candia.core.installed import package, switched_on

HERE = Path(__file__).parent
CANDIA = Config.read(os.environ)
CANDIA_CITY = City.read(CANDIA.city_file)
CANDIA_TELEMETRY_URL = CANDIA.telemetry_url
CANDIA_STREAM_URL = CANDIA.stream_url

SECRET_KEY = CANDIA.secret_key
DEBUG = CANDIA.debug
DEFAULT_EXCEPTION_REPORTER = "candia.web.debug.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "candia.web.debug.Nothing"
ALLOWED_HOSTS = list(CANDIA.allowed_hosts)
ROOT_URLCONF = "candia.web.urls"
ASGI_APPLICATION = "candia.web.asgi.application"


INSTALLED_APPS = [
    # First, so that the city's own templates and words stand in for the libraries'.
    "candia.core",
    "candia.ui",
    "candia.web",
    "candia.doors",
    *map(package, switched_on(CANDIA_CITY.services).values()),
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
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "candia.doors.metrics.Measured",
    "candia.web.packing.Packed",
    "candia.web.middleware.ReleaseConnections",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "candia.doors.middleware.Interfaces",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "candia.accounts.sessions.SignedIn",
    "candia.web.session.OnePerson",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "candia.accounts.second_factor.SecondFactor",
    "candia.web.middleware.IdempotentForms",
    "candia.web.middleware.ErrorPages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "candia.web.lean_templates.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["candia.ui.templatetags.posted"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "candia.web.context.city",
                "candia.accounts.second_factor.accounts",
            ],
        },
    }
]
FORM_RENDERER = "candia.ui.renderer.Renderer"


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
        # A reader is told after a few seconds that the database is away, rather than after thirty.
        "OPTIONS": {**parts, "pool": {"min_size": 1, "max_size": 8, "timeout": 8}},
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

# Accounts: an e-mail address and a password or a passkey; the address is proved by a code.
CANDIA_REQUIRE_MFA = CANDIA.require_mfa
ACCOUNT_ADAPTER = "candia.accounts.adapters.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {"signup": "candia.accounts.allauth_forms.SignUp"}
# Wrong passwords and codes are counted by `people.guessing` instead, which locks no owner out.
ACCOUNT_RATE_LIMITS = {"login_failed": None, "login": None}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if CANDIA.https else "http"
MFA_ADAPTER = "candia.accounts.adapters.Keys"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "candia.accounts.passkeys.AddPasskey",
    "login_webauthn": "candia.accounts.passkeys.SignIn",
    "authenticate_webauthn": "candia.accounts.passkeys.SecondFactor",
    "reauthenticate_webauthn": "candia.accounts.passkeys.Again",
    "authenticate": "candia.accounts.allauth_forms.Factor",
    "reauthenticate": "candia.accounts.allauth_forms.FactorAgain",
}
MFA_TOTP_ISSUER = CANDIA_CITY.name
# A clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
# Browsers take http for safe on this machine alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not CANDIA.https
USERSESSIONS_ADAPTER = "candia.accounts.adapters.Sessions"
SOCIALACCOUNT_ADAPTER = "candia.accounts.adapters.Providers"
# The city chose the provider: an address that it has proved opens the account of that address.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "candia.accounts.adapters.Provider",
        "APPS": [
            {
                "provider_id": "city",
                "name": urlsplit(CANDIA.oidc_issuer).hostname or "",
                "client_id": CANDIA.oidc_client_id,
                "secret": CANDIA.oidc_client_secret,
                "settings": {"server_url": CANDIA.oidc_issuer},
            }
        ]
        if CANDIA.oidc_issuer
        else [],
    }
}
# How often one address may knock is counted for all web processes together.
CACHES = {
    "default": {
        "BACKEND": "candia.web.cache.Cache",
        "LOCATION": "people_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}


def _mail(url: str) -> dict[str, object]:
    """Django's settings for CANDIA_EMAIL_URL: `file:`, `console:`, `smtp://user:password@host:port?tls=1`."""
    parts = urlsplit(url)
    if parts.scheme != "smtp":
        kind = "console" if parts.scheme == "console" else "filebased"
        return {"EMAIL_BACKEND": f"django.core.mail.backends.{kind}.EmailBackend"}
    asked = dict(parse_qsl(parts.query))
    return {
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if asked.get("ssl") == "1" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": asked.get("tls") == "1",
        "EMAIL_USE_SSL": asked.get("ssl") == "1",
        **({"DEFAULT_FROM_EMAIL": asked["from"]} if "from" in asked else {}),
    }


EMAIL_FILE_PATH = str(CANDIA.home / "mail")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = f"no-reply@{(ALLOWED_HOSTS or ['localhost'])[0].lstrip('.*')}"
globals().update(_mail(CANDIA.email_url))

LANGUAGE_CODE = CANDIA_CITY.languages[0]
LANGUAGES = [pair for pair in (("el", _("Greek")), ("en", _("English"))) if pair[0] in CANDIA_CITY.languages]
LOCALE_PATHS = [HERE / "locale", HERE.parent / "core" / "locale"]
FORMAT_MODULE_PATH = ["candia.web.formats"]
TIME_ZONE = CANDIA_CITY.timezone
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
DJANGO_VITE = {"default": {"manifest_path": HERE / "dist" / "manifest.json", "static_url_prefix": "/static"}}
MEDIA_ROOT = CANDIA.home / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "attachments": file_store.backend(CANDIA),
}
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

SESSION_ENGINE = "candia.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CANDIA.https
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "candia.web.session.csrf_failure"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Said on https alone: for a year browsers take nothing else for this city.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if CANDIA.https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# The tile service of the basemap is the one other host that a page may ask.
_basemap = [CANDIA_CITY.basemap_origin] if CANDIA_CITY.basemap_origin else []
_issuer = urlsplit(CANDIA.oidc_issuer)
_provider = [f"{_issuer.scheme}://{_issuer.netloc}"] if _issuer.netloc else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *_basemap],
        "connect-src": ["'self'", *_basemap],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        # A form that leads on to the identity provider counts as one sent there.
        "form-action": ["'self'", *_provider],
        "frame-ancestors": ["'none'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # It tells of every task that it gets to know, at each start of any command.
    # And whoever asks for a host that is not ours would fill the log, fifteen lines at a time.
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
