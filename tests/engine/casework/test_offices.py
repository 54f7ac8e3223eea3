"""The consular network."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from engine.access.actors import SYSTEM
from engine.casework import offices
from engine.errors import NotFound
from engine.store import Context, Store
from engine.store.tables.casework import Office


def test_every_packaged_office_has_a_zone_that_exists_and_a_code_of_its_own() -> None:
    found = offices.packaged()

    assert len(found) == 71
    assert all(ZoneInfo(office.timezone) for office in found.values())
    assert {code for code, office in found.items() if not office.active} == {"MX-TEN", "US-X18"}


def test_loading_stores_them_all_and_loading_again_changes_nothing(store: Store) -> None:
    assert store.transact(offices.load, SYSTEM) == 71
    assert store.transact(offices.load, SYSTEM) == 0

    assert len(store.read(offices.listed, SYSTEM)) == 69
    assert len(store.read(lambda context: offices.listed(context, inactive=True), SYSTEM)) == 71


def test_loading_mends_what_differs_and_closes_what_is_no_longer_listed(store: Store) -> None:
    def change(context: Context) -> None:
        offices.load(context)
        offices.get(context, "MX-TAP").timezone = "Europe/Madrid"
        gone = {"name": "x", "type": "consulado", "city": "x", "country": "MX", "timezone": "UTC", "lat": 0, "lon": 0}
        context.session.add(Office(code="MX-OLD", jurisdiction="", languages="es", active=True, **gone))

    store.transact(change, SYSTEM)

    assert store.transact(offices.load, SYSTEM) == 2
    assert store.read(lambda context: offices.get(context, "MX-TAP").timezone, SYSTEM) == "America/Mexico_City"
    assert store.read(lambda context: offices.get(context, "MX-OLD").active, SYSTEM) is False


def test_it_says_which_office_does_not_exist(store: Store) -> None:
    with pytest.raises(NotFound, match="XX-YY"):
        store.read(lambda context: offices.get(context, "XX-YY"), SYSTEM)


def test_a_packaged_office_is_known_before_it_is_loaded(store: Store) -> None:
    assert store.read(lambda context: offices.facts(context, "HN-TGU").country, SYSTEM) == "HN"
