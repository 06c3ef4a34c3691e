"""Composition of one site. What differs between places comes from the environment (docs/runbook.md lists the names)."""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import config, discovery, zone
from quancheng.project import own

ROOT = Path(__file__).resolve().parents[3]
DEBUG = os.environ.get("QC_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("QC_HOSTS", "localhost,127.0.0.1").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("QC_ORIGINS", "").split(",") if origin]

SECRET_KEY = os.environ.get("QC_SECRET_KEY") or own.secret_key()
DATABASES = {"default": own.database(os.environ.get("QC_DATABASE_URL", ""))}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "site_cache"}}

WAGTAIL = [
    *(f"wagtail.{part}" for part in ("contrib.redirects", "embeds", "sites", "users", "snippets")),
    *(f"wagtail.{part}" for part in ("documents", "images", "search", "admin")),
    "wagtail",
    "modelcluster",
    "taggit",
    "wagtail.contrib.settings",
]
INSTALLED_APPS = [
    "quancheng.project",
    *discovery.installed(),
    *(f"django.contrib.{part}" for part in ("auth", "contenttypes", "sessions", "messages", "staticfiles", "humanize")),
    *("allauth", "allauth.account", "allauth.mfa", "allauth.idp.oidc"),
    *("csp", "django_htmx"),
    *(WAGTAIL if zone.serves({zone.EXTRANET}) else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "quancheng.support.documents.middleware.BodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "quancheng.security.identity.middleware.ActorMiddleware",
    "quancheng.security.identity.middleware.SessionMiddleware",
    "quancheng.security.identity.middleware.SecondFactorMiddleware",
    "quancheng.security.pmi.middleware.RefusalMiddleware",
    "quancheng.security.identity.middleware.StepUpMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "quancheng.security.identity.public.serving",
                "quancheng.support.notifications.public.unread_count",
            ]
        },
    }
]
ROOT_URLCONF = "quancheng.project.urls"
WSGI_APPLICATION = "quancheng.project.wsgi.application"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
TIME_ZONE = os.environ.get("QC_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True
FORMAT_MODULE_PATH: list[str] = []

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("QC_STATIC_ROOT") or None
# A site that was given a collected folder serves hashed names for a year; without one, files are found in the apps.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_ROOT
MEDIA_ROOT = config.data_dir() / "media"
MEDIA_URL = "media/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["quancheng.support.documents.middleware.Uploads"]

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/cms/"],  # Wagtail's editor writes inline styles; only editors reach it
    "DIRECTIVES": {
        **{f"{kind}-src": [SELF] for kind in ("default", "script", "style", "connect", "font")},
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{zone.current()}_session", f"{zone.current()}_csrf"
HTTPS = os.environ.get("QC_HTTPS", "0") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_AGE = 8 * 3600

# Faults go to the process's own output, where whoever runs it looks; Django would mail them when not debugging.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"output": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["output"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["output"], "level": "WARNING", "propagate": False}},
}

EMAIL_BACKEND = os.environ.get("QC_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = config.data_dir() / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("QC_EMAIL_FROM", "no-reply@quancheng.example")

WAGTAIL_SITE_NAME = "泉城"
WAGTAILADMIN_BASE_URL = os.environ.get("QC_PUBLIC_URL", "http://localhost:8000")
WAGTAIL_ENABLE_UPDATE_CHECK = WAGTAIL_ENABLE_WHATS_NEW_BANNER = False  # no calls to the outside
WAGTAIL_I18N_ENABLED = False
WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", "中文")]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

from quancheng.project.accounts import *  # noqa: E402, F403  (allauth's settings, a page of their own)
