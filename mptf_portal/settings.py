"""Settings of the portal: this one file, every value from the environment.

A file named `.env` beside `manage.py` is read first and never overrides the environment. The
README's configuration table describes each variable.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if env_file := env.str("ENV_FILE", default=str(BASE_DIR / ".env")):
    env.read_env(env_file)

# The one relaxation: plain http, the demonstration, and a desk that asks for no second factor. On
# in `make run`, never in production.
PORTAL_LOCAL = env.bool("PORTAL_LOCAL", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. `make run` writes one to .env; in production set it in the "
        "environment, for example to the output of `openssl rand -base64 48`."
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

# Application

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "mptf_portal",
    "proposals",
    "programmes",
    "contributions",
]
MIDDLEWARE = [
    "mptf_portal.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "mptf_portal.middleware.PermissionsPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mptf_portal.middleware.PublicWithoutCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mptf_portal.accounts.entrance.EntranceMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
ROOT_URLCONF = "mptf_portal.urls"
WSGI_APPLICATION = "mptf_portal.wsgi.application"
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
                "mptf_portal.context_processors.portal",
                "contributions.context_processors.ledger",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Databases


def database(url: dict, *, read_only: bool) -> dict:
    """Complete a parsed database URL: kept-open connections, and what each engine needs.

    SQLite writes take their lock when the transaction begins, so that two writers wait for each
    other instead of failing; reads are deferred and refuse to write. PostgreSQL reads see one
    snapshot for the whole page; one that takes longer than a few seconds fails, and the last page
    known is answered instead. A write waits for a lock, but not as long as gunicorn waits for a
    worker before it kills it: what was typed would be lost with it.
    """
    options = dict(url.get("OPTIONS", {}))
    if "sqlite" in url["ENGINE"]:
        pragma = "PRAGMA query_only=ON" if read_only else "PRAGMA journal_mode=WAL"
        options |= {
            "timeout": 20,  # seconds a writer waits for another
            "transaction_mode": "DEFERRED" if read_only else "IMMEDIATE",
            "init_command": f"{pragma}; PRAGMA synchronous=NORMAL",
        }
    else:
        # Seconds, and milliseconds, until a server that does not answer counts as gone.
        options |= {"connect_timeout": 3, "tcp_user_timeout": 5000}
        options["options"] = (
            "-c default_transaction_read_only=on "
            r"-c default_transaction_isolation=repeatable\ read "
            "-c statement_timeout=3000"
            if read_only
            else "-c lock_timeout=10000"
        )
    # Public pages ask first and notice a lost connection themselves, see mptf_portal.live.
    return {**url, "OPTIONS": options, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": not read_only}


_default_url = env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'portal.sqlite3'}")
_read_url = env.db_url("DATABASE_REPLICA_URL") if env("DATABASE_REPLICA_URL", default="") else {}
DATABASES = {
    "default": database(_default_url, read_only=False),
    # Public pages read here, see mptf_portal.snapshot.
    "read": database(_read_url or _default_url, read_only=True) | {"TEST": {"MIRROR": "default"}},
}
PG_BIN = env.str("PG_BIN", default="")  # where `backup` finds pg_dump; empty: in PATH
# Attempts to sign in are counted here: one table for all processes, made by `prepare`. Where it is
# full the oldest entries go; so many that nobody empties another's count by filling it.
CACHES = {
    "default": env.cache_url("CACHE_URL", default="dbcache://portal_cache?max_entries=100000")
}

# Whom readers write to, and under which licence the data may be used: said only where it is known

CONTACT_EMAIL = env.str("CONTACT_EMAIL", default="")
CONTACT_URL = env.str("CONTACT_URL", default="")
LICENCE = env.str("LICENCE", default="")
LICENCE_URL = env.str("LICENCE_URL", default="")

# Language and time: English is served for now; every format follows the active language.

LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["mptf_portal.formats"]
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files: hashed and compressed in deployments, served from the source folders locally

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = (
    None if PORTAL_LOCAL else env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
)
WHITENOISE_USE_FINDERS = PORTAL_LOCAL
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if PORTAL_LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Mail: invitations, forgotten passwords, and word of what changed in an account

EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if PORTAL_LOCAL else "")
MAIL_IS_SENT = bool(EMAIL_URL)  # where it is not, pages say so instead of waiting for a mail
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")

# Sign-in, by django-allauth; mptf_portal.accounts says what is ours

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
SECOND_FACTOR_REQUIRED = not PORTAL_LOCAL
# Behind a proxy that always sets it: the header that holds a visitor's address, which nothing logs.
ALLAUTH_TRUSTED_CLIENT_IP_HEADER = env.str("CLIENT_IP_HEADER", default="") or None
ACCOUNT_ADAPTER = "mptf_portal.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "mptf_portal.accounts.forms.SignInForm"}
ACCOUNT_SIGNUP_ENABLED = False
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation is answered from the mailbox it was sent to
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # through the second factor, where there is one
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # seconds, from sign-in or from the last confirmation
MFA_ADAPTER = "mptf_portal.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {"add_webauthn": "mptf_portal.accounts.forms.PasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator entered the address; nobody signs up
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute wrong
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PORTAL_LOCAL

# Security

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
TLS = not PORTAL_LOCAL
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"  # public pages carry no cookie
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600  # a working day
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
if env.bool("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

SIMPLE_HISTORY_REVERT_DISABLED = True  # history is read; a mistake is corrected by a new row

# Logs: one JSON object a line, no client address, user agent or query string

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "mptf_portal.middleware.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "mptf_portal": {"level": env.str("LOG_LEVEL", default="INFO")},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
