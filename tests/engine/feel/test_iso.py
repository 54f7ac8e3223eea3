"""ISO 8601 texts: what they mean, how they are written, and which are none."""

from __future__ import annotations

import pytest

from engine.feel.iso import parse_date, parse_date_time, parse_duration, parse_literal, parse_time, to_text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-03-02", "2026-03-02"),
        ("0001-01-01", "0001-01-01"),
        ("-0005-01-01", "-0005-01-01"),
        ("12345-01-01", "12345-01-01"),
        ("10:30:00", "10:30:00"),
        ("10:30:00.500", "10:30:00.5"),
        ("10:30:00+00:00", "10:30:00Z"),
        ("10:30:00-05:30", "10:30:00-05:30"),
        ("10:30:00@America/Tegucigalpa", "10:30:00@America/Tegucigalpa"),
        ("10:30:00+01:02:03", "10:30:00+01:02:03"),
        ("24:00:00", "00:00:00"),
        ("2026-03-02T10:30:00Z", "2026-03-02T10:30:00Z"),
        ("P1D", "P1D"),
        ("PT24H", "P1D"),
        ("-PT90M", "-PT1H30M"),
        ("PT0S", "PT0S"),
        ("PT1.5S", "PT1.5S"),
        ("P14M", "P1Y2M"),
        ("-P0Y0M", "P0M"),
    ],
)
def test_it_reads_and_writes(text, written):
    assert to_text(parse_literal(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-3-2", "2026-02-30", "02026-01-01", "2026-03-02Z", "10:30", "25:00:00", "24:00:01", "10:60:00",
        "10:30:00+19:00", "10:30:00@Nowhere/Here", "10:30:00@../../etc/passwd", "2026-03-02T", "2026-03-02T10:30",
        "P", "PT", "P1DT", "P1Y1D", "P1.5D", "-P", "1D", "P-1D", "P1H", "xyz", "٢٠٢٦-٠٣-٠٢",
    ],
)  # fmt: skip
def test_it_knows_what_is_no_date_time_or_duration(text):
    assert parse_literal(text) is None
    assert parse_date_time(text) is None or parse_date(text) is not None
    assert parse_time(text) is None
    assert parse_duration(text) is None


def test_a_date_alone_is_its_midnight():
    assert to_text(parse_date_time("2026-03-02")) == "2026-03-02T00:00:00"
