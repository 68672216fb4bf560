"""A Django project round Turkle, whose package brings none. What an API's client meets (REST
framework, limits, middleware, time zone) is as in the project of Turkle's own repository, 3.1.0.
"""

import os
from pathlib import Path

FOLDER = Path(os.environ["TURKLE_FOLDER"])
HAS_PLUGIN = os.environ.get("PLUGIN") == "1"

DEBUG = False
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "on loopback alone"  # noqa: S105 - it guards nothing
TURKLE_SITE_NAME = "Turkle"
STATIC_URL = "/static/"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "turkle.sqlite3",
        "ATOMIC_REQUESTS": os.environ.get("ATOMIC") == "1",
        "OPTIONS": {"timeout": 20},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
TIME_ZONE = "America/New_York"
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.debug",
                "django.template.context_processors.i18n",
                "django.template.context_processors.media",
                "django.template.context_processors.request",
                "django.template.context_processors.static",
                "django.template.context_processors.tz",
                "django.contrib.messages.context_processors.messages",
                "turkle.utils.turkle_vars",
            ]
        },
    }
]
MIDDLEWARE = (
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
CSRF_TRUSTED_ORIGINS = ["https://host.test"]  # where tests serve it, encrypted
X_FRAME_OPTIONS = "SAMEORIGIN"
ROOT_URLCONF = "turkle_project.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "turkle",
    "django.contrib.admin",
    "rest_framework",
    "rest_framework.authtoken",
    "turkle.api",
    "guardian",
    "djaa_list_filter2",
    *(["mturk_exodus_turkle_site"] if HAS_PLUGIN else []),
]
AUTHENTICATION_BACKENDS = (
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
)
if os.environ.get("QUICK") == "1":
    # Making a password takes 0.16 s otherwise, which is most of what making a user takes.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_PERMISSION = "IsAdminUser" if os.environ.get("API_ADMIN_ONLY") == "1" else "IsAuthenticated"
REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 100,
    "DEFAULT_PERMISSION_CLASSES": [f"rest_framework.permissions.{_PERMISSION}"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 104_857_600
FILE_UPLOAD_MAX_MEMORY_SIZE = 104_857_600
TURKLE_TEMPLATE_LIMIT = 64
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "index"
LOGOUT_REDIRECT_URL = "index"
META_TAGS: list[str] = []
TURKLE_EMAIL_ENABLED = False
TURKLE_AUTO_ACCEPT_DEFAULT = True
