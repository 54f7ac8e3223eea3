"""Lets a web scanner loose on the demo, signed in, for two minutes: ``python -m tests.security.scan PATH-OF-WAPITI``.

It attacks what it finds by following links: injection into SQL, commands, files and headers, scripts in pages, redirects. What
it finds, and any error of ours meanwhile, is a failure. Two people are scanned at the same time, each within the same bounds:
so deep, so many pages that are alike, so long for the links and for each kind of attack. What a bound cut short is said.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from engine.actions.demo.build import DEMO_PASSWORD
from engine.settings import ROOT

MODULES = "exec,file,sql,xss,permanentxss,redirect,crlf,csp,methods,htaccess,backup"
PEOPLE = ("ana.discua", "dani.euceda")
SECONDS = int(os.environ.get("SIPROC_SCAN_SECONDS", "6"))  # for each kind of attack; four times as long to follow links
DEPTH = "4"  # links from the start: three reach a case, the fourth the forms on it
ALIKE = "6"  # pages of one folder that are attacked: the others differ by an id
# Each procedure has the same pages: those of one stand for all.
OTHERS = sorted(file.stem for file in (ROOT / "processes").rglob("*.bpmn") if file.stem != "intake")
FOLDERS = sorted(folder.name for folder in (ROOT / "processes").iterdir() if folder.name != "general")
CUT = re.compile(r"Max attack time was reached for module (\w+)")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def main() -> int:
    """Serve, sign in, scan; the exit status says whether something was found."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = Path(folder) / "server.log"
        command = [sys.executable, "-m", "engine.cli", "demo", "--cases", "3", "--port", str(port)]
        with log.open("w") as output:
            environment = {**os.environ, "SIPROC_DATA_DIR": folder}
            server = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
            try:
                base = f"http://127.0.0.1:{port}"
                wait(base)
                with ThreadPoolExecutor(len(PEOPLE)) as pool:
                    scanned = pool.map(lambda who: scan(base, who, Path(folder)), PEOPLE)
                    found = [item for items in scanned for item in items]
            finally:
                server.terminate()
                server.wait(20)
        written = log.read_text("utf-8")
        found += [written[at.start() :][:4_000] for at in re.finditer("request failed|round failed", written)][:5]
    print("\n".join(found) or "nothing found")
    return 1 if found else 0


def wait(base: str) -> None:
    """Until the server answers."""
    for _ in range(240):
        try:
            if requests.get(f"{base}/salud", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.5)
    raise SystemExit("the demo did not start")


def scan(base: str, who: str, folder: Path) -> list[str]:
    """What the scanner finds as one of the demo's people."""
    session = requests.Session()
    token = TOKEN.search(session.get(f"{base}/entrar", timeout=30).text)
    assert token is not None
    data = {"csrf_token": token[1], "email": f"{who}@demo.siproc.hn", "password": DEMO_PASSWORD}
    assert session.post(f"{base}/entrar", data=data, timeout=30, allow_redirects=False).status_code == 302
    cookie = "; ".join(f"{item.name}={item.value}" for item in session.cookies)
    report, sessions = folder / f"{who}.json", folder / f"sessions-{who}"
    sessions.mkdir()
    beside = [f"{base}/diseno/{name}*" for name in (*OTHERS, *(f"escenarios/{folder}/" for folder in FOLDERS))]
    left_out = [word for address in (f"{base}/salir", *beside) for word in ("-x", address)]
    command = [
        sys.argv[1], *left_out, "-u", f"{base}/", "-H", f"Cookie: {cookie}", "-m", MODULES, "-d", DEPTH,
        "--max-scan-time", str(SECONDS * 4), "--max-attack-time", str(SECONDS), "--max-links-per-page", "30",
        "--max-files-per-dir", ALIKE,
        "--store-session", str(sessions), "--flush-session", "-f", "json", "-o", str(report), "-v", "1", "--no-bugreport",
    ]  # fmt: skip
    ordered = {**os.environ, "PYTHONHASHSEED": "0"}  # the same order of attacks each time
    done = subprocess.run(command, env=ordered, capture_output=True, text=True, check=False, timeout=SECONDS * 18 + 60)
    if not report.exists():
        return [f"{who}: the scanner failed: {(done.stdout + done.stderr)[-2_000:]}"]
    read = json.loads(report.read_text("utf-8"))
    cut = sorted(set(CUT.findall(done.stdout + done.stderr)))
    print(f"{who}: {read['infos'].get('crawled_pages_nbr', '?')} pages; cut short: {', '.join(cut) or 'nothing'}")
    return [
        f"{who}: {kind}: {item['method']} {item['path']}: {item['info']}"
        for part in ("vulnerabilities", "anomalies")
        for kind, items in read.get(part, {}).items()
        for item in items
    ]


if __name__ == "__main__":
    raise SystemExit(main())
