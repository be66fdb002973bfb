"""Whoever types the beginning of a word finds the programme, whatever accents and capitals."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from programmes.models import Country, JointProgramme, Organization
from programmes.models.search import words
from tests.factories import (
    CountryFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProgrammeFactory,
)
from tests.programmes.register import correct

pytestmark = pytest.mark.django_db


def found(text):
    return {row.slug for row in JointProgramme.objects.matching(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Côte d'Ivoire", ["cote", "d", "ivoire"]),
        ("TÜRKİYE, Iğdır", ["turkiye", "igdir"]),
        ("Parrot’s_Beak", ["parrot", "s", "beak"]),
        ("Łódź Straße Ærø Þór", ["lodz", "strasse", "aero", "thor"]),
        ("100 % of 1,000", ["100", "of", "1", "000"]),
        ("Таджикистан й", ["таджикистан", "и"]),
        ("طاجيكستان", ["طاجيكستان"]),
        ("塔吉克斯坦", ["塔吉克斯坦"]),
        ("ﬁnance ℡", ["finance", "tel"]),
        (" !? ", []),
    ],
)
def test_a_word_is_compared_in_lower_case_and_without_accents(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    "text", ["Émigrés", "emigres", "EMIGR", "é", "qual emi", "emi  qual", "“Émigrés”", "QUALITE"]
)
def test_each_word_is_the_beginning_of_a_word_whatever_its_accents_capitals_and_order(text):
    ProgrammeFactory(slug="one", title="Émigrés de qualité")
    ProgrammeFactory(slug="other", title="Border management")

    assert found(text) == {"one"}


@pytest.mark.parametrize(
    "text", ["migr", "emigres qualm", "qualm emigres", "e%s", "_", "", "\\", "’"]
)
def test_a_middle_a_missing_word_and_a_pattern_find_nothing(text):
    ProgrammeFactory(title="Émigrés", short_title="Émigrés", slug="one")

    assert found(text) == set()


@pytest.mark.parametrize("name", ["title", "short_title", "summary", "region", "gateway_number"])
def test_every_text_of_a_programme_is_searched(name):
    ProgrammeFactory(slug="one", **{name: "00123456"})
    ProgrammeFactory(slug="other")

    assert found("001") == {"one"}


@pytest.mark.parametrize("text", ["kenya", "Кения", "肯尼亚", "كينيا", "iom", "organization mig"])
def test_a_country_in_any_language_and_an_organization_are_found_too(text):
    country = CountryFactory(name_en="Kenya", name_ru="Кения", name_zh="肯尼亚", name_ar="كينيا")
    programme = ProgrammeFactory(slug="one", countries=[country])
    organization = OrganizationFactory(
        name="International Organization for Migration", acronym="IOM"
    )
    ParticipationFactory(programme=programme, organization=organization)
    ProgrammeFactory(slug="other")

    assert found(text) == {"one"}


def test_the_words_of_one_search_may_stand_in_different_places():
    country = CountryFactory(name_en="Kenya")
    ProgrammeFactory(slug="one", title="Climate", countries=[country])
    ProgrammeFactory(slug="other", title="Borders", countries=[country])

    assert found("kenya clim") == {"one"}


def test_a_programme_is_found_once_however_often_the_word_stands_there():
    countries = [CountryFactory(name_en="Guinea"), CountryFactory(name_en="Guinea-Bissau")]
    ProgrammeFactory(title="Guinea, and Guinea again", countries=countries)

    assert JointProgramme.objects.matching("guinea").count() == 1


def test_a_correction_is_found_by_its_own_words():
    correct(ProgrammeFactory(slug="one", short_title="Old", title="Old"), title="New")

    (row,) = JointProgramme.objects.matching("new")
    assert row.public_until is None


def test_rows_made_in_bulk_have_their_words():
    JointProgramme.objects.bulk_create(
        [JointProgramme(slug="one", title="Émigrés", short_title="A")]
    )

    assert found("emigres") == {"one"}


def test_the_migration_gives_the_rows_that_stand_their_words():
    ProgrammeFactory(slug="one", title="Émigrés", countries=[CountryFactory(name_en="Kenya")])
    OrganizationFactory(acronym="IOM")
    for model in (Country, JointProgramme, Organization):
        model.objects.update(search="")
    assert found("emigres kenya") == set()

    import_module("programmes.migrations.0003_search").fill(
        apps, SimpleNamespace(connection=connection)
    )

    assert found("emigres kenya") == {"one"}
    assert Organization.objects.get(acronym="IOM").search.endswith(" iom")


def test_the_change_of_a_word_is_no_change_of_its_own_in_the_history():
    row = ProgrammeFactory(title="Old")
    row.title = "New"
    row.save()

    last, first = row.history.all()[:2]
    assert [change.field for change in last.diff_against(first).changes] == ["title"]
