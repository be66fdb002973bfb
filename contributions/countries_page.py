"""The countries in which programmes work or from which donors gave."""

from dataclasses import dataclass

from django.db.models import Count

from contributions.models import Donor
from mptf_portal.snapshot import Snapshot
from programmes.figures import funded
from programmes.map import number_by_country
from programmes.models import Country


@dataclass(frozen=True, slots=True)
class CountryRow:
    """A country's line: how many programmes work there, and how many donors of it readers know."""

    country: Country
    programmes: int
    donors: int


def countries_page(snapshot: Snapshot) -> tuple[CountryRow, ...]:
    """Return every country with a programme or a donor, by name."""
    public = Donor.objects.using(snapshot.using).public(snapshot.now, snapshot.as_of)
    known = public.exclude(country=None)
    donors = dict(known.order_by().values_list("country").annotate(Count("pk")))
    programmes = number_by_country(snapshot, funded(snapshot))
    countries = Country.objects.using(snapshot.using).filter(pk__in={*programmes, *donors})
    return tuple(
        CountryRow(country, programmes.get(country.pk, 0), donors.get(country.pk, 0))
        for country in countries
    )
