"""A process of the portal ends under load."""

import os
import signal

import pytest

from tests.faults.load import assert_it_held

pytestmark = pytest.mark.slow


def test_a_worker_that_is_killed_costs_no_more_than_the_request_it_was_at(load):
    (killed, _other) = load.served.workers()
    with load.fault():
        os.kill(killed, signal.SIGKILL)

    assert_it_held(load, refused=2)
    assert killed not in load.served.workers()
    assert len(load.served.workers()) == 2


def test_a_reload_loses_no_request(load):
    before = load.served.workers()
    with load.fault():
        load.served.process.send_signal(signal.SIGHUP)

    load.go_on(2)
    assert_it_held(load)
    assert not set(before) & set(load.served.workers())
