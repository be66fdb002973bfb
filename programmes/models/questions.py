"""Questions about joint programmes, each composable with the others."""

from collections.abc import Iterator
from datetime import date
from typing import Self

from django.db.models import Exists, OuterRef, Q, QuerySet

from mptf_portal.publishing import PublicQuerySet
from programmes.models.classifications import Objective
from programmes.models.countries import Country
from programmes.models.organizations import Organization
from programmes.models.search import begins_with, words

DATES = ("funded", "start", "end")  # each with a precision, and planned or not


def known_dates(day: date) -> Iterator[tuple[str, Q]]:
    """Yield each column with a date of a programme, and which rows know it on the day.

    What is planned is known before it happens.
    """
    yield "launched_on", Q(launched_on__lte=day)
    for name in DATES:
        planned = Q(**{f"{name}_planned": True, f"{name}_on__isnull": False})
        yield f"{name}_on", planned | Q(**{f"{name}_on__lte": day})


class JointProgrammeQuerySet(PublicQuerySet):
    """Questions about joint programmes."""

    def funded_by(self, day: date) -> Self:
        """Return the programmes that are known to have been funded by the day.

        Any date shows it: that it was funded, launched or started, has a status, or ended. One of
        which no date is known counts from the day it was put on record here.
        """
        known = Q(launched_on__lte=day) | Q(status_on__lte=day)
        dated = Q(launched_on__isnull=False) | Q(status_on__isnull=False)
        for name in DATES:
            happened = Q(**{f"{name}_planned": False})
            known |= happened & Q(**{f"{name}_on__lte": day})
            dated |= happened & Q(**{f"{name}_on__isnull": False})
        return self.filter(known | (~dated & Q(recorded_on__lte=day)))

    def reaching(self, country: Country) -> Self:
        """Return the programmes that work in the country."""
        return self.filter(countries=country)

    def in_region(self, region: str) -> Self:
        """Return the programmes that work in a country of the region, one of the five of M49."""
        return self._with(Country.objects.filter(region=region, programmes=OuterRef("pk")))

    def supporting(self, objective: Objective) -> Self:
        """Return the programmes whose record names the objective."""
        return self.filter(objectives=objective)

    def with_part(self, parts: QuerySet) -> Self:
        """Return the programmes of which one of the parts is: a participation, an SDG, a link."""
        return self._with(parts.filter(programme=OuterRef("pk")))

    def with_status(self, status: str, day: date) -> Self:
        """Return the programmes whose status it is as known on the day; empty is not recorded."""
        known = Q(status_on=None) | Q(status_on__lte=day)
        return self.filter(known & Q(status=status) if status else ~known | Q(status=""))

    def at_work_in(self, year: int, day: date) -> Self:
        """Return the programmes for which the year is between their first and their last date.

        Of the dates known on the day, planned ones too. A date that is known to the month or to
        the year only is in the same year as its last day, which is what is stored.
        """
        since = until = Q()
        for name, known in known_dates(day):
            since |= known & Q(**{f"{name}__lte": date(year, 12, 31)})
            until |= known & Q(**{f"{name}__gte": date(year, 1, 1)})
        return self.filter(since & until)

    def without_date(self, day: date) -> Self:
        """Return the programmes of which no date is known on the day, not even a planned one."""
        dated = Q()
        for _name, known in known_dates(day):
            dated |= known
        return self.exclude(dated)

    def matching(self, text: str) -> Self:
        """Return the programmes in which every word of the text begins some word.

        A word of what they say of themselves, of the name of a country they work in, in any
        language, or of an organization that takes part. Without a word nothing matches.
        """
        rows = self
        for word in dict.fromkeys(words(text)):
            here = {"search__contains": begins_with(word)}
            there = Country.objects.filter(programmes=OuterRef("pk"), **here)
            who = Organization.objects.filter(participations__programme=OuterRef("pk"), **here)
            rows = rows.filter(Q(**here) | Exists(there) | Exists(who))
        return self.none() if rows is self else rows

    def with_incomplete_objectives(self) -> Self:
        """Return the programmes whose list of objectives is not known to be complete."""
        return self.filter(objectives_complete=False)

    def without_country(self) -> Self:
        """Return the programmes for which no country is recorded."""
        return self.filter(~Exists(Country.objects.filter(programmes=OuterRef("pk"))))

    def _with(self, rows: QuerySet) -> Self:
        """Return the programmes for which one of the rows exists; each programme once."""
        return self.filter(Exists(rows))
