"""Delivering in the admin: what is confirmed is what was seen, once, by whoever may publish."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.admin.sites import site
from django.test import Client

from contributions.delivery import Record
from contributions.models import Delivery, Donor, Edition
from mptf_portal.publishing import withdraw
from tests.contributions import desk
from tests.factories import DeliveryFactory, DepositFactory, EditionFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either,
    pytest.mark.usefixtures("nothing_foretold"),
]

LIVE = r"We gave [\$XX](figure:contributed), [as promised](claim:target-reached?year=2023)."
TODAY, BEFORE = {"delivered_on": "2026-11-24"}, {"delivered_on": "2023-01-31"}


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 9, 30, tzinfo=UTC), tick=False)


@pytest.fixture
def edition():
    DepositFactory(amount=Decimal("1234.50"))
    return EditionFactory(markdown=LIVE, statement__slug="read-out")


@pytest.fixture
def address(edition):
    return desk.page("edition", "deliver", edition.pk)


def acts(client, edition):
    """Return the labels of the acts on the edition's page."""
    answer = client.get(desk.page("edition", "change", edition.pk))
    return [label for label, _address in answer.context["acts"]]


def errors(answer):
    return str(answer.context["form"].errors)


def told(client, address, data=None):
    """Return what the page says after it sent the browser on."""
    answer = client.post(address, data, follow=True) if data else client.get(address, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_an_approver_delivers_what_the_page_showed(address):
    client = desk.approver()
    shown = client.get(address).content.decode()

    answer = desk.act(client, address, TODAY)

    delivery = Delivery.objects.get()
    assert '<data value="1234.50">1,234.50</data>' in shown  # in the text as it would stay
    assert "<td>$1,234.50</td><td>USD\u00a01,234.50</td>" in shown
    assert "<td>as promised</td><td>Cannot be told: no funding target" in shown
    assert 'value="2026-11-24"' in shown
    assert answer.status_code == 302
    assert [link.value for link in Record.from_json(delivery.record).links] == ["1234.50", None]
    assert delivery.history.get().history_user.username == "ana"
    assert "As delivered on" in Client().get("/statements/read-out/delivered/").content.decode()


def test_delivering_is_offered_for_a_public_edition_to_who_may_publish(edition):
    assert acts(desk.approver(), edition) == ["Preview", "Correct", "Withdraw", "Deliver"]
    assert "Deliver" not in acts(desk.officer(), edition)


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_officer_who_may_not_publish_is_refused(address, method):
    answer = getattr(desk.officer(), method)(address, TODAY)

    assert answer.status_code == 403
    assert not Delivery.objects.exists()


def test_a_draft_is_not_delivered():
    draft, client = EditionFactory(markdown=LIVE, public_from=None), desk.approver()

    answer = client.post(desk.page("edition", "deliver", draft.pk), TODAY)

    assert answer.status_code == 403
    assert "Deliver" not in acts(client, draft)


def test_a_stranger_is_asked_to_sign_in_and_an_unknown_edition_has_no_page(address):
    assert Client().get(address).status_code == 302
    assert desk.approver().get(desk.page("edition", "deliver", 0)).status_code == 404


def test_what_was_delivered_is_not_delivered_again(edition, address):
    client = desk.approver()
    desk.act(client, address, TODAY)

    said = [told(client, address), told(client, address, TODAY)]

    message = "The statement was delivered in this language on 24 November 2026; a delivery stays."
    assert said == [["Delivered.", message], [message]]
    assert Delivery.objects.count() == 1
    assert "Deliver" not in acts(client, edition)


def test_a_corrected_edition_of_a_delivered_statement_is_refused_with_a_message(edition, address):
    client = desk.approver()
    desk.act(client, address, TODAY)
    key = desk.correct(client, "edition", edition.pk)
    desk.publish(client, "edition", key)

    said = told(client, desk.page("edition", "deliver", key), TODAY)

    assert "delivered in this language on 24 November 2026" in said[-1]
    assert Delivery.objects.get().edition == edition


def test_another_language_is_delivered_for_itself(edition, address):
    client, french = desk.approver(), EditionFactory(statement=edition.statement, language="fr")
    desk.act(client, address, TODAY)

    desk.act(client, desk.page("edition", "deliver", french.pk), TODAY)

    assert Delivery.objects.count() == 2


def test_the_act_leads_to_what_it_froze(edition, address):
    answer = desk.act(desk.approver(), address, TODAY)

    assert answer["Location"] == desk.page("delivery", "change", edition.delivery.pk)


def test_who_may_not_see_deliveries_stays_on_the_editions_page(edition, address):
    answer = desk.act(desk.approver("view_delivery"), address, TODAY)

    assert answer["Location"] == desk.page("edition", "change", edition.pk)
    assert Delivery.objects.exists()


# Nothing is frozen that nobody saw


def test_a_figure_that_moved_meanwhile_is_shown_before_it_is_confirmed(address):
    client = desk.approver()
    seen = client.get(address).context["seen"]
    DepositFactory(amount=Decimal(1))

    refused = client.post(address, TODAY | {"seen": seen})

    assert "a figure was changed since this page was opened" in errors(refused)
    assert "USD\u00a01,235.50" in refused.content.decode()
    assert not Delivery.objects.exists()

    client.post(address, TODAY | {"seen": refused.context["seen"]})
    assert '"value":"1235.50"' in Delivery.objects.get().record


def test_another_day_is_shown_before_it_is_confirmed(address):
    client = desk.approver()
    DepositFactory(amount=Decimal(7), received_on="2023-01-20")

    refused = desk.act(client, address, BEFORE)

    assert "This is what stands now for 31 January 2023." in errors(refused)
    assert "USD\u00a07.00" in refused.content.decode()
    assert not Delivery.objects.exists()

    client.post(address, BEFORE | {"seen": refused.context["seen"]})
    delivery = Delivery.objects.get()
    assert f"{delivery.delivered_on}" == "2023-01-31"
    assert '"value":"7.00"' in delivery.record


def test_a_signatory_that_joined_meanwhile_is_seen_first(edition, address):
    client = desk.approver()
    seen = client.get(address).context["seen"]
    edition.statement.signatories.add(Donor.objects.first())

    assert "Look again" in errors(client.post(address, TODAY | {"seen": seen}))


def test_a_post_that_saw_nothing_is_refused(address):
    assert "Look again" in errors(desk.approver().post(address, TODAY))
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2026-11-25", "That day is still to come"),
        ("2018-12-31", "The Fund began in 2019"),
        ("", "This field is required"),
        ("yesterday", "Enter a valid date"),
    ],
)
def test_a_day_that_cannot_be_is_refused(address, day, message):
    answer = desk.act(desk.approver(), address, {"delivered_on": day})

    assert message in errors(answer)
    assert not Delivery.objects.exists()


def test_an_edition_withdrawn_meanwhile_is_not_delivered(edition, address):
    client = desk.approver()
    seen = client.get(address).context["seen"]
    withdraw(edition, "A mistake", datetime.now(UTC))

    answer = client.post(address, TODAY | {"seen": seen})

    assert answer.status_code == 403
    assert not Delivery.objects.exists()


def test_a_text_with_a_broken_link_is_refused_with_its_place(edition, address):
    EditionFactory(statement=edition.statement, language="fr", markdown="[1](figure:gone)")
    broken = desk.page("edition", "deliver", edition.statement.editions.get(language="fr").pk)

    assert "Line 1, column 1: “gone” is not a figure" in told(desk.approver(), broken)[0]


# Deliveries are looked at


def test_deliveries_are_listed_and_viewed_and_nothing_else():
    delivery, client = DeliveryFactory(), desk.superuser()
    view = desk.page("delivery", "change", delivery.pk)

    listed = client.get(desk.page("delivery", "changelist")).content.decode()
    viewed = client.get(view).content.decode()

    assert delivery.sha256 in listed
    assert delivery.sha256 in viewed
    assert 'name="_save"' not in viewed
    assert client.get(desk.page("delivery", "add")).status_code == 403
    assert client.post(view, {"record": "[]"}).status_code == 403
    assert client.post(desk.page("delivery", "delete", delivery.pk)).status_code == 403
    assert client.get(desk.page("delivery", "history", delivery.pk)).status_code == 200
    assert Delivery.objects.get().record == "{}"


@pytest.fixture
def delivered(edition, address):
    """Return the page of a delivery, and who looks at it."""
    desk.act(desk.approver(), address, TODAY)
    return desk.page("delivery", "change", edition.delivery.pk), desk.officer()


def test_a_deliverys_page_shows_the_text_and_each_value_as_they_were_frozen(delivered):
    address, client = delivered
    DepositFactory(amount=Decimal(1))

    html = client.get(address).content.decode()

    assert '<data value="1234.50">1,234.50</data>' in html
    frozen = re.search(r'<tr id="note-1">.*?</tr>', html, re.DOTALL)[0]
    assert re.findall(r"<td>(.*?)</td>", frozen)[1:] == [
        "$1,234.50",
        "USD\u00a01,234.50",
        "Deposits",
        "24 November 2026",
    ]
    assert "<code>figure:contributed</code>" in frozen
    claim = re.search(r'<tr id="note-2">.*?</tr>', html, re.DOTALL)[0]
    assert "Cannot be told" in claim


def test_a_deliverys_page_leads_to_its_public_addresses(edition, delivered):
    address, client = delivered

    html = client.get(address).content.decode()

    assert 'href="/statements/read-out/delivered/"' in html
    assert 'href="/statements/read-out/delivered/record.json"' in html
    assert f'href="{desk.page("edition", "change", edition.pk)}"' in html


def test_an_editions_page_leads_to_what_was_delivered(edition, delivered):
    address, client = delivered

    html = client.get(desk.page("edition", "change", edition.pk)).content.decode()

    assert f'<a href="{address}">What was delivered</a>' in html


def test_the_checksum_is_computed_again_whenever_the_page_opens(delivered):
    address, client = delivered
    before = client.get(address).content.decode()

    record = Delivery.objects.get().record.replace("1234.50", "9234.50")
    Delivery.objects.update(record=record)

    after = client.get(address).content.decode()
    assert "Not a character was changed." in before
    assert "The record was changed outside the portal" in after
    assert "Not a character was changed." not in after


def test_a_record_that_cannot_be_read_is_shown_as_it_is():
    delivery = DeliveryFactory()

    html = desk.officer().get(desk.page("delivery", "change", delivery.pk)).content.decode()

    assert "It can no longer be read" in html
    assert '<pre class="delivering-text">{}</pre>' in html


def test_what_was_delivered_stands_beside_todays_values_and_todays_text(edition, delivered):
    address, client = delivered
    DepositFactory(amount=Decimal(1))
    key = desk.correct(client, "edition", edition.pk)
    draft = Edition.objects.get(pk=key)
    draft.markdown = "Over all these years and together " + LIVE.replace("We", "we")
    draft.save()
    desk.publish(client, "edition", key)

    html = client.get(address).content.decode()

    assert "USD\u00a01.00 more" in html
    assert "1 of 2 differs from what was delivered." in html
    assert "The text was corrected on 24 November 2026." in html
    assert "<ins>Over all these years and together we gave" in html


def test_a_delivered_text_that_nobody_can_read_any_more_is_compared_with_no_other(
    edition, delivered
):
    address, client = delivered
    withdraw(edition, "A mistake", datetime.now(UTC))

    html = client.get(address).content.decode()

    assert "No text of this statement is public in this language today." in html
    assert "The text was withdrawn on 24 November 2026." in html


def test_the_list_offers_no_action():
    assert site.get_model_admin(Delivery).actions is None
