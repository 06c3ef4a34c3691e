from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from quancheng.systems.hall.models import Submission
from quancheng.systems.hall.tests import factories


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("database_of_many")
class TestManyAtOnce:
    def test_submitting_one_draft_in_many_windows_gives_one_application(self):
        factories.publish()
        owner = factories.citizen()
        draft_id = factories.complete_draft(owner)

        found = self.at_once(lambda _n: factories.lodge(owner, draft_id))

        assert len(set(found)) == 1
        assert Submission.objects.count() == 1

    def test_no_number_is_given_twice(self):
        factories.publish()
        owner = factories.citizen()
        drafts = [factories.complete_draft(owner) for _ in range(6)]

        self.at_once(lambda place: factories.lodge(owner, drafts[place]))

        assert sorted(Submission.objects.values_list("serial", flat=True)) == [1, 2, 3, 4, 5, 6]

    def at_once(self, work):
        def one(place):
            try:
                return work(place)
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as pool:
            return list(pool.map(one, range(6)))
