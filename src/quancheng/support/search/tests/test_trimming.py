"""Nobody learns of a document they may not see: not by answers, numbers, facets, order or suggestions."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.tests.test_terms import ACTORS, TERMS, holding
from quancheng.support.search import queries
from quancheng.support.search.engine import gates
from quancheng.support.search.engine.gates import EVERYBODY, SIGNED_IN, Readers
from quancheng.support.search.tests.factories import LIBRARY, TODAY, Shelf, build, clerk, entry, only, readers

PRIVILEGES = ("probe.read", "probe.write")
PATHS = ("", "370100/", "370100/370100-spfw/", "370100/370100-spfwx/", "370100/370102/370102-spfw/", "370200/")
OWNERS = ("", "account:1", "account:2")
READERS = st.one_of(
    st.just(EVERYBODY),
    st.just(SIGNED_IN),
    st.builds(
        Readers,
        st.sampled_from(PRIVILEGES),
        st.sampled_from((None, *PATHS)),
        st.sampled_from(OWNERS),
        st.sampled_from(((), ("staff",), ("citizen",))),
    ),
)
GRANTS = st.lists(st.builds(pmi.Grant, st.sampled_from(PRIVILEGES), st.sampled_from(PATHS), terms=TERMS), max_size=4)
TITLES = st.sampled_from(["供热通知", "供热收费标准", "供水通知", "营业执照补领", "暂停供热供水"])
ENTRIES = st.lists(
    st.tuples(
        TITLES, st.sampled_from(["", "供热", "供热供水通知"]), st.lists(READERS, min_size=1, max_size=2),
        st.sampled_from(["", "a", "b"]), st.sampled_from(["", "OPEN"]),
    ),
    max_size=8,
)  # fmt: skip
ASKED = ("供热", "供水 通知", "gongre", "gr", "营业执照", "供热 望远镜")


def may_see(actor, one):
    """Say by hand what a list of the owning app would show; see `pmi.visible`."""
    if one.owner and one.owner == actor.id and actor.kind in one.open_to:
        return True
    if one.organisation is None:
        reach = actor.reach(one.privilege)
        return bool(reach.branches or reach.units or (reach.own and one.owner == actor.id and one.owner))
    if one.owner:
        return actor.may(one.privilege, one.organisation, one.owner)
    return actor.may(one.privilege, one.organisation, "nobody")


def answers(actor):
    """Return everything that search says to `actor`, without the ids of documents."""
    found = [queries.find(actor=actor, text=text, today=TODAY) for text in ASKED]
    filtered = queries.find(actor=actor, text="供热", today=TODAY, filters=queries.Filters(state="OPEN"))
    typed = [queries.suggest(actor=actor, text=text) for text in ("供", "g", "yy")]
    slips = [queries.meant(actor=actor, question=one.question) for one in found]
    meant = queries.meant(actor=actor, question=queries.find(actor=actor, text="营业之照", today=TODAY).question)
    return [*found, filtered, typed, slips, meant]


@pytest.mark.django_db
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=30
)
@given(actor=ACTORS, grants=GRANTS, given=ENTRIES)
def test_everything_said_is_computed_from_what_the_reader_may_see(actor, grants, given):
    actor = holding(actor, *grants)
    entries = [
        entry(number, title, text=text, readers=who, department=department, state=state)
        for number, (title, text, who, department, state) in enumerate(given)
    ]
    allowed = [item for item in entries if any(may_see(actor, one) for one in item.readers)]
    with transaction.atomic():
        with only(Shelf(*entries)):
            build()
            among_all = answers(actor)
        with only(Shelf(*allowed)):
            build()
            alone = answers(actor)
        transaction.set_rollback(True)

    assert among_all == alone
    keys = {hit.key for hit in among_all[0].hits}
    assert keys == {item.key for item in allowed if "供热" in item.title + item.text}


@given(actor=ACTORS, grants=GRANTS, who=READERS)
def test_a_pass_opens_a_gate_exactly_when_the_reader_may(actor, grants, who):
    actor = holding(actor, *grants)

    assert bool(set(gates.passes(actor)) & set(gates.gates([who]))) is may_see(actor, who)


@pytest.mark.django_db
class TestWhatIsHidden:
    def test_costs_the_same_number_of_queries_as_what_is_not_there(self, django_assert_num_queries):
        with only(Shelf(entry(1, "秘密供热", readers=[readers()]), entry(2, "公开通知"))):
            build()
            with connection.execute_wrapper(_count := Counting()):
                queries.find(actor=pmi.ANONYMOUS, text="秘密", today=TODAY)
            hidden, _count.number = _count.number, 0
            with connection.execute_wrapper(_count):
                queries.find(actor=pmi.ANONYMOUS, text="没有", today=TODAY)

        assert hidden == _count.number

    def test_is_neither_suggested_nor_meant(self):
        with only(Shelf(entry(1, "秘密供热", readers=[readers()]))):
            build()
            stranger = clerk("library.book.read", organisation="370100/370100-museum/")
            offered = [
                queries.suggest(actor=who, text="供") for who in (pmi.ANONYMOUS, stranger, clerk(readers().privilege))
            ]

        assert [bool(one) for one in offered] == [False, False, True]

    def test_is_hidden_again_once_the_reader_loses_the_privilege(self):
        with only(Shelf(entry(1, "秘密供热", readers=[readers()]))):
            build()
            before = queries.find(actor=clerk("library.book.read"), text="供热", today=TODAY).total
            after = queries.find(actor=clerk(), text="供热", today=TODAY).total

        assert (before, after) == (1, 0)

    def test_of_one_person_is_seen_by_that_person(self):
        own = [readers("library.loan.read", LIBRARY, owner="account:1", open_to=("citizen",))]
        with only(Shelf(entry(1, "借书记录", readers=own))):
            build()
            citizen, other = (pmi.Actor(id=f"account:{n}", name="", kind="citizen") for n in (1, 2))

            assert queries.find(actor=citizen, text="借书", today=TODAY).total == 1
            assert queries.find(actor=other, text="借书", today=TODAY).total == 0


class Counting:
    """Counts statements."""

    def __init__(self):
        self.number = 0

    def __call__(self, execute, *rest):
        self.number += 1
        return execute(*rest)
