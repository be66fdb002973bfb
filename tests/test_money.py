"""Rounding keeps sentences true, and every number follows the reader's language."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from mptf_portal import money
from mptf_portal.money import Scale

NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("51999999.99", 51),
        ("52000000.00", 51),
        ("52000000.01", 52),
        ("999999.99", None),
        ("1000000.00", None),
        ("1000000.01", 1),
        ("0", None),
        ("-2500000", None),
        ("999960000", 999),
    ],
)
def test_over_is_the_greatest_whole_number_strictly_below(value, expected):
    assert money.strictly_over(Decimal(value), Scale.MILLION) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            ["51.99999999", "52", "52.00000001", "0.99999999", "0", "-2.5", "999.96", "1,234,567"],
        ),
        (
            "fr",
            [
                "51,99999999",
                "52",
                "52,00000001",
                "0,99999999",
                "0",
                "-2,5",
                "999,96",
                f"1{NARROW}234{NARROW}567",
            ],
        ),
        (
            "es",
            ["51,99999999", "52", "52,00000001", "0,99999999", "0", "-2,5", "999,96", "1.234.567"],
        ),
        (
            "ru",
            [
                "51,99999999",
                "52",
                "52,00000001",
                "0,99999999",
                "0",
                "-2,5",
                "999,96",
                f"1{NBSP}234{NBSP}567",
            ],
        ),
        (
            "zh-hans",
            ["51.99999999", "52", "52.00000001", "0.99999999", "0", "-2.5", "999.96", "1,234,567"],
        ),
        (
            "ar",
            [
                "51.99999999",
                "52",
                "52.00000001",
                "0.99999999",
                "0",
                "-2.5",
                "999.96",
                "1,234,567",
            ],
        ),
    ],
)
def test_exact_numbers_in_the_six_languages(language, expected):
    millions = [
        "51999999.99",
        "52000000.00",
        "52000000.01",
        "999999.99",
        "0",
        "-2500000",
        "999960000",
        "1234567000000",
    ]

    with translation.override(language):
        shown = [money.format_number(Decimal(value), Scale.MILLION) for value in millions]

    assert shown == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "USD\u00a0999,960,000.00"),
        ("fr", f"USD\u00a0999{NARROW}960{NARROW}000,00"),
        ("es", "USD\u00a0999.960.000,00"),
        ("ru", f"USD\u00a0999{NBSP}960{NBSP}000,00"),
        ("zh-hans", "USD\u00a0999,960,000.00"),
        ("ar", "USD\u00a0999,960,000.00"),
    ],
)
def test_money_is_shown_to_the_cent_in_the_six_languages(language, expected):
    with translation.override(language):
        assert money.format_usd(Decimal(999960000)) == expected


def test_a_refund_keeps_its_sign():
    assert money.format_usd(Decimal("-2500000.5")) == "USD\u00a0-2,500,000.50"


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [("100", "1.0780", "92.76"), ("0.01", "2", "0.01"), ("1", "3", "0.33"), ("5", "1000", "0.01")],
)
def test_us_dollars_are_amount_divided_by_rate_rounded_half_up(amount, rate, expected):
    assert money.usd_at(Decimal(amount), Decimal(rate)) == Decimal(expected)


def test_a_sum_that_drifted_in_floating_point_comes_back_to_the_cent():
    assert money.cents(Decimal("999438931.3600074")) == Decimal("999438931.36")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("19999999.99", "USD\u00a019.9\u00a0million"),
        ("20000000.00", "USD\u00a020\u00a0million"),
        ("999960000", "USD\u00a0999.9\u00a0million"),
        ("1000000", "USD\u00a01\u00a0million"),
        ("999999.99", "USD\u00a0999,999"),
        ("0", "USD\u00a00"),
        ("-0.50", "USD\u00a0-1"),
        ("-2500000", "USD\u00a0-2.5\u00a0million"),
    ],
)
def test_beside_a_chart_money_is_rounded_down_to_a_tenth_of_a_million(value, expected):
    assert money.format_roughly(Decimal(value)) == expected


@pytest.mark.parametrize(
    ("part", "expected"), [("19999999.99", 99), ("20000000", 100), ("0", 0), ("-1", -1)]
)
def test_percentages_of_a_target_round_down(part, expected):
    assert money.percent_of(Decimal(part), Decimal(20000000)) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "23 November 2026"),
        ("fr", "23 novembre 2026"),
        ("es", "23 de noviembre de 2026"),
        ("ru", f"23 ноября 2026{NARROW}г."),
        ("zh-hans", "2026年11月23日"),
        ("ar", "23 نوفمبر 2026"),
    ],
)
def test_days_follow_the_language(language, expected):
    with translation.override(language):
        assert money.format_day(date(2026, 11, 23)) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["2024", "December 2024", "5 December 2024"]),
        ("fr", ["2024", "décembre 2024", "5 décembre 2024"]),
        ("es", ["2024", "diciembre de 2024", "5 de diciembre de 2024"]),
        ("ru", ["2024", f"декабрь 2024{NARROW}г.", f"5 декабря 2024{NARROW}г."]),
        ("ar", ["2024", "ديسمبر 2024", "5 ديسمبر 2024"]),
        ("zh-hans", ["2024年", "2024年12月", "2024年12月5日"]),
    ],
)
def test_dates_are_shown_as_far_as_they_are_known_in_the_six_languages(language, expected):
    day = date(2024, 12, 5)

    with translation.override(language):
        shown = [money.format_period(day, precision) for precision in ("year", "month", "day")]

    assert shown == expected


def test_a_moment_names_its_time_zone():
    moment = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)

    assert money.format_moment(moment) == "20 November 2026, 09:12 UTC"


def test_names_read_as_a_list_in_a_sentence():
    assert money.format_names(["Denmark", "Germany", "Spain"]) == "Denmark, Germany, and Spain"


def test_a_percentage_is_isolated_in_a_right_to_left_language():
    with translation.override("ar"):
        assert money.format_percent(55) == "\u206655\u00a0%\u2069"
    assert money.format_percent(55) == "55\u00a0%"
