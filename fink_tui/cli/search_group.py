"""`fink-tui search` as click sees it: its commands are made only when it is called, from the table of endpoints."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

LINE = "line"
"""The command that takes a line: what it begins with is no other."""

SCREEN = "the screen"
"""The command of no words at all: nobody types this one as one word."""

HELP = """Search what is kept here, then Fink's databases of ZTF and LSST.

Without a line it opens the search screen, and receives nothing: no account is needed.

A line is understood as on the search screen (2): an object or several, coordinates with a radius, a class, a tag, a
Solar System object, a name, key=value, or several of them together. Or say the KIND, with its options.

The data goes to stdout, all words to stderr. Exit status 0 also where nothing is found; 1 where a request failed: what
another one gave is written all the same.
"""

EPILOG = """\b
Examples:
  fink-tui search "193.822 2.897 5'"                       around a place, both surveys
  fink-tui search 'class=SN candidate last=10' --format csv
  fink-tui search ZTF21abfmbix --format json
  fink-tui search class 'SN Ia' --after -7d --trend rising
  fink-tui search cone M31 --r 5m --survey ztf --format votable > m31.vot
  fink-tui search object ZTF21abfmbix --raw --columns i:jd,i:magpsf,i:fid
  fink-tui search stats 202611
  fink-tui search cutouts ZTF21abfmbix Science --output-format FITS
"""


class SearchGroup(click.Group):
    """A command for each kind of search and each endpoint; without any, at a terminal, the search screen."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the kinds, then those of endpoints."""
        return [name for name in self._made() if name not in (LINE, SCREEN)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        return self._made().get(cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Whatever begins with no command is a line; nothing at all is the screen."""
        if not args and sys.stdin.isatty() and sys.stdout.isatty():
            args = [SCREEN]
        if args and args[0] not in ("-h", "--help") and args[0] not in self._made():
            args = [LINE, *args]
        return super().parse_args(ctx, args)

    @staticmethod
    def _made() -> Mapping[str, click.Command]:
        from fink_tui.cli.search_commands import commands

        return commands()
