"""An officer on a slow line: a completed task costs one round trip, and its page behaves like any other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Visit
from tests.browser.filling import fill
from tests.browser.test_officer import ANSWERS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

# A slow third-generation line as browsers' own tools imitate it: 400 kilobits a second, 400 ms there and back.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


def test_a_task_is_completed_in_one_round_trip(visit: Visit) -> None:
    ana = visit("ana.discua", phone=True)
    ana.goto("/casos/nuevo")
    ana.get_by_role("button", name="Comenzar con el primer contacto").click()
    ana.wait_for_load_state()
    first = ana.url
    # What is answered brings further questions, and what is typed is kept a moment after the last key.
    for everything in (False, True):
        with ana.expect_response("**/borrador"):
            fill(ana, ANSWERS, everything=everything)
            ana.locator("textarea").first.press("End")
    line = ana.context.new_cdp_session(ana)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    sent: dict[str, Any] = {}
    kept: set[str] = set()
    line.on("Network.requestWillBeSent", lambda event: sent.setdefault(event["requestId"], []).append(event))
    line.on("Network.requestServedFromCache", lambda event: kept.add(event["requestId"]))
    line.on(
        "Network.responseReceived",
        lambda event: kept.add(event["requestId"]) if event["response"].get("fromDiskCache") else None,
    )

    sent.clear()
    with ana.expect_navigation(wait_until="load"):
        ana.get_by_role("button", name="Completar la tarea").click()

    trips = [
        (event["request"]["method"], event["request"]["url"])
        for id, events in sent.items()
        for event in events
        # The mark on the tab is of type "Other": a browser asks for it when it likes, and nobody waits for it.
        if id not in kept and event["type"] != "Other"
    ]
    assert trips == [("POST", f"{first}?onward=1")]
    assert not ana.locator(".invalid-feedback:visible").all_inner_texts()
    following = ana.url
    assert following.endswith("?done=1")
    assert not following.startswith(first)
    assert ana.get_by_role("status").get_by_text("Listo.").is_visible()

    # It is a page with an address: loaded again it is asked for, not sent once more.
    title = ana.locator("h1").inner_text()
    sent.clear()
    ana.reload()
    assert [
        event["request"]["method"] for events in sent.values() for event in events if event["type"] == "Document"
    ] == ["GET"]
    assert ana.url == following
    assert ana.locator("h1").inner_text() == title
