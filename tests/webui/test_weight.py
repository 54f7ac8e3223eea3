"""How much officers' pages weigh on the line: the first visit with its styles and scripts, and every one after."""

from __future__ import annotations

import gzip
import re

import pytest

from engine.store import Store
from tests.webui.test_letters import Window, opened

FIRST, AFTER = 60_000, 15_000  # bytes, compressed
LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
ACCEPT = {"Accept-Encoding": "gzip, br"}


def test_what_an_officer_loads_is_light(window: Window, working: Store) -> None:
    case_id = opened(working)
    ana = window().sign_in("ana.discua")
    made = ana.post("/casos", key="w")
    addresses = ["/tareas", f"/casos/{case_id}", made.headers["Location"]]

    for address in addresses:
        page = ana.client.get(address, headers=ACCEPT)
        assert page.status_code == 200, address
        assert page.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in page.headers["Vary"]
        text = gzip.decompress(page.data).decode()
        linked = sorted(set(LINKED.findall(text)))
        assert linked
        parts = {}
        for item in linked:
            with ana.client.get(item, headers=ACCEPT) as part:
                parts[item] = len(part.data)
        assert len(page.data) <= AFTER, (address, len(page.data))
        assert len(page.data) + sum(parts.values()) <= FIRST, (address, len(page.data), parts)


def test_the_length_of_a_page_tells_nothing_and_a_reader_without_gzip_reads_it(window: Window) -> None:
    ana = window().sign_in("ana.discua")

    lengths = {len(ana.client.get("/tareas", headers=ACCEPT).data) for _ in range(12)}
    plain = ana.client.get("/tareas")

    assert len(lengths) > 1
    assert "Content-Encoding" not in plain.headers
    assert "Tareas" in plain.text


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_an_asset_that_is_known_already_is_not_sent_again(window: Window, accepted: str) -> None:
    client = window().client
    headers = {"Accept-Encoding": accepted}
    address = LINKED.findall(client.get("/entrar").text)[-1]
    with client.get(address, headers=headers) as first:
        assert first.status_code == 200
        headers["If-None-Match"] = first.headers["ETag"]

    with client.get(address, headers=headers) as again:
        assert again.status_code == 304
