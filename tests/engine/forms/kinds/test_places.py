from decimal import Decimal

import pytest

PLACE = {"type": "textfield", "properties": {"tipo": "geo"}}


@pytest.mark.parametrize("answer", ["14.9, -92.26", "14.9 -92.26", {"lat": 14.9, "lon": Decimal("-92.26")}])
def test_latitude_and_longitude(clean, answer):
    assert clean(PLACE, answer) == {"lat": Decimal("14.9"), "lon": Decimal("-92.26")}


@pytest.mark.parametrize("answer", ["91, 0", "0, 181", "aquí", {"lat": 1}, {"lat": 1, "lon": float("nan")}, 5, [1]])
def test_what_is_no_place_on_earth(refused, answer):
    assert "latitude" in refused(PLACE, answer)
