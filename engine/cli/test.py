"""``siproc test``: everything that says whether the system is whole, in one command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic

import click

ROOT = Path(__file__).resolve().parent.parent.parent
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
PACKAGES = ("chromium", "fonts-dejavu-core")
BUILD = "from webui.build import ensure_built; ensure_built()"
SCANNERS = ROOT / "tests" / "security" / "tools"
MANY = {"SIPROC_EXAMPLES": "40"}
NO_BROWSER = """
Las pruebas en el navegador (tests/browser) no se ejecutaron: falta Chromium.
Instálelo («apt-get install chromium») o diga dónde está en SIPROC_CHROMIUM.
The browser tests (tests/browser) did not run: there is no Chromium.
Install it (“apt-get install chromium”) or say where it is in SIPROC_CHROMIUM.
"""


def browser() -> str | None:
    """Path of Chromium; None where there is none."""
    named = os.environ.get("SIPROC_CHROMIUM")
    found = [path for path in (named, *BROWSERS) if path and Path(path).exists()]
    return found[0] if found else shutil.which("chromium")


def get_browser() -> str | None:
    """Chromium, installed from Debian's packages where it is missing and we may."""
    if browser() is None and shutil.which("apt-get") and os.geteuid() == 0:
        click.echo("· chromium: apt-get install")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *PACKAGES]):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - ours
    return browser()


def step(name: str, command: Sequence[str], more: Mapping[str, str] | None = None, *, tell: bool = False) -> bool:
    """Run one step, say how long it took, and show what it printed if it failed, or ``tell``."""
    start = monotonic()
    environment = {**os.environ, **(more or {})}
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    click.echo(f"{'✓' if done.returncode == 0 else '✗'} {name} ({monotonic() - start:.1f} s)")
    if done.returncode or tell:
        click.echo(done.stdout[-8_000:] + (done.stderr[-8_000:] if done.returncode else ""), nl=False)
    return done.returncode == 0


def tool(name: str) -> str:
    """A program of the environment."""
    return str(Path(sys.executable).parent / name)


def scans() -> list[bool]:
    """What looks for holes; its programs are fetched, as they are locked, into an environment of their own."""
    uv = shutil.which("uv") or tool("uv")
    if not step("scanners", [uv, "sync", "--quiet", "--locked", "--project", str(SCANNERS)]):
        return [False]
    programs = SCANNERS / ".venv" / "bin"
    return [
        step("páginas / pages", [sys.executable, "-c", BUILD]),
        step("bandit", [str(programs / "bandit"), "-q", "-ll", "-r", "engine", "webui", "-x", "*/node_modules/*"]),
        step("schemathesis", [sys.executable, "-m", "pytest", "-n", "2", "tests/webui/api/test_schema.py"], MANY),
        step("wapiti", [sys.executable, "-m", "tests.security.scan", str(programs / "wapiti")], tell=True),
    ]


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--fast", is_flag=True, help="Without browser and fault tests.")
@click.option("--security", is_flag=True, help="Only the scanners: bandit, schemathesis, wapiti on a running demo.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(fast: bool, security: bool, arguments: tuple[str, ...]) -> None:
    """Linters, types, layers, procedures, and all tests on both databases and in a real browser."""
    # The tests start hundreds of processes, each of which would compile all that it imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if security:
        raise SystemExit(0 if all(scans()) else 1)
    good = [
        step("ruff check", [tool("ruff"), "check", "."]),
        step("ruff format", [tool("ruff"), "format", "--check", "."]),
        step("mypy", [tool("mypy")]),
        step("import-linter", [tool("lint-imports")]),
        step("páginas / pages", [sys.executable, "-c", BUILD]),
        step("procedimientos / procedures", [sys.executable, "-m", "engine.cli", "lint", "processes", "forms"]),
    ]
    wanted = ["-m", "not browser and not faults"] if fast else []
    if not fast and get_browser() is None:
        click.echo(NO_BROWSER)
        wanted = ["-m", "not browser"]
        good.append(False)
    if not arguments:
        arguments = ("-n", "2", "--dist", "loadfile")
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "pytest", *wanted, *arguments], cwd=ROOT, check=False
    )
    raise SystemExit(0 if all(good) and done.returncode == 0 else 1)
