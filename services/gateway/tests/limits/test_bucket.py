"""One number is a bucket: it lets through what a count of tokens would."""

from fractions import Fraction

from gateway.limits.bucket import Limit
from hypothesis import given
from hypothesis import strategies as st

limits = st.builds(Limit, st.just("x"), st.integers(1, 60_000_000), st.integers(1, 500))


@given(limits, st.lists(st.integers(0, 10_000_000), max_size=200))
def test_it_lets_through_what_a_count_of_tokens_would(limit: Limit, gaps: list[int]) -> None:
    tokens, full_in = Fraction(limit.burst), 0
    for gap in gaps:
        tokens = min(tokens + Fraction(gap, limit.interval_us), Fraction(limit.burst))
        full_in = max(0, full_in - gap)
        assert limit.level(full_in) == int(tokens)
        if tokens >= 1:
            tokens -= 1
            full_in += limit.interval_us


@given(limits, st.integers(0, 10**9), st.integers(1, 500))
def test_after_the_wait_there_are_so_many_and_not_before(limit: Limit, full_in: int, tokens: int) -> None:
    wait = limit.until(tokens, full_in)
    if tokens <= limit.burst:
        assert limit.level(max(0, full_in - wait)) >= tokens
    if wait > 1:
        assert limit.level(full_in - wait + 1) < tokens
