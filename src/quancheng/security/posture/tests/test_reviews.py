"""What is wanting is told with the day since when, and a day is scored once."""

from datetime import UTC, datetime, timedelta

import pytest

from quancheng.kernel import posture as kernel
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.pmi import public as pmi
from quancheng.security.posture import public as posture
from quancheng.security.posture import tasks
from quancheng.security.posture.models import Day, Reading, Sighting

pytestmark = pytest.mark.django_db
SERVICE = pmi.service_actor("posture")
MORNING = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.fixture
def wanting(monkeypatch):
    """The findings of the only check that there is; change the list to change what it finds."""
    found = [Finding(Severity.SERIOUS, "a door stands open", key="door")]
    monkeypatch.setattr(kernel, "_checks", {"test.doors": kernel.Check("test.doors", "Doors", lambda _at: found)})
    return found


def review(at):
    return posture.review(actor=SERVICE, at=at)


class TestReview:
    def test_remembers_since_when_something_is_wanting(self, wanting):
        assert posture.stand(at=MORNING).findings[0].since is None

        review(MORNING)
        review(MORNING + timedelta(days=3))

        assert posture.stand().findings[0].since == MORNING

    def test_counts_anew_what_was_gone_and_came_back(self, wanting):
        review(MORNING)
        door = wanting.pop()
        review(MORNING + timedelta(hours=1))
        wanting.append(door)
        review(MORNING + timedelta(hours=2))

        assert posture.stand().findings[0].since == MORNING + timedelta(hours=2)
        assert Sighting.objects.filter(gone_at=MORNING + timedelta(hours=1)).count() == 1

    def test_keeps_one_score_a_day_the_last(self, wanting):
        review(MORNING)
        wanting.clear()
        review(MORNING + timedelta(hours=5))
        wanting.append(Finding(Severity.CRITICAL, "the vault stands open"))
        review(MORNING + timedelta(days=1))

        assert [(day.score, day.critical) for day in posture.history()] == [(80, 1), (100, 0)]
        assert Day.objects.count() == 2

    def test_believes_a_check_that_knows_the_day_itself(self, wanting):
        wanting[:] = [Finding(Severity.NOTICE, "dust", since=MORNING - timedelta(days=90))]

        review(MORNING)

        assert posture.stand().findings[0].since == MORNING - timedelta(days=90)

    def test_is_not_for_people(self, wanting):
        with pytest.raises(pmi.Forbidden):
            posture.review(actor=pmi.Actor(id="account:1", name="x", kind="staff"), at=MORNING)


class TestStand:
    def test_tells_the_gravest_first(self, wanting):
        wanting[:] = [Finding(Severity(level), "x", key=str(level)) for level in (1, 3, 2)]

        assert [item.severity for item in posture.stand().findings] == [3, 2, 1]

    def test_takes_a_check_that_fails_for_a_finding(self, monkeypatch, caplog):
        def fail(_at):
            yield Finding(Severity.NOTICE, "seen before it failed")
            raise LookupError("no ladder")

        monkeypatch.setattr(kernel, "_checks", {"test.roof": kernel.Check("test.roof", "Roof", fail)})

        (found,) = posture.stand().findings

        assert (found.check, found.key, found.severity) == ("test.roof", "failed", Severity.SERIOUS)
        assert "no ladder" in caplog.text

    def test_writes_nothing(self, wanting):
        posture.stand()

        assert not Sighting.objects.exists()


def test_a_second_worker_does_not_review_what_was_just_reviewed():
    tasks.review()
    first = Reading.objects.get().at
    tasks.review()

    assert Reading.objects.get().at == first
