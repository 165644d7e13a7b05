"""What If-Match may say."""

from contextlib import suppress

import pytest
from chassis.errors import Invalid, Stale
from gateway.transcode.conditions import versions_of
from hypothesis import given
from hypothesis import strategies as some


@pytest.mark.parametrize(
    ("if_match", "versions"),
    [
        ('"3"', [3]),
        (' W/"3" ', [3]),
        ("*", [0]),
        ('"3","12"', [12, 3]),
        ('"3", "etag-value" ,, "a,b", "3",', [3]),
    ],
)
def test_versions_are_found(if_match: str, versions: list[int]) -> None:
    assert versions_of(if_match) == versions


@pytest.mark.parametrize("if_match", ['"etag-value"', '""', '"0"', '"03"', '"a,b", W/"c"', '"1.5"', f'"{10**15}"'])
def test_an_etag_of_somebody_else_is_no_version_of_ours(if_match: str) -> None:
    with pytest.raises(Stale):
        versions_of(if_match)


@pytest.mark.parametrize(
    "if_match", ["", " ", ",", "3", '"3', '3"', '"3" "4"', "*, *", '*, "3"', 'w/"3"', '"3"x', '"a"b"', ",".join(f'"{n}"' for n in range(1, 12))]
)  # fmt: skip
def test_what_is_no_list_of_etags_is_invalid(if_match: str) -> None:
    with pytest.raises(Invalid) as said:
        versions_of(if_match)
    assert said.value.fields[0].field == "expected_version"


@given(some.text(some.sampled_from('"W/,*123 a'), max_size=30) | some.text())
def test_any_text_is_answered(if_match: str) -> None:
    with suppress(Invalid, Stale):
        assert versions_of(if_match)
