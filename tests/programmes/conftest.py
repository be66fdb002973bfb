"""What public sources say, loaded once for all tests of a module."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from tests.programmes.register import load_published

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def _loaded_once(django_db_setup, django_db_blocker):
    with (
        time_machine.travel(NOW, tick=False),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        load_published()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def published(_loaded_once, db):
    """Put on record what public sources say, and stand an hour later."""
    with time_machine.travel(NOW + timedelta(hours=1), tick=False) as traveller:
        yield traveller
