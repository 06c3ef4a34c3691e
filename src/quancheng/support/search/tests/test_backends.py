"""The index itself: which ids it gives, in PostgreSQL by however many rounds."""

import pytest

from quancheng.support.search.engine import backends
from quancheng.support.search.engine.backends import Wanted

pytestmark = pytest.mark.django_db

# Over a hundred neighbourhoods of ids; "old" stands in the oldest fifty documents only, "late" in the newest.
IDS = [1 + number * 5_000 for number in range(400)]
HOLD = {
    "all": IDS,
    "seventh": IDS[::7],
    "old": IDS[:50],
    "late": IDS[-1:],
    "never": [],
}


@pytest.fixture
def filled(request):
    rows = [(key, " ".join(word for word, keys in HOLD.items() if key in keys)) for key in IDS]
    backends.engine().add(rows)
    if request.param:
        backends.engine().learn()


@pytest.mark.parametrize("filled", [True, False], ids=["counted", "uncounted"], indirect=True)
@pytest.mark.parametrize("limit", [1, 5, 30, 1000])
def test_gives_the_newest_ids_with_what_is_wanted(filled, limit):
    wishes = {name: Wanted((((name,),),)) for name in HOLD} | {
        "seventh and old": Wanted(((("seventh",),), (("old",),))),
        "old or late": Wanted(((("old",), ("late",)),)),
    }
    expected = {name: sorted(keys, reverse=True)[:limit] for name, keys in HOLD.items()} | {
        "seventh and old": sorted(set(HOLD["seventh"]) & set(HOLD["old"]), reverse=True)[:limit],
        "old or late": sorted(HOLD["old"] + HOLD["late"], reverse=True)[:limit],
    }

    found = {
        name: [key for (key,) in backends.select(*backends.engine().ids(wanted, limit))]
        for name, wanted in wishes.items()
    }

    assert found == expected
