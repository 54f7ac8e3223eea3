"""The ``siproc`` command line: one command a module; other packages add theirs as ``siproc.commands`` entry points."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import click

from engine import __version__

# command name -> module of engine.cli that holds a function of that name
COMMANDS: dict[str, str] = {
    "audit": "audit",
    "bench": "bench",
    "catalogue": "catalogue",
    "feel": "feel",
    "invite": "invite",
    "keys": "keys",
    "check": "check",
    "decide": "decide",
    "export": "export",
    "files": "files",
    "lint": "lint",
    "retention": "retention",
    "run": "run",
    "scenario": "scenario",
    "tck": "tck",
    "test": "test",
    "torture": "torture",
    "worker": "worker",
}


class LazyCommands(click.Group):
    """Loads a command's module only when it is called, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, sorted."""
        return sorted({*COMMANDS, *(entry.name for entry in entry_points(group="siproc.commands"))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called ``cmd_name``, or None."""
        if cmd_name in COMMANDS:
            command = getattr(import_module(f"engine.cli.{COMMANDS[cmd_name]}"), cmd_name)
            assert isinstance(command, click.Command)
            return command
        for entry in entry_points(group="siproc.commands", name=cmd_name):
            loaded = entry.load()
            assert isinstance(loaded, click.Command)
            return loaded
        return None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a master key that is missing or wrong is told in a sentence."""
        try:
            return super().invoke(ctx)
        except RuntimeError as error:
            from engine.store.sealing.masters import MasterKeyError  # here: it brings the database along

            if isinstance(error, MasterKeyError):
                raise click.ClickException(str(error)) from error
            raise


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="siproc")
def main() -> None:
    """SIPROC: protection procedures that run as drawn."""
