"""The table as the seed has it, and from whose buckets a request takes."""

import re
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

import pytest
from ambulo.options.v1 import options_pb2 as rates
from chassis.contract import rpcs
from claims import ANONYMOUS, Actor, Claims
from gateway.limits.policy import Policy, RateLimits
from gateway.settings import Settings
from pydantic import ValidationError

CLINIC = uuid4()
HERE = "192.0.2.7"


def somebody(role: str = "patient", actor: Actor = Actor.HUMAN, clinic_id: UUID | None = CLINIC) -> Claims:
    return Claims(subject=str(uuid4()), actor=actor, clinic_id=clinic_id, role=role)


def figures(rate: Any, claims: Claims, **table: Any) -> list[tuple[str, int, int]]:
    found = Policy(RateLimits(**table)).of(rate, claims, HERE)
    return [(bucket.limit.name, bucket.limit.per_minute, bucket.limit.burst) for bucket in found]


@pytest.mark.parametrize(
    ("rate", "name", "signed_in", "anonymous"),
    [
        (rates.RATE_AVAILABILITY, "availability", (60, 120), (10, 20)),
        (rates.RATE_BOOKING, "booking", (20, 40), (5, 10)),
        (rates.RATE_READ, "read", (100, 200), (30, 60)),
        (rates.RATE_SIGN_IN, "sign-in", (5, 10), (5, 10)),
    ],
)
def test_the_seed_s_figures_hold_unless_somebody_says_otherwise(
    rate: Any, name: str, signed_in: tuple[int, int], anonymous: tuple[int, int]
) -> None:
    assert figures(rate, somebody()) == [(name, *signed_in), ("clinic", 5000, 5000)]
    assert figures(rate, ANONYMOUS) == [(name, *anonymous)]


def test_the_page_has_the_same_figures() -> None:
    table, page = RateLimits(), files("gateway.limits").joinpath("README.md").read_text()
    for name in ("availability", "booking", "read", "sign_in"):
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name.replace('_', '-')}`"))
        told = getattr(table, name)
        wanted = [f for each in (told.signed_in, told.anonymous) for f in (each.per_minute, each.burst)]
        assert [int(n) for n in re.findall(r"\d+", row)] == wanted
    assert f"{table.clinic_per_minute:,} a minute".replace(",", " ") in page


def test_every_route_has_a_class_that_the_table_knows() -> None:
    for rpc in rpcs():
        if rpc.bindings:
            assert figures(rpc.rate, somebody())


def test_a_person_has_one_bucket_wherever_they_are_and_an_address_one_for_all() -> None:
    policy, ana = Policy(RateLimits()), somebody()
    assert policy.of(1, ana, HERE)[0] == policy.of(1, ana, "198.51.100.1")[0]
    assert policy.of(1, ana, HERE)[0] != policy.of(1, somebody(), HERE)[0]
    assert policy.of(1, ANONYMOUS, HERE) == policy.of(1, ANONYMOUS, HERE)
    assert policy.of(1, ANONYMOUS, HERE) != policy.of(1, ANONYMOUS, "198.51.100.1")


def test_who_acts_in_no_clinic_counts_for_none() -> None:
    assert figures(rates.RATE_READ, somebody(clinic_id=None)) == [("read", 100, 200)]


class TestSettings:
    def test_one_figure_can_be_changed_and_the_others_stay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RATE_LIMITS", '{"clinic_per_minute": 0, "times": {"front_desk": 3, "service_account": 10}}')
        table = Settings().rate_limits
        policy = Policy(table)
        for claims, per_minute in (
            (somebody("front_desk"), 60),
            (somebody("service_account", Actor.SERVICE_ACCOUNT), 200),
            (somebody("patient"), 20),
        ):
            (only,) = policy.of(rates.RATE_BOOKING, claims, HERE)
            assert (only.limit.per_minute, only.limit.burst) == (per_minute, 2 * per_minute)

    def test_everything_can_be_scaled(self) -> None:
        assert figures(rates.RATE_BOOKING, ANONYMOUS, scale=10) == [("booking", 50, 100)]
        assert figures(rates.RATE_BOOKING, somebody(), scale=10)[1] == ("clinic", 50_000, 50_000)

    @pytest.mark.parametrize(
        "wrong",
        [
            '{"bookings": {}}',
            '{"booking": {"signed_in": {"per_minute": 0, "burst": 1}}}',
            '{"clinic_per_minute": -1}',
            "5",
        ],
    )
    def test_what_makes_no_sense_stops_the_start(self, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RATE_LIMITS", wrong)
        with pytest.raises((ValidationError, ValueError)):
            Settings()
