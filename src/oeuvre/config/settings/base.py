"""Applications, templates, static files, languages, mail."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from oeuvre.config import env

PACKAGE_DIR = Path(__file__).resolve().parents[2]
UI_DIR = PACKAGE_DIR / "interfaces" / "ui"
HOME = env.home()
DEBUG = env.flag("OEUVRE_DEBUG")
SITE_NAME = env.get("OEUVRE_SITE_NAME")
SITE_URL = (env.get("OEUVRE_URL") or f"http://{env.get('OEUVRE_HOST')}:{env.get('OEUVRE_PORT')}").rstrip("/")

INSTALLED_APPS = [
    "oeuvre.interfaces.ui",
    "oeuvre.interfaces.demo",
    "oeuvre.domains.audit",
    "oeuvre.domains.accounts",
    "oeuvre.domains.ledger",
    "oeuvre.domains.billing",
    "oeuvre.domains.demand",
    "oeuvre.domains.search",
    "oeuvre.domains.conversations",
    "oeuvre.domains.catalog",
    "oeuvre.domains.portfolio",
    "oeuvre.domains.creation",
    "oeuvre.domains.briefs",
    "oeuvre.domains.orders",
    "oeuvre.domains.reviews",
    "oeuvre.domains.disputes",
    "oeuvre.domains.assistant",
    "oeuvre.domains.insights",
    "oeuvre.integrations.sandbox_payments",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "django.forms",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "oeuvre.interfaces.site.middleware.PrivateAnswersMiddleware",
    "oeuvre.interfaces.site.middleware.SessionActivityMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "oeuvre.interfaces.site.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "oeuvre.config.urls"
ASGI_APPLICATION = "oeuvre.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            UI_DIR / "templates",
            PACKAGE_DIR / "interfaces" / "site" / "templates",
            PACKAGE_DIR / "interfaces" / "backoffice" / "templates",
        ],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oeuvre.interfaces.site.context.site",
            ],
            "builtins": [
                "oeuvre.interfaces.ui.templatetags.ui",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [UI_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "oeuvre.interfaces.ui.fonts.FontFinder",
]
# Served straight from where the packages keep them: nothing to collect, and nothing stale after an upgrade.
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_MAX_AGE = 600

FORM_RENDERER = "oeuvre.interfaces.ui.forms.Renderer"
CSRF_FAILURE_VIEW = "oeuvre.interfaces.site.views.csrf_failure"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pt", "Português")]
FORMAT_MODULE_PATH = ["oeuvre.config.formats"]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DEFAULT_FROM_EMAIL = env.get("OEUVRE_EMAIL_FROM")
_mail = urlsplit(env.get("OEUVRE_EMAIL_URL"))
EMAIL_BACKEND = "oeuvre.integrations.mail.QueuedEmailBackend"
if _mail.hostname:
    MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname
    EMAIL_PORT = _mail.port or 587
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
    EMAIL_USE_TLS = _mail.scheme != "smtp" or EMAIL_PORT == 587
else:
    MAIL_TRANSPORT = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME / "mail"
