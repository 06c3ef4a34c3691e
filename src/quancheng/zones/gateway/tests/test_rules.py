"""Decisions about order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quancheng.zones.gateway import rules

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ZONES = st.text("abcdefghij", min_size=1, max_size=8)


class TestAddress:
    @given(sender=ZONES, receiver=ZONES, sequence=st.integers(1, 10**12 - 1))
    def test_is_read_back_from_the_file_name(self, sender, receiver, sequence):
        made = rules.Address(sender, receiver, sequence)

        assert rules.address(made.file_name()) == made

    def test_is_none_for_other_names(self):
        names = ["../extranet-intranet-00000001.qcb", "extranet-intranet-1.qcb", "extranet-intranet-000000001.qcb",
                 "extranet-intranet-00000000.qcb", "extranet-intranet-00000001.qcb.part", ""]  # fmt: skip

        assert [rules.address(name) for name in names] == [None] * len(names)


class TestMissing:
    @given(applied=st.integers(0, 50), waiting=st.sets(st.integers(51, 90)))
    def test_is_every_hole_before_the_last_waiting_bundle(self, applied, waiting):
        wanted = rules.missing(applied=applied, waiting=waiting)

        assert set(wanted) | waiting == (set(range(applied + 1, max(waiting) + 1)) if waiting else set())

    def test_names_the_next_one_if_its_file_was_refused(self):
        assert rules.missing(applied=4, waiting=set(), refused={5}) == [5]

    def test_is_bounded_whatever_number_a_bundle_claims(self):
        assert len(rules.missing(applied=0, waiting={10**11})) == 100


class TestRepetition:
    def test_is_due_for_content_only(self):
        late = NOW + timedelta(seconds=30)

        assert rules.is_due_again(sent_at=NOW, has_content=True, now=late, after_seconds=30)
        assert not rules.is_due_again(sent_at=NOW, has_content=False, now=late, after_seconds=30)
