"""Serve a real TOM on loopback, in one process, until the standard input ends.

Run by the TOM's own Python, never by ours. Usage: `serve.py PORT`, with its folder in FINK_TUI_TOM_FOLDER,
and with FINK_TUI_TOM_CUSTOM=1 if its targets are to have a required field more (`observatory/models.py`).

The standard output and input carry one JSON document a line. The first that comes says that the TOM serves; from then
on each line in, `{"do": NAME, ...}`, is answered by one line out: `{"answer": ...}` or `{"error": "..."}`.

The process that started it holds the other end of the standard input: when it ends, however it ends, so does this TOM.
"""

import json
import os
import shutil
import socketserver
import sqlite3
import sys
import threading
import traceback
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

FOLDER = Path(os.environ["FINK_TUI_TOM_FOLDER"])
"""Where all that this TOM writes is; it goes with the process that started it."""

PRISTINE = FOLDER / "pristine.sqlite3"
"""The database as every test finds it: users, groups and tokens, and not one target."""

VERSION = version("tomtoolkit")
"""The toolkit's."""

USERS = {"admin": (), "alice": ("Public", "nightcrew"), "bob": ("Public", "nightcrew"), "carol": ("Public",)}
"""Their groups; the password of each is `pw-` and the name."""

WORDS_OF_3 = {"magnitude": "brightness", "error": "brightness_error", "filter": "bandpass"}
"""What 3.x calls what 2.x calls otherwise."""

LONGEST = 30.0
"""Seconds that a reset waits for requests that are being served."""


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """Serves each request in a thread of its own."""

    daemon_threads = True
    request_queue_size = 64


class Handler(WSGIRequestHandler):
    """Says nothing of the requests it serves."""

    def log_message(self, *words):
        """Say nothing."""


class Gate:
    """The application, with a door: nothing is served while the database is put back.

    A request whose answer nobody waits for any more may still be being served when its test has ended.
    """

    def __init__(self, application):
        self._application = application
        self._changed = threading.Condition()
        self._serving = 0
        self._shut = False

    def __call__(self, environ, start_response):
        with self._changed:
            self._changed.wait_for(lambda: not self._shut)
            self._serving += 1
        try:
            answer = self._application(environ, start_response)
        except BaseException:
            self._left()
            raise
        return Counted(answer, self._left)

    @contextmanager
    def shut(self):
        """Wait until nothing is served, and keep it so."""
        with self._changed:
            self._shut = True
            try:
                if not self._changed.wait_for(lambda: not self._serving, LONGEST):
                    raise TimeoutError(f"{self._serving} requests were still being served after {LONGEST:.0f} s")
                yield
            finally:
                self._shut = False
                self._changed.notify_all()

    def _left(self):
        with self._changed:
            self._serving -= 1
            self._changed.notify_all()


class Counted:
    """An answer that says when it has been given."""

    def __init__(self, answer, given):
        self._answer = answer
        self._given = given

    def __iter__(self):
        return iter(self._answer)

    def close(self):
        """Close the answer, and say so."""
        try:
            self._answer.close()
        finally:
            self._given()


def read_commands(commands):
    """Put the lines of the standard input into a queue; when it ends, end."""
    for line in sys.stdin:
        commands.put(line)
    # Whoever started this TOM has gone without closing it: nobody else removes its folder.
    shutil.rmtree(FOLDER, ignore_errors=True)
    os._exit(0)


def fill():
    """Make the tables and the users, and keep a copy."""
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False, skip_checks=True, run_syncdb=True)
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in ("Public", "nightcrew")}
    for name, members in USERS.items():
        admin = name == "admin"
        # The toolkit makes a user's token itself, when the user is saved.
        user = User.objects.create_user(name, f"{name}@example.org", f"pw-{name}", is_superuser=admin, is_staff=admin)
        user.groups.set([groups[group] for group in members])
    connection.ensure_connection()
    with sqlite3.connect(PRISTINE) as copy:
        connection.connection.backup(copy)
    copy.close()


def described():
    """The users' tokens, and the groups' ids."""
    from django.contrib.auth.models import Group
    from rest_framework.authtoken.models import Token

    return {
        "version": VERSION,
        "tokens": {token.user.username: token.key for token in Token.objects.select_related("user")},
        "groups": dict(Group.objects.values_list("name", "pk")),
    }


class Commands:
    """What the process that started this TOM may ask of it, without the API."""

    def __init__(self, gate):
        from rest_framework.settings import api_settings

        self._gate = gate
        self._stock = list(api_settings.DEFAULT_AUTHENTICATION_CLASSES)

    def reset(self, **options):
        """Put the database back as it was at the beginning, and set the options."""
        from django.core.cache import cache
        from django.db import connection

        with self._gate.shut():
            connection.ensure_connection()
            pristine = sqlite3.connect(PRISTINE)
            try:
                pristine.backup(connection.connection)
            finally:
                pristine.close()
            cache.clear()
            shutil.rmtree(FOLDER / "media", ignore_errors=True)
            self.configure(**options)
        return described()

    def configure(self, *, tokens, locked, login_required, target_permissions_only, debug, page_size, token_days):
        """Set the options of this TOM, which a real one has in its settings."""
        from django.conf import settings
        from rest_framework.authentication import BasicAuthentication, SessionAuthentication, TokenAuthentication
        from rest_framework.pagination import LimitOffsetPagination
        from rest_framework.permissions import IsAuthenticated
        from rest_framework.views import APIView

        settings.DEBUG = debug
        settings.AUTH_STRATEGY = "LOCKED" if locked else "READ_ONLY"
        settings.TARGET_PERMISSIONS_ONLY = target_permissions_only
        settings.TOM_API_TOKEN_EXPIRY_DAYS = token_days
        # The REST framework reads these from the settings once, at import.
        honours = any(issubclass(kind, TokenAuthentication) for kind in self._stock)
        if tokens is None or tokens == honours:
            APIView.authentication_classes = self._stock
        elif tokens:
            APIView.authentication_classes = [TokenAuthentication, *self._stock]
        else:
            APIView.authentication_classes = [SessionAuthentication, BasicAuthentication]
        APIView.permission_classes = [IsAuthenticated] if login_required else []
        LimitOffsetPagination.default_limit = page_size

    def add_user(self, name, groups):
        """Make a user, in groups that are made if need be, with a password made like the others'."""
        from django.contrib.auth.models import Group, User

        user = User.objects.create_user(name, f"{name}@example.org", f"pw-{name}")
        user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
        return described()

    def age_token(self, user, days):
        """Let a user's token have been made so many days earlier."""
        from django.db.models import F
        from rest_framework.authtoken.models import Token

        Token.objects.filter(user__username=user).update(created=F("created") - timedelta(days=days))

    def add_target(self, name, ra, dec, aliases, tags, users, groups, viewers):
        """Make a target that these users and groups may see and change, and viewers only see; give its id."""
        from django.contrib.auth.models import Group, User
        from guardian.shortcuts import assign_perm
        from tom_targets.models import Target, TargetExtra, TargetName

        target = Target.objects.create(name=name, type="SIDEREAL", ra=ra, dec=dec)
        for alias in aliases:
            TargetName.objects.create(target=target, name=alias)
        for key, value in tags.items():
            TargetExtra.objects.create(target=target, key=key, value=value)
        label = target._meta.app_label
        holders = [*User.objects.filter(username__in=users), *Group.objects.filter(name__in=groups)]
        for holder in holders:
            for right in ("view_target", "change_target", "delete_target"):
                assign_perm(f"{label}.{right}", holder, target)
        for viewer in User.objects.filter(username__in=viewers):
            assign_perm(f"{label}.view_target", viewer, target)
        return target.pk

    def add_points(self, target, points):
        """Add photometry to a target, in the words that `datums_as_stored` has for it."""
        from tom_dataproducts import models

        typed = getattr(models, "PhotometryReducedDatum", None)
        rows = []
        for point in points:
            value = {name: point.pop(name) for name in ("filter", "magnitude", "error", "limit", "telescope")}
            kept = {name: said for name, said in value.items() if said is not None}
            if typed:
                kept = {WORDS_OF_3.get(name, name): said for name, said in kept.items()}
            else:
                kept = {"data_type": "photometry", "value": kept}
            rows.append({"target_id": target, "timestamp": point.pop("time")} | kept | point)
        model = typed or models.ReducedDatum
        model.objects.bulk_create(model(**row) for row in rows)

    def contents(self):
        """All targets with all that belongs to them, and all target lists, straight from the database."""
        from tom_targets.models import Target, TargetList

        return {
            "targets": [target_as_stored(target) for target in Target.objects.order_by("pk")],
            "lists": [
                {"name": found.name, "members": list(found.targets.order_by("pk").values_list("name", flat=True))}
                for found in TargetList.objects.order_by("pk")
            ],
        }


def target_as_stored(target):
    """A target as the database has it."""
    from guardian.shortcuts import get_groups_with_perms, get_users_with_perms
    from tom_targets.models import TargetExtra, TargetList, TargetName

    return {
        "id": target.pk,
        "name": target.name,
        "type": target.type,
        "ra": target.ra,
        "dec": target.dec,
        "epoch": target.epoch,
        "aliases": list(TargetName.objects.filter(target=target.pk).order_by("pk").values_list("name", flat=True)),
        "tags": list(TargetExtra.objects.filter(target=target.pk).order_by("pk").values_list("key", "value")),
        "lists": list(TargetList.objects.filter(targets=target.pk).order_by("pk").values_list("name", flat=True)),
        "users": sorted(user.username for user in get_users_with_perms(target, with_group_users=False)),
        "groups": sorted(group.name for group in get_groups_with_perms(target)),
        "datums": datums_as_stored(target),
    }


def datums_as_stored(target):
    """The photometry of a target as the database has it, oldest first, in the words of one version."""
    from tom_dataproducts import models

    typed = getattr(models, "PhotometryReducedDatum", None)  # since 3.0
    found = []
    for datum in (typed or models.ReducedDatum).objects.filter(target=target.pk).order_by("timestamp", "pk"):
        value = datum.value or {}
        if typed:
            words = ("filter", "magnitude", "error", "limit", "telescope")
            value = {name: getattr(datum, WORDS_OF_3.get(name, name)) for name in words}
        found.append(
            {
                "time": datum.timestamp.isoformat(),
                "filter": value.get("filter", ""),
                "magnitude": value.get("magnitude"),
                "error": value.get("error"),
                "limit": value.get("limit"),
                "telescope": value.get("telescope", ""),
                "source_name": datum.source_name,
                "source_location": datum.source_location,
            }
        )
    return found


def obey(commands, line):
    """Do what a line asks for, and give the line that answers it."""
    from django.db import connection

    asked = json.loads(line)
    try:
        return {"answer": getattr(commands, asked.pop("do"))(**asked)}
    except Exception as error:  # noqa: BLE001
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        connection.close()


def main():
    """Serve until the standard input ends."""
    # What Django and its apps print goes to the log; the way back to whoever started this is ours alone.
    back = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    lines = SimpleQueue()
    threading.Thread(target=read_commands, args=[lines], daemon=True).start()

    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    os.environ["MPLBACKEND"] = "Agg"
    import django

    django.setup()
    if not PRISTINE.exists():
        fill()
    from astropy.utils import iers
    from django.core.wsgi import get_wsgi_application

    # The plot of the Moon would ask for tables of the Earth's rotation: nothing here leaves loopback.
    iers.conf.auto_download = False
    gate = Gate(get_wsgi_application())
    server = make_server("127.0.0.1", int(sys.argv[1]), gate, server_class=Server, handler_class=Handler)
    commands = Commands(gate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"answer": described()}), file=back)
    while True:
        print(json.dumps(obey(commands, lines.get())), file=back)


if __name__ == "__main__":
    main()
