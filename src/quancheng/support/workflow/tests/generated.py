"""Generated drawings with every element of the subset that can be nested freely."""

from hypothesis import strategies as st

LEAVES = st.one_of(
    st.just(("task",)),
    st.tuples(st.just("many"), st.booleans(), st.integers(1, 3)),
    st.tuples(st.just("loop"), st.integers(1, 3)),
)


def _nested(inner):
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: ("seq", *parts)),
        several.map(lambda parts: ("xor", *parts)),
        several.map(lambda parts: ("and", *parts)),
        several.map(lambda parts: ("or", *parts)),
        several.map(lambda parts: ("race", *parts)),
        inner.map(lambda part: ("sub", part)),
        st.tuples(st.just("edge"), st.booleans(), inner),
        st.tuples(st.just("error"), inner, inner),
        st.tuples(st.just("escalate"), st.booleans(), inner),
    )


ELEMENTS = st.recursive(LEAVES, _nested, max_leaves=10)
