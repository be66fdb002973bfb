"""The alias that public pages read through: it refuses to write, and sees one snapshot."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from contributions import figures
from contributions.models import Deposit
from mptf_portal.snapshot import latest, reading
from tests.factories import DepositFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_alias_of_public_pages_refuses_to_write():
    DepositFactory()

    with pytest.raises(DatabaseError, match=r"read-?only"):
        Deposit.objects.using("read").update(evidence="changed")
    connections["read"].close()


def test_a_page_sees_one_snapshot_from_its_first_query_to_its_last():
    DepositFactory()

    with reading() as snapshot:
        deposits = Deposit.objects.using(snapshot.using)
        assert deposits.count() == 1
        DepositFactory()  # another connection commits meanwhile
        assert deposits.count() == 1
    assert Deposit.objects.using("read").count() == 2
    connections["read"].close()


def test_a_figure_is_counted_once_in_a_snapshot_and_again_of_another_day_or_language():
    DepositFactory(amount=50, received_on=date(2023, 3, 1))

    def counts():
        figures.contributed(snapshot)
        figures.contributed(snapshot, stage="deposited", by="all")
        figures.contributed(snapshot.on(date(2023, 2, 1)))
        with translation.override("fr"):
            return figures.contributed(snapshot)

    with reading() as snapshot, CaptureQueriesContext(connections[snapshot.using]) as asked:
        assert counts().value == 50
    assert len(asked) == 3
    assert snapshot.remembered == {}  # nothing of it outlives the page
    snapshot = latest()
    with CaptureQueriesContext(connections[snapshot.using]) as asked:
        assert counts().value == 50
    assert len(asked) == 4  # rows may change between the questions: nothing is remembered
    connections["read"].close()


def test_a_committed_deposit_is_on_the_next_request(client):
    assert b"50.00" not in client.get("/figures/contributed/").content

    DepositFactory(amount=50)

    assert b'value="50.00"' in client.get("/figures/contributed/").content


PROMISED = {
    "sqlite": {
        "default": {
            "journal_mode": "wal",
            "foreign_keys": 1,
            "busy_timeout": 20000,
            "query_only": 0,
        },
        "read": {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 20000, "query_only": 1},
    },
    "postgresql": {
        "default": {
            "transaction_isolation": "read committed",
            "transaction_read_only": "off",
            "lock_timeout": "10s",
        },
        "read": {
            "transaction_isolation": "repeatable read",
            "transaction_read_only": "on",
            "statement_timeout": "3s",
        },
    },
}


@pytest.mark.parametrize("alias", ["default", "read"])
def test_each_alias_is_opened_as_promised(alias):
    ask = {"sqlite": "PRAGMA {}", "postgresql": "SHOW {}"}[connection.vendor]
    promised = PROMISED[connection.vendor][alias]

    found = {}
    with connections[alias].cursor() as cursor:
        for name in promised:
            cursor.execute(ask.format(name))
            found[name] = cursor.fetchone()[0]

    assert found == promised
    connections["read"].close()
