"""What public sources say of the Fund, as it is on record."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from contributions.models import Donor, ReportedContribution
from mptf_portal.snapshot import latest
from programmes.models import (
    JointProgramme,
    Objective,
    Organization,
    Result,
    StatedFigure,
)
from tests.programmes.register import counted, open_programme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


# What is on record


def test_there_are_eleven_programmes_and_34_results_all_public():
    now = latest().now

    assert JointProgramme.objects.count() == JointProgramme.objects.public(now).count() == 11
    assert Result.objects.count() == Result.objects.public(now).count() == 34
    assert counted("programmes").stated.on_record == 11


def test_every_programme_and_every_result_has_a_source():
    assert all(row.links.filter(kind="source").exists() for row in JointProgramme.objects.all())
    assert not Result.objects.filter(source="").exists()
    assert not Result.objects.filter(source_url="").exists()


def test_every_row_would_pass_the_officers_forms():
    for model in (JointProgramme, Result, StatedFigure, ReportedContribution):
        for row in model.objects.all():
            row.full_clean()


def test_the_compact_has_23_objectives_with_their_official_titles():
    titles = dict(Objective.objects.values_list("number", "title"))

    assert list(titles) == list(range(1, 24))
    assert all(title.endswith(tuple("abcdefghijklmnopqrstuvwxyz")) for title in titles.values())
    assert titles[1].startswith("Collect and utilize accurate and disaggregated data")
    assert titles[6].startswith("Facilitate fair and ethical recruitment")
    assert titles[23].startswith("Strengthen international cooperation and global partnerships")
    assert not Objective.objects.filter(source_url="").exists()


@pytest.mark.parametrize(
    ("as_of", "value", "day"),
    [
        (date(2020, 10, 30), None, ""),
        (date(2020, 10, 31), 6, "October 2020"),
        (date(2021, 12, 31), 9, "2021"),
        (date(2022, 5, 19), 14, "19 May 2022"),
        (date(2024, 3, 11), 21, "11 March 2024"),
        (date(2024, 10, 8), 21, "11 March 2024"),
        (None, 24, "9 October 2024"),
    ],
)
def test_what_was_stated_of_the_number_of_programmes_by_the_day(as_of, value, day):
    figure = counted("programmes", as_of)

    assert (figure.value, figure.stated.day if figure.stated else "") == (value, day)


def test_from_the_records_it_cannot_be_told_whether_all_continents_are_covered():
    claim = counted("all-continents")

    assert claim.answer == "cannot be told: 11 of 24 programmes are on record"
    assert claim.evidence.endswith("none in Oceania.")


def test_from_the_records_it_cannot_be_told_whether_nearly_all_objectives_are_supported():
    claim = counted("objectives-nearly-all?at-least=20")

    assert claim.answer == "cannot be told: 11 of 24 programmes are on record"
    assert claim.evidence == "Programmes on record support 5 of the 23 objectives."


@pytest.mark.parametrize(
    ("reference", "value", "qualifier"),
    [
        ("tajikistan-families-left-behind&key=beneficiaries-reached", 130_000, "over"),
        ("north-macedonia-migration-evidence&key=partners-strengthened", 500, "over"),
        ("chile-mexico-decent-work&key=entrepreneur-services", 300, "almost"),
    ],
)
def test_the_results_that_the_statement_speaks_of(reference, value, qualifier):
    figure = counted(f"result?programme={reference}")

    assert (figure.value, figure.qualifier) == (value, qualifier)


# What the sources leave to be mapped


def test_unops_hosts_and_neither_leads_nor_participates():
    roles = open_programme("igad-disasters-climate").participations
    un = roles.filter(organization__kind="un").values_list("organization__acronym", "role")

    assert dict(un) == {
        "IOM": "lead",
        "ILO": "participating",
        "UNHCR": "participating",
        "UNOPS": "host",
    }


def test_the_platform_on_disaster_displacement_is_a_partner_without_its_hosts_name():
    platform = Organization.objects.get(acronym="PDD")

    assert platform.full_name == "Platform on Disaster Displacement (PDD)"
    assert platform.participations.get().role == "partner"


def test_ends_that_were_still_to_come_are_planned():
    planned = JointProgramme.objects.filter(end_planned=True)

    assert set(planned.values_list("slug", "end_on", "end_precision")) == {
        ("gambia-trans-gambia-corridor", date(2024, 12, 31), "month"),
        ("moldova-diaspora-evidence", date(2026, 12, 31), "year"),
    }


def test_a_status_from_an_undated_page_says_where_it_is_from():
    notes = JointProgramme.objects.exclude(status_note="")

    assert set(notes.values_list("slug", "status", "status_on", "status_note")) == {
        (
            "philippines-bridge",
            "closed",
            None,
            "an undated page of the United Nations in the Philippines",
        ),
        ("moldova-diaspora-evidence", "active", None, "an undated page of UNDP"),
    }
    dated = JointProgramme.objects.exclude(status_on=None)
    assert set(dated.values_list("slug", "status", "status_on")) == {
        ("tajikistan-families-left-behind", "closed", date(2023, 11, 3)),
        ("chile-mexico-decent-work", "closed", date(2023, 1, 30)),
    }


def test_the_two_city_governments_are_of_two_countries():
    bodies = open_programme("chile-mexico-decent-work").participations.filter(
        organization__kind="government"
    )

    assert dict(bodies.values_list("organization__name", "organization__country__iso3")) == {
        "Municipality of Santiago": "CHL",
        "Government of Mexico City": "MEX",
    }


def test_ministries_of_the_same_name_are_of_their_own_countries():
    ministries = Organization.objects.filter(name="Ministry of Interior")

    assert {body.country.iso3 for body in ministries} == {"MKD", "GMB"}


def test_the_doubtful_goal_is_left_out():
    goals = open_programme("guinea-liberia-sierra-leone-borders").goal_tags

    assert list(goals.values_list("goal", "target")) == [(5, ""), (8, "")]


def test_targets_stand_beside_their_goals():
    goals = open_programme("south-africa-integration").goal_tags

    assert [str(tag) for tag in goals.all()] == [
        "SDG 10",
        "SDG 10.2",
        "SDG 10.3",
        "SDG 16",
        "SDG 16.1",
        "SDG 17",
        "SDG 17.18",
    ]


def test_the_dates_of_results_are_as_exact_as_their_sources():
    results = Result.objects.exclude(as_of_precision="")
    words = Result.objects.exclude(as_of_words="")

    assert Counter(results.values_list("as_of", "as_of_precision")) == {
        (date(2024, 3, 11), "day"): 2,
        (date(2024, 7, 23), "day"): 4,
        (date(2021, 12, 31), "month"): 1,
        (date(2022, 12, 31), "year"): 1,
    }
    assert set(words.values_list("key", "as_of", "as_of_words")) == {
        ("joint-participation-valued", None, "final evaluation"),
        ("joint-cities-valued", None, "final evaluation"),
    }


def test_null_in_the_file_is_not_yet_recorded_and_never_zero():
    row = open_programme("indonesia-migration-governance")

    assert (row.budget_usd, row.launched_on, row.start_on, row.status) == (None, None, None, "")
    assert open_programme("north-macedonia-migration-evidence").budget_usd == Decimal(1_500_000)
    assert JointProgramme.objects.filter(objectives_complete=True).get().slug == (
        "philippines-bridge"
    )


# Reported contributions


def test_fifteen_contributions_are_reported_three_with_an_amount():
    reported = ReportedContribution.objects.public(latest().now)

    assert reported.count() == ReportedContribution.objects.count() == 15
    amounts = reported.exclude(amount=None).values_list("donor__slug", "amount", "currency")
    assert set(amounts) == {
        ("germany", Decimal(1_100_000), "USD"),
        ("norway", Decimal(15_000_000), "NOK"),
        ("united-kingdom", Decimal(4_000_000), "GBP"),
    }
    assert not reported.filter(source_url="").exists()


def test_reports_make_their_donors_known_to_readers():
    known = Donor.objects.public(latest().now)

    assert set(known.values_list("slug", flat=True)) == {
        "denmark",
        "germany",
        "morocco",
        "netherlands",
        "norway",
        "spain",
        "thailand",
        "united-kingdom",
        "united-states",
    }
    assert not known.filter(global_south=True).exists()  # nobody recorded it
