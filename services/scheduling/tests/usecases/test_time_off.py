"""Time off: who asks, who decides, and what it does to what is offered."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.catalog.v1 import specialists_pb2
from ambulo.scheduling.v1 import overrides_pb2
from ambulo.scheduling.v1 import time_off_pb2 as pb
from chassis.errors import Conflict, Denied, DomainError, NotFound, Stale
from chassis.ids import new_id
from chassis.testing import as_owner
from chassis.wire import stamp
from claims import Claims

REQUESTED, APPROVED, DECLINED, WITHDRAWN = (
    pb.TIME_OFF_STATUS_REQUESTED, pb.TIME_OFF_STATUS_APPROVED, pb.TIME_OFF_STATUS_DECLINED,
    pb.TIME_OFF_STATUS_WITHDRAWN,
)  # fmt: skip


async def monday(clinic: Any) -> datetime:
    return datetime.fromisoformat((await clinic.list()).slots[0].start).replace(hour=0)


def themselves(clinic: Any, role: str = "specialist") -> Claims:
    return clinic.running.claims(role, specialist_id=UUID(clinic.specialist))


async def request(
    clinic: Any, begin: datetime, hours: int = 24, claims: Claims | None = None, **more: Any
) -> pb.TimeOff:
    facts = {"specialist_id": clinic.specialist, "reason": "Holiday"} | more
    asked = pb.RequestTimeOffRequest(starts_at=stamp(begin), ends_at=stamp(begin + timedelta(hours=hours)), **facts)
    return await clinic.running.ask("RequestTimeOff", asked, claims=claims or themselves(clinic))


async def decide(clinic: Any, it: pb.TimeOff, status: Any, claims: Claims | None = None, **more: Any) -> pb.TimeOff:
    decision = pb.DecideTimeOffRequest(time_off_id=it.id, status=status, **more)
    return await clinic.running.ask("DecideTimeOff", decision, claims=claims or clinic.running.claims("front_desk"))


async def overrides(clinic: Any) -> list[overrides_pb2.Override]:
    asked = overrides_pb2.ListOverridesRequest(specialist_id=clinic.specialist)
    return list((await clinic.running.ask("ListOverrides", asked)).overrides)


async def said(clinic: Any) -> list[str]:
    return [name for name in await clinic.running.events() if name != "WeeklyHoursChanged"]


class TestRequestTimeOff:
    async def test_asking_changes_nothing_that_is_offered(self, clinic: Any) -> None:
        before = await clinic.starts()
        asked = await request(clinic, await monday(clinic))
        assert (asked.status, asked.reason, asked.version) == (REQUESTED, "Holiday", 1)
        assert await clinic.starts() == before
        assert await overrides(clinic) == []
        assert await said(clinic) == ["TimeOffChanged"]

    async def test_it_can_be_read_again(self, clinic: Any) -> None:
        asked = await request(clinic, await monday(clinic))
        assert await clinic.running.ask("GetTimeOff", pb.GetTimeOffRequest(time_off_id=asked.id)) == asked
        with pytest.raises(NotFound):
            await clinic.running.ask("GetTimeOff", pb.GetTimeOffRequest(time_off_id=str(new_id())))

    async def test_a_specialist_asks_for_themselves_only(self, clinic: Any) -> None:
        other = clinic.running.claims("specialist", specialist_id=new_id())
        with pytest.raises(DomainError) as wrong:
            await request(clinic, await monday(clinic), claims=other)
        assert (wrong.value.reason, [f.field for f in wrong.value.fields]) == ("UNKNOWN_SPECIALIST", ["specialist_id"])

    @pytest.mark.parametrize("role", ["front_desk", "admin"])
    async def test_the_front_desk_asks_for_anybody(self, clinic: Any, role: str) -> None:
        asked = await request(clinic, await monday(clinic), claims=clinic.running.claims(role))
        assert asked.specialist_id == clinic.specialist

    async def test_a_patient_may_not_ask(self, clinic: Any) -> None:
        with pytest.raises(Denied):
            await request(clinic, await monday(clinic), claims=clinic.running.claims("patient"))

    @pytest.mark.parametrize(
        ("hours", "more", "reason", "field"),
        [
            (0, {}, "ENDS_BEFORE_START", "ends_at"),
            (401 * 24, {}, "TOO_LONG", "ends_at"),
            (1, {"specialist_id": str(new_id())}, "UNKNOWN_SPECIALIST", "specialist_id"),
        ],
    )
    async def test_what_is_wrong_is_named(
        self, clinic: Any, hours: int, more: dict[str, str], reason: str, field: str
    ) -> None:
        with pytest.raises(DomainError) as wrong:
            await request(clinic, await monday(clinic), hours, clinic.running.claims("admin"), **more)
        assert (wrong.value.reason, [f.field for f in wrong.value.fields]) == (reason, [field])


class TestDecideTimeOff:
    async def test_approved_it_is_an_override_of_the_same_id(self, clinic: Any) -> None:
        asked = await request(clinic, await monday(clinic))
        decided = await decide(clinic, asked, APPROVED, answer="Enjoy")
        assert (decided.status, decided.answer, decided.version) == (APPROVED, "Enjoy", 2)
        assert [(o.id, o.kind, o.reason) for o in await overrides(clinic)] == [
            (asked.id, overrides_pb2.OVERRIDE_KIND_UNAVAILABLE, "Holiday")
        ]
        assert await clinic.starts() == []

    async def test_withdrawn_after_that_the_time_is_offered_again(self, clinic: Any) -> None:
        before = await clinic.starts()
        asked = await request(clinic, await monday(clinic))
        await decide(clinic, asked, APPROVED, answer="Enjoy")
        withdrawn = await decide(clinic, asked, WITHDRAWN, themselves(clinic))
        assert (withdrawn.status, withdrawn.answer) == (WITHDRAWN, "Enjoy")
        assert await overrides(clinic) == []
        assert await clinic.starts() == before

    async def test_each_change_says_one_thing(self, clinic: Any) -> None:
        first, second = [await request(clinic, await monday(clinic), hours) for hours in (1, 2)]
        await decide(clinic, first, APPROVED)
        await decide(clinic, first, WITHDRAWN)
        await decide(clinic, second, DECLINED)
        assert await said(clinic) == ["TimeOffChanged"] * 5

    async def test_the_trail_names_it(self, clinic: Any, environment: dict[str, str]) -> None:
        asked = await request(clinic, await monday(clinic))
        await decide(clinic, asked, DECLINED)
        connection = await as_owner(environment, "scheduling")
        try:
            facts = await connection.fetch(
                "SELECT facts::text FROM audit_record WHERE clinic_id = $1 AND action LIKE '%TimeOff'",
                clinic.running.clinic_id,
            )
        finally:
            await connection.close()
        assert len(facts) == 2
        assert all(asked.id in row["facts"] and "Holiday" not in row["facts"] for row in facts)

    @pytest.mark.parametrize(
        ("first", "then"),
        [
            (APPROVED, APPROVED), (APPROVED, DECLINED), (DECLINED, APPROVED), (DECLINED, WITHDRAWN),
            (DECLINED, DECLINED), (WITHDRAWN, APPROVED), (WITHDRAWN, WITHDRAWN), (WITHDRAWN, DECLINED),
        ],
    )  # fmt: skip
    async def test_what_was_decided_stays(self, clinic: Any, first: Any, then: Any) -> None:
        asked = await request(clinic, await monday(clinic))
        await decide(clinic, asked, first)
        before = await overrides(clinic)
        with pytest.raises(Conflict) as decided:
            await decide(clinic, asked, then)
        assert decided.value.reason == "DECIDED_ALREADY"
        assert await overrides(clinic) == before

    async def test_of_two_who_decide_at_once_one_does(self, clinic: Any) -> None:
        asked = await request(clinic, await monday(clinic))
        decisions = [APPROVED, DECLINED] * 4
        answers = await asyncio.gather(*(decide(clinic, asked, d) for d in decisions), return_exceptions=True)
        done = [a for a in answers if isinstance(a, pb.TimeOff)]
        assert len(done) == 1
        assert all(isinstance(a, Conflict) for a in answers if a not in done)
        assert len(await overrides(clinic)) == (done[0].status == APPROVED)

    @pytest.mark.parametrize("status", [APPROVED, DECLINED])
    async def test_nobody_decides_on_their_own(self, clinic: Any, status: Any) -> None:
        asked = await request(clinic, await monday(clinic))
        with pytest.raises(Denied) as denied:
            await decide(clinic, asked, status, themselves(clinic))
        assert denied.value.reason == "NOT_YOURS_TO_DECIDE"
        assert (await decide(clinic, asked, status, themselves(clinic, "admin"))).status == status

    async def test_who_may_not_change_hours_does_not_decide(self, clinic: Any) -> None:
        asked = await request(clinic, await monday(clinic))
        asks_only = Claims(
            subject="x", actor=clinic.running.claims("admin").actor, clinic_id=clinic.running.clinic_id,
            permissions=frozenset({"time_off.request"}), issuer="fake",
        )  # fmt: skip
        with pytest.raises(Denied) as denied:
            await decide(clinic, asked, APPROVED, asks_only)
        assert denied.value.reason == "NOT_YOURS_TO_DECIDE"

    async def test_another_specialist_may_approve_but_not_withdraw(self, clinic: Any) -> None:
        asked = await request(clinic, await monday(clinic))
        colleague = clinic.running.claims("specialist", specialist_id=new_id())
        with pytest.raises(Denied) as denied:
            await decide(clinic, asked, WITHDRAWN, colleague)
        assert denied.value.reason == "NOT_YOURS_TO_DECIDE"
        assert (await decide(clinic, asked, APPROVED, colleague)).status == APPROVED

    async def test_who_saw_an_older_version_reads_again(self, clinic: Any) -> None:
        asked = await request(clinic, await monday(clinic))
        with pytest.raises(Stale) as stale:
            await decide(clinic, asked, APPROVED, expected_version=asked.version + 1)
        assert stale.value.reason == "CHANGED_MEANWHILE"
        assert (await decide(clinic, asked, APPROVED, expected_version=asked.version)).version == asked.version + 1

    async def test_an_override_that_is_gone_already_does_not_stand_in_the_way(self, clinic: Any) -> None:
        asked = await request(clinic, await monday(clinic))
        await decide(clinic, asked, APPROVED)
        removal = overrides_pb2.RemoveOverrideRequest(specialist_id=clinic.specialist, override_id=asked.id)
        await clinic.running.ask("RemoveOverride", removal)
        assert (await decide(clinic, asked, WITHDRAWN)).status == WITHDRAWN

    async def test_what_is_not_there_is_not_found(self, clinic: Any) -> None:
        with pytest.raises(NotFound):
            await decide(clinic, pb.TimeOff(id=str(new_id())), APPROVED)


class TestListTimeOff:
    async def test_by_start_in_pages_of_one_specialist_or_status(self, clinic: Any) -> None:
        other = str(new_id())
        named = specialists_pb2.Specialist(id=other, name="Dr. Bo", version=1)
        await clinic.running.hear(catalog.SpecialistDefined(specialist=named))
        desk, begin = clinic.running.claims("front_desk"), await monday(clinic)
        mine = [await request(clinic, begin + timedelta(hours=n)) for n in (3, 1, 2)]
        theirs = await request(clinic, begin, claims=desk, specialist_id=other)
        await decide(clinic, mine[0], APPROVED)

        async def listed(**facts: Any) -> list[str]:
            found, cursor = [], ""
            while True:
                page = await clinic.running.ask("ListTimeOff", pb.ListTimeOffRequest(limit=2, cursor=cursor, **facts))
                found += [it.id for it in page.time_off]
                cursor = page.next_cursor
                if not cursor:
                    return found

        assert await listed() == [theirs.id, mine[1].id, mine[2].id, mine[0].id]
        assert await listed(specialist_id=other) == [theirs.id]
        assert await listed(statuses=[APPROVED, DECLINED]) == [mine[0].id]
        assert await listed(specialist_id=clinic.specialist, statuses=[REQUESTED]) == [mine[1].id, mine[2].id]
