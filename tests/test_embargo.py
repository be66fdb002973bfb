"""What is not public yet changes no byte of any public address; at its minute it is everywhere."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from django.db import transaction

from contributions.models import Deposit, Instalment, PledgeFootnote
from mptf_portal import review
from mptf_portal.editing import versions
from mptf_portal.editing.wording import Difference
from mptf_portal.publishing import draft_correction, publish
from programmes.models import JointProgramme
from proposals.models import ProposedChange
from tests.addresses import one_of_each
from tests.browser.crawl import MOST, crawl
from tests.contributions import desk
from tests.factories import (
    CountryFactory,
    DepositFactory,
    DonorFactory,
    EditionFactory,
    EntryFactory,
    ExchangeRateFactory,
    JointAnnouncementFactory,
    OrganizationFactory,
    ParticipationFactory,
    PledgeFactory,
    ProgrammeFactory,
    ReportedContributionFactory,
    ResultFactory,
    StatedFigureFactory,
    TargetFactory,
)
from tests.test_live import Portal, keep_the_tests_connection  # noqa: F401 (a fixture for all here)

pytestmark = [pytest.mark.django_db, pytest.mark.either]

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
A_FEW = 1

# Where a hidden row would show if somebody guessed its names, or how the site says that it is not.
GUESSED = [
    "/contributions/donors/secretland/",
    "/contributions/pledges/?donor=secretland",
    "/contributions/pledges/?year=2031",
    "/contributions/targets/2031/",
    "/countries/XSC/",
    "/figures/contributed/?by=secretland",
    "/figures/contributed/?by=signatories&statement=secret",
    "/figures/contributed/?year=2031",
    "/figures/contributed/?stage=committed&year=2031",
    "/figures/donors/?stage=pledged",
    "/figures/outstanding/?by=secretland",
    "/figures/result/?key=people&programme=secret",
    "/figures/result/?programme=secret&key=people",
    "/figures/result/?programme=border&key=secret",
    "/figures/target/?year=2031",
    "/figures/target-gap/?year=2031",
    "/figures/target-reached/?year=2031",
    "/figures/consecutive-year/?year=2031",
    "/programmes/secret/",
    "/programmes/?q=SECRET",
    "/programmes/?country=XSC",
    "/programmes/?organization=SECRET",
    "/statements/secret/",
    "/statements/secret/delivered/",
    "/statements/secret/delivered/record.json",
    "/statements/unece-2024/?as_of=2023-12-31",
    "/contributions/?as_of=2023-12-31",
    "/contributions/pledges/?as_of=2023-12-31&donor=secretland",
    "/corrections/?as_of=2025-12-31",
    "/no-such-page/",
    "/healthz",
]
SHOWN = {  # at its minute: address, and what the hidden rows say there
    "/": "SECRET text",
    "/contributions/": "SECRET donor",
    "/contributions/donors/": "SECRET donor",
    "/contributions/donors/secretland/": "SECRET donor",
    "/contributions/pledges/": "SECRET donor",
    "/contributions/pledges/?donor=secretland": "SECRET footnote",
    "/contributions/targets/2031/": "SECRET source",
    "/countries/XSC/": "SECRET donor",
    "/figures/contributed/": "7,000,100.00",
    "/figures/contributed/?stage=committed": "8,000,000.00",
    "/figures/contributed/?by=secretland": "SECRET donor",
    "/figures/programmes/": "SECRET programme",
    "/figures/result/?programme=secret&key=people": "987,654",
    "/figures/target/?year=2031": "SECRET source",
    "/programmes/": "SECRET programme",
    "/programmes/secret/": "SECRET programme",
    "/programmes/?q=SECRET": "SECRET programme",
    "/statements/": "SECRET statement",
    "/statements/secret/": "SECRET text",
    "/corrections/": "SECRET reason",
    "/sitemap.xml": "/contributions/donors/secretland/",
}


class Site:
    """A server of the portal, and what it answered of everything that it was asked."""

    def __init__(self, **headers):
        self.portal, self.headers = Portal(), headers
        self.answers = {}

    def get(self, address):
        """Answer a crawler."""
        status, headers, body = self.ask(address)
        return _Answer(status, headers, body)

    def ask(self, address, method="GET", **headers):
        """Ask, and keep the whole answer but for the request's own number."""
        status, named, body = self.portal.get(address, method, **self.headers, **headers)
        named.pop("x-request-id", None)
        self.answers[method, address, *headers.items()] = status, named, body
        return status, named, body

    def ask_in_every_way(self, addresses):
        """Ask for a packed answer in another language, a head, and whether anything changed."""
        for address in addresses:
            _status, named, _body = self.ask(address, accept_encoding="gzip", accept_language="ar")
            self.ask(address, "HEAD")
            if etag := named.get("etag"):
                self.ask(address, if_none_match=etag)


class _Answer(SimpleNamespace):
    """What the crawler reads of an answer."""

    def __init__(self, status, headers, body):
        super().__init__(status_code=status, headers=headers, content=body)

    def get(self, name, default=None):
        return self.headers.get(name.lower(), default)


def walk(of_a_kind, **headers):
    """Return every answer of the site, or of so many addresses of a kind, and of those guessed."""
    site = Site(**headers)
    found = crawl(site, of_a_kind)
    site.ask_in_every_way([*found, *GUESSED])
    return site.answers


def write_what_is_hidden():
    """Write drafts of every kind, each saying SECRET, and return them in the order of approval."""
    country = CountryFactory._meta.model.objects.get(iso3="XSC")
    donor = DonorFactory(slug="secretland", name="SECRET donor", country=country)
    pledge = PledgeFactory(
        donor=donor, funding_year=2031, currency="DKK", earmark="SECRET earmark",
        agreement_reference="SECRET-1", conditions="SECRET conditions",
    )  # fmt: skip
    Instalment.objects.create(pledge=pledge, due_on=date(2024, 3, 1), amount=Decimal(1_000_000))
    PledgeFootnote.objects.create(pledge=pledge, kind="joint", text="SECRET footnote")
    hidden = {"public_from": None}
    money = {
        "pledge": pledge, "evidence": "SECRET",
        "announcement": JointAnnouncementFactory(title="SECRET announcement", note="SECRET note"),
    }  # fmt: skip
    entry = EntryFactory(amount=Decimal(80_000_000), dated=date(2023, 1, 5), **money, **hidden)
    deposit = DepositFactory(
        amount=Decimal(70_000_000), amount_usd=Decimal(7_000_000),
        received_on=date(2023, 5, 1), agent_reference="SECRET-AA", **money, **hidden,
    )  # fmt: skip
    programme = ProgrammeFactory(
        slug="secret", title="SECRET programme", short_title="SECRET programme",
        countries=[country], status="active", status_on=date(2022, 1, 1), **hidden,
    )  # fmt: skip
    organization = OrganizationFactory(name="SECRET organization", acronym="SECRET")
    ParticipationFactory(programme=programme, organization=organization)
    result = ResultFactory(
        programme=programme, key="people", figure=Decimal(987_654), what="SECRET result", **hidden
    )
    border = ResultFactory(
        programme=JointProgramme.objects.get(slug="border"), key="secret", what="SECRET", **hidden
    )
    edition = EditionFactory(
        markdown="SECRET text [XX](figure:contributed?by=secretland)", title="SECRET statement",
        statement__slug="secret", statement__title="SECRET statement",
        statement__date=date(2026, 11, 1), **hidden,
    )  # fmt: skip
    edition.statement.signatories.add(donor)
    target = TargetFactory(
        year=2031, source="SECRET source", amount_usd=Decimal(9_000_000), **hidden
    )
    stated = StatedFigureFactory(
        figure="countries-reached", value=Decimal(99), stated_for=date(2024, 1, 1),
        source="SECRET source", **hidden,
    )  # fmt: skip
    reported = ReportedContributionFactory(donor=donor, what="SECRET report", **hidden)
    propose_another_name()
    return [
        entry,
        deposit,
        programme,
        result,
        border,
        edition,
        target,
        stated,
        reported,
        *correct(),
    ]


def correct():
    """Return drafts that correct what is public."""
    deposit = draft_correction(Deposit.objects.filter(public_from__lte=NOW).earliest("pk"))
    deposit.evidence = "SECRET"
    deposit.save()
    programme = draft_correction(JointProgramme.objects.get(slug="border"))
    programme.summary = "SECRET summary"
    programme.save()
    return [deposit, programme]


def propose_another_name():
    """Hand in another name of a donor whom readers know: it has no embargo, and waits."""
    donor = Deposit.objects.filter(public_from__lte=NOW).earliest("pk").pledge.donor
    seen, was, donor.name = versions.of([donor]), donor.name, "SECRET name"
    words = [("Donor", Difference("Name", was, donor.name))]
    proposal = ProposedChange.of_rows(donor, [donor], words, "SECRET why")
    proposal.seen = seen
    proposal.save()
    desk.submitted(proposal)


def embargo(rows):
    for row in rows:
        publish(row, NOON, "SECRET reason" if row.replaces_id else "")


def send_back(rows):
    submitted = [desk.submitted(row) for row in rows]
    review.send_back(submitted, desk.account("petra", "view", "publish"), "SECRET comment")


def hand_in(rows):
    for row in rows:
        desk.submitted(row)


HIDDEN = {
    "draft": lambda rows: None,
    "submitted": hand_in,
    "sent back": send_back,
    "embargoed": embargo,
}


@pytest.fixture(autouse=True)
def _ledger():
    with time_machine.travel(NOW, tick=False):
        one_of_each()
        CountryFactory(iso3="XSC", iso2="xs", m49="xsc", name_en="Secretland", region="Oceania")
        ExchangeRateFactory()
        yield


@pytest.fixture(
    params=[A_FEW, pytest.param(MOST, marks=pytest.mark.slow)], ids=["a few of a kind", "all"]
)
def of_a_kind(request):
    """Return how many addresses of a kind are walked."""
    return request.param


def test_what_is_not_public_changes_no_byte_of_any_public_address(of_a_kind):
    without = walk(of_a_kind)
    leaks = {}
    hidden = HIDDEN if of_a_kind == MOST else {one: HIDDEN[one] for one in ("draft", "embargoed")}
    for state, hide in hidden.items():
        with transaction.atomic():
            hide(write_what_is_hidden())
            found = walk(of_a_kind)
            transaction.set_rollback(True)
        asked = without.keys() | found.keys()
        leaks[state] = [one for one in asked if found.get(one) != without.get(one)]

    assert {"/", "/sitemap.xml", "/robots.txt", "/corrections/"} <= {one[1] for one in without}
    assert len(without) > 250
    assert leaks == {key: [] for key in hidden}


@pytest.mark.slow
def test_no_byte_of_a_public_address_is_of_who_is_signed_in(of_a_kind):
    strangers = walk(of_a_kind)
    embargo(write_what_is_hidden())
    approver = desk.second_approver()
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in approver.cookies.items())

    staff = walk(of_a_kind, cookie=cookie)

    assert "sessionid" in cookie
    assert staff == strangers


def test_at_its_minute_everything_is_everywhere_without_any_write():
    embargo(write_what_is_hidden())
    site = Site()
    with time_machine.travel(NOON - timedelta(seconds=1), tick=False):
        early = [
            address for address, text in SHOWN.items() if text.encode() in site.ask(address)[2]
        ]

    with time_machine.travel(NOON, tick=False):
        missing = [
            address for address, text in SHOWN.items() if text.encode() not in site.ask(address)[2]
        ]

    assert early == []
    assert missing == []


def test_the_sentence_is_the_old_one_until_the_second_before():
    EditionFactory(
        markdown="Over [$XX million](figure:contributed?in=million&say=over).",
        statement__date=date(2026, 11, 2),
    )
    DepositFactory(amount=Decimal(47_912_650), agent_reference="OLD")
    publish(
        DepositFactory(amount=Decimal(5_000_000), agent_reference="NEW", public_from=None), NOON
    )
    site = Site()

    def said(moment):
        with time_machine.travel(moment, tick=False):
            _status, named, body = site.ask("/")
            return body.decode().partition('<data value="')[2][:16], named["etag"]

    value, etag = said(NOON - timedelta(seconds=1))
    assert value.endswith('">47<')
    assert said(NOON - timedelta(seconds=1)) == (value, etag)
    assert said(NOON)[0].endswith('">52<')
    assert said(NOON)[1] != etag
