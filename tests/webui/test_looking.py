"""Looking changes nothing, and puts no name into an address: everybody follows every link there is."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from sqlalchemy import select

from engine.access.actors import SYSTEM
from engine.actions.demo.build import Demo
from engine.store import Store
from engine.store.tables.access import User
from engine.store.tables.casework import Person
from tests.actors import actor_of
from tests.webui.conftest import Browser
from tests.webui.test_every_address import people
from tests.webui.walking import rows

LINK = re.compile(r'(?:href|src|action)="([^"]+)"')
MOST = 60  # addresses a person; the rest are others of the same kind
SAME = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def test_whoever_follows_every_link_changes_nothing(window: Callable[[], Browser], working: Store) -> None:
    demo = Demo(working, 1)
    demo.actors = working.transact(
        lambda context: {str(user.id): actor_of(context, user) for user in context.session.scalars(select(User))},
        SYSTEM,
    )
    demo.play(2, None, lambda _: None)
    names = working.read(lambda context: context.session.execute(select(Person.name, Person.dni)).all(), SYSTEM)
    personal = [value for row in names for value in row if value]
    assert personal
    everyone = [window().sign_in(who) for who in people()]
    before = rows(working)

    everything = set().union(*map(follow, everyone))

    assert rows(working) == before
    assert len(everything) > 40
    for address in everything:
        plain = unquote_plus(address)
        assert not [value for value in personal if value in plain], address
        assert "@" not in plain, address


def follow(person: Browser) -> set[str]:
    """The addresses that a person came to from the first page, two of each kind."""
    waiting, seen, kinds = ["/"], {"/"}, {}  # type: ignore[var-annotated]
    while waiting:
        address = waiting.pop(0)
        answer = person.client.get(address)
        assert answer.status_code in (200, 302, 403, 404, 405, 409), (address, answer.status_code)
        found = [answer.headers["Location"]] if answer.status_code == 302 else []
        if answer.mimetype == "text/html" and not found:  # letters are PDF and lead nowhere
            found = LINK.findall(answer.get_data(as_text=True))
        for link in map(html.unescape, found):
            target = link.partition("#")[0]
            if not target.startswith("/") or target.startswith("/static/") or target in seen:
                continue
            kind = SAME.sub("*", target.partition("?")[0]) + "?" * ("?" in target)
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= 2 and len(seen) < MOST:
                seen.add(target)
                waiting.append(target)
    return seen
