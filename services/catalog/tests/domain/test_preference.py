"""What a specialist may prefer."""

import pytest
from catalog.domain.errors import EndsBeforeStart
from catalog.domain.preference import require_one_per_service, require_window
from chassis.errors import Invalid
from hypothesis import given
from hypothesis import strategies as st


class TestRequireOnePerService:
    @given(st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=5))
    def test_the_first_that_comes_again_is_named(self, services: list[str]) -> None:
        again = next((n for n, each in enumerate(services) if each in services[:n]), None)
        if again is None:
            require_one_per_service(services)
            return
        with pytest.raises(Invalid) as wrong:
            require_one_per_service(services)
        assert [f.field for f in wrong.value.fields] == [f"preferences[{again}].service_id"]


class TestRequireWindow:
    @given(st.integers(0, 1440), st.integers(0, 1440))
    def test_it_ends_after_it_starts(self, starts: int, ends: int) -> None:
        if starts < ends:
            require_window(starts, ends, "ends")
            return
        with pytest.raises(EndsBeforeStart) as wrong:
            require_window(starts, ends, "ends")
        assert [f.field for f in wrong.value.fields] == ["ends"]
