"""The Django settings of a real TOM on loopback: the toolkit's own, and what a test changes in them.

Read by the TOM's own Python, never by ours.
"""

import os
from pathlib import Path

from tom_base.settings import *  # noqa: F403

FOLDER = Path(os.environ["FINK_TUI_TOM_FOLDER"])
"""Where all that this TOM writes goes."""


class NoMigrations(dict):
    """Every app is without migrations: its tables are made from its models, in a second instead of fifteen."""

    def __contains__(self, app):
        return True

    def __getitem__(self, app):
        return None


TOM_NAME = "A TOM for the tests of fink-tui"
SECRET_KEY = "no secret: this TOM lives on loopback, for seconds, with made-up data"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
WSGI_APPLICATION = None
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "tom.sqlite3",
        "OPTIONS": {"timeout": 20, "init_command": "PRAGMA synchronous = OFF"},  # a test never cuts the power
    }
}
MIGRATION_MODULES = NoMigrations()
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the quickest that Django has
MEDIA_ROOT = FOLDER / "media"
STATIC_ROOT = FOLDER / "static"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

if os.environ.get("FINK_TUI_TOM_CUSTOM") == "1":
    INSTALLED_APPS = [*INSTALLED_APPS, "observatory"]  # noqa: F405
    TARGET_MODEL_CLASS = "observatory.models.ObservatoryTarget"

# Nothing here asks a server that is not on loopback.
FACILITIES = {}
TOM_FACILITY_CLASSES = []
TOM_ALERT_CLASSES = []
