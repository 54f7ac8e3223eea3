from decimal import Decimal

import pytest

NUMBER = {"type": "number"}
WHOLE = {"type": "number", "decimalDigits": 0}
MONEY = {"type": "number", "properties": {"tipo": "money"}}


@pytest.mark.parametrize(
    ("typed", "value"),
    [("12", "12"), ("1,234.50", "1234.50"), ("1,234", "1234"), ("12,5", "12.5"), ("-3", "-3"), (".5", "0.5")],
)
def test_numbers_as_people_write_them(clean, typed, value):
    assert clean(NUMBER, typed) == Decimal(value)


@pytest.mark.parametrize("answer", [7, 7.0, Decimal(7)])
def test_numbers_as_programs_write_them(clean, answer):
    assert clean(NUMBER, answer) == 7


@pytest.mark.parametrize("typed", ["doce", "1e5", "NaN", "inf", "1.2.3", "1,23,4", "٣", "9" * 41, "--1", "1_000"])
def test_what_is_no_number_is_refused(refused, typed):
    assert "number" in refused(NUMBER, typed)


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), 10**21, True, [1, 2], {}])
def test_numbers_beyond_measure_are_refused(refused, answer):
    assert refused(NUMBER, answer)


def test_a_whole_number_has_no_decimals(clean, refused):
    assert clean(WHOLE, "12.0") == 12
    assert "whole" in refused(WHOLE, "12.5")


def test_limits(refused):
    field = {**NUMBER, "validate": {"min": 1, "max": 42}}

    assert "less than 1" in refused(field, "0")
    assert "more than 42" in refused(field, "43")


def test_money_has_two_decimals_and_is_not_owed(clean, refused):
    assert clean(MONEY, "1,500.75") == Decimal("1500.75")
    assert "2 decimals" in refused(MONEY, "1.005")
    assert "less than 0" in refused(MONEY, "-1")


def test_a_number_of_thousands_of_digits_costs_nothing(refused):
    assert "number" in refused(NUMBER, 10**5000)
    assert "number" in refused(NUMBER, "9" * 5000)
