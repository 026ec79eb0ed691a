"""Real-time priority where the system grants it, and the ordinary one again afterwards."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from linnet.live.urgency import PRIORITY, urgent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such call")


def is_granted() -> bool:
    import resource

    return os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] >= PRIORITY


def test_this_thread_and_those_it_starts_are_urgent_for_as_long_as_it_says() -> None:
    if not is_granted():
        pytest.skip("this user has no real-time priority; ulimit -r is 0")
    found: list[int] = []
    before = os.sched_getscheduler(0)
    with urgent() as is_urgent:
        assert is_urgent
        thread = threading.Thread(target=lambda: found.append(os.sched_getscheduler(0)))
        thread.start()
        thread.join()
        with urgent() as is_still:  # what is there already stays
            assert is_still
        found.append(os.sched_getscheduler(0))
    assert found == [os.SCHED_RR, os.SCHED_RR]
    assert os.sched_getscheduler(0) == before


def test_a_system_that_refuses_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with urgent() as is_urgent:
        assert not is_urgent
    with pytest.raises(RuntimeError), urgent():
        raise RuntimeError
