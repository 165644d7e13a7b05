"""Calendar feeds on a real database: who may have which, what is in them, and that nobody can find their tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.booking.v1 import appointments_pb2, feeds_pb2
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2
from booking.domain.feed import MOST
from booking.service import service
from chassis.errors import Denied, DomainError, Invalid, NotFound
from chassis.ids import new_id
from chassis.testing import FakePeer, Running, as_owner
from chassis.wire import stamp
from claims import system

TEN = (datetime.now(UTC) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)


def resolved(request: Any) -> availability_pb2.ResolvedSlot:
    """Any start is free for half an hour, and takes the specialist alone."""
    ends_at = stamp(request.starts_at.ToDatetime(UTC) + timedelta(minutes=30))
    demand = availability_pb2.Demand(
        kind=availability_pb2.DEMAND_KIND_SPECIALIST,
        count=1,
        options=[
            availability_pb2.Claimable(resource_id=request.specialist_id, begins_at=request.starts_at, ends_at=ends_at)
        ],
    )
    return availability_pb2.ResolvedSlot(
        location_id=str(new_id()),
        time_zone="Europe/Bucharest",
        starts_at=request.starts_at,
        ends_at=ends_at,
        occupied_from=request.starts_at,
        occupied_until=ends_at,
        service_id=request.service_id,
        candidates=[availability_pb2.Candidate(specialist_id=request.specialist_id, demands=[demand])],
    )


@pytest.fixture
async def booking(start: Any) -> Running:
    people = FakePeer(
        "ambulo.people.v1.PatientService",
        CheckPatient=lambda request: patients_pb2.CheckedPatient(patient_id=request.patient_id),
    )
    return await start(service, people, FakePeer("ambulo.scheduling.v1.AvailabilityService", ResolveSlot=resolved))


async def book(booking: Running, starts_at: datetime = TEN, **more: Any) -> appointments_pb2.Appointment:
    facts = {"patient_id": str(new_id()), "service_id": str(new_id()), "specialist_id": str(new_id())} | more
    request = appointments_pb2.BookAppointmentRequest(starts_at=stamp(starts_at), notes="allergic to latex", **facts)
    return (await booking.ask("BookAppointment", request)).appointment


async def change(booking: Running, it: appointments_pb2.Appointment, **more: Any) -> appointments_pb2.Appointment:
    request = appointments_pb2.ChangeAppointmentRequest(
        appointment_id=it.id, expected_version=it.version, reason="has the flu", **more
    )
    return (await booking.ask("ChangeAppointment", request)).appointment


async def subscribe(booking: Running, claims: Any = None, key: str = "", **whose: str) -> feeds_pb2.Feed:
    feed: feeds_pb2.Feed = await booking.ask("CreateFeed", feeds_pb2.CreateFeedRequest(**whose), claims=claims, key=key)
    return feed


async def read(booking: Running, token: str) -> feeds_pb2.FeedContent:
    """As the gateway asks: in its own name, for no clinic yet."""
    content: feeds_pb2.FeedContent = await booking.ask(
        "ReadFeed", feeds_pb2.ReadFeedRequest(token=token), claims=system("gateway")
    )
    return content


async def seen(booking: Running, claims: Any = None) -> list[str]:
    return [f.id for f in (await booking.ask("ListFeeds", feeds_pb2.ListFeedsRequest(), claims=claims)).feeds]


async def revoke(booking: Running, feed: feeds_pb2.Feed, claims: Any = None) -> None:
    await booking.ask("RevokeFeed", feeds_pb2.RevokeFeedRequest(feed_id=feed.id), claims=claims)


class TestWhoHasAFeed:
    @pytest.mark.parametrize("role", ["patient", "specialist"])
    async def test_of_their_own_appointments_only(self, booking: Running, role: str) -> None:
        mine, others = (f"{role}_id", "specialist_id" if role == "patient" else "patient_id")
        me = booking.claims(role, **{mine: new_id()})
        own = await subscribe(booking, me, **{mine: str(getattr(me, mine)).upper()})
        for whose in ({mine: str(new_id())}, {others: str(new_id())}):
            with pytest.raises(Denied) as denied:
                await subscribe(booking, me, **whose)
            assert denied.value.reason == "NOT_YOUR_FEED"
            assert [f.field for f in denied.value.fields] == list(whose)
        theirs = await subscribe(booking, **{mine: str(new_id())})
        assert await seen(booking, me) == [own.id]
        with pytest.raises(NotFound):
            await revoke(booking, theirs, me)
        await revoke(booking, own, me)
        assert await seen(booking) == [theirs.id]

    async def test_a_specialist_without_a_record_has_none(self, booking: Running) -> None:
        nobody = booking.claims("specialist")
        await subscribe(booking, specialist_id=str(new_id()))
        with pytest.raises(Denied):
            await subscribe(booking, nobody, specialist_id=str(new_id()))
        assert await seen(booking, nobody) == []

    async def test_the_front_desk_has_anybodys(self, booking: Running) -> None:
        desk = booking.claims("front_desk")
        feeds = [
            await subscribe(booking, desk, specialist_id=str(new_id())),
            await subscribe(booking, desk, patient_id=str(new_id()), name="Phone"),
        ]
        assert await seen(booking, desk) == [f.id for f in feeds]
        for feed in feeds:
            await revoke(booking, feed, desk)
        assert await seen(booking, desk) == []
        assert await booking.audited() == ["CreateFeed", "CreateFeed", "RevokeFeed", "RevokeFeed"]

    async def test_who_may_not_see_appointments_has_none(self, booking: Running) -> None:
        with pytest.raises(Denied):
            await booking.ask("CreateFeed", feeds_pb2.CreateFeedRequest(patient_id=str(new_id())), role="nobody")

    async def test_it_is_of_one(self, booking: Running) -> None:
        for whose in ({}, {"patient_id": str(new_id()), "specialist_id": str(new_id())}):
            with pytest.raises(Invalid):
                await subscribe(booking, **whose)

    async def test_another_clinic_does_not_know_of_it(self, booking: Running) -> None:
        feed, other = await subscribe(booking, specialist_id=str(new_id())), Running(booking.process)
        assert await seen(other) == []
        with pytest.raises(NotFound):
            await revoke(other, feed)
        assert (await read(booking, feed.token)).clinic_id == str(booking.clinic_id)

    async def test_pages_go_on_where_the_last_ended(self, booking: Running) -> None:
        feeds = [await subscribe(booking, specialist_id=str(new_id())) for _ in range(3)]
        first = await booking.ask("ListFeeds", feeds_pb2.ListFeedsRequest(limit=2))
        rest = await booking.ask("ListFeeds", feeds_pb2.ListFeedsRequest(limit=2, cursor=first.next_cursor))
        assert [f.id for f in (*first.feeds, *rest.feeds)] == [f.id for f in feeds]
        assert rest.next_cursor == ""


class TestWhatIsInIt:
    async def test_appointments_of_the_one_it_is_for(self, booking: Running) -> None:
        it = await book(booking)
        await book(booking)
        for whose in ({"specialist_id": it.specialist_id}, {"patient_id": it.patient_id}):
            content = await read(booking, (await subscribe(booking, **whose)).token)
            assert [a.id for a in content.appointments] == [it.id]
            assert content.for_patient == ("patient_id" in whose)
            assert dict(content.time_zones) == {it.location_id: "Europe/Bucharest"}

    async def test_not_what_people_wrote(self, booking: Running) -> None:
        it = await book(booking)
        moved = await change(booking, it, starts_at=stamp(TEN + timedelta(hours=1)))
        assert (moved.notes, moved.reason) == ("allergic to latex", "has the flu")
        content = await read(booking, (await subscribe(booking, patient_id=it.patient_id)).token)
        assert not any(word in str(content) for word in ("latex", "flu"))
        assert (content.appointments[0].version, content.appointments[0].starts_at) == (2, moved.starts_at)

    async def test_canceled_ones_as_canceled(self, booking: Running) -> None:
        it = await book(booking)
        await change(booking, it, status=appointments_pb2.APPOINTMENT_STATUS_CANCELED)
        content = await read(booking, (await subscribe(booking, specialist_id=it.specialist_id)).token)
        assert [a.canceled for a in content.appointments] == [True]

    async def test_from_sixty_days_ago_until_two_years_ahead_by_start(
        self, booking: Running, environment: dict[str, str]
    ) -> None:
        me, now = str(new_id()), datetime.now(UTC)
        starts = [now + timedelta(days=days) for days in (731, 729, 3, -59, -61)]
        made = [await book(booking, TEN + timedelta(hours=n), specialist_id=me) for n in range(len(starts))]
        owner = await as_owner(environment, "booking")
        for it, starts_at in zip(made, starts, strict=True):
            await owner.execute(
                "UPDATE appointment SET starts_at = $2, ends_at = $3, occupied_from = $2, occupied_until = $3"
                " WHERE id = $1::text::uuid",
                it.id,
                starts_at,
                starts_at + timedelta(minutes=30),
            )
        await owner.close()
        content = await read(booking, (await subscribe(booking, specialist_id=me)).token)
        assert [a.id for a in content.appointments] == [made[3].id, made[2].id, made[1].id]

    async def test_no_more_than_a_calendar_takes(self, booking: Running, environment: dict[str, str]) -> None:
        it = await book(booking)
        columns = (
            "clinic_id, patient_id, specialist_id, service_id, location_id, room_id, time_zone, occupied_from,"
            " status, notes, reason, version, created_at, updated_at"
        )
        owner = await as_owner(environment, "booking")
        await owner.execute(
            f"INSERT INTO appointment (id, starts_at, ends_at, occupied_until, {columns})"
            f" SELECT gen_random_uuid(), starts_at + n * interval '1 minute', ends_at + n * interval '1 minute',"
            f" occupied_until + n * interval '1 minute', {columns}"
            " FROM appointment, generate_series(1, $2) AS n WHERE id = $1::text::uuid",
            it.id,
            MOST,
        )
        await owner.close()
        content = await read(booking, (await subscribe(booking, specialist_id=it.specialist_id)).token)
        starts = [a.starts_at.ToDatetime(UTC) for a in content.appointments]
        assert (len(starts), starts[0], starts[-1]) == (MOST, TEN, TEN + timedelta(minutes=MOST - 1))
        assert starts == sorted(starts)


class TestItsToken:
    async def test_leads_nowhere_when_it_is_revoked_unknown_or_none(self, booking: Running) -> None:
        it = await book(booking)
        feed = await subscribe(booking, patient_id=it.patient_id)
        await read(booking, feed.token)
        other = Running(booking.process)
        foreign = f"{other.clinic_id.hex}-{feed.token.partition('-')[2]}"
        await revoke(booking, feed)
        again = await subscribe(booking, patient_id=it.patient_id)
        for token in (feed.token, foreign, again.token[:-1], again.token + "x", "x" * 60, "-" * 60, "0" * 32):
            with pytest.raises(NotFound) as gone:
                await read(booking, token)
            assert gone.value.reason == "FEED_GONE"
        assert (await read(booking, again.token)).appointments[0].id == it.id

    async def test_no_user_can_read_behind_it_past_the_gateway(self, booking: Running) -> None:
        feed = await subscribe(booking, patient_id=str(new_id()))
        me = booking.claims("admin").issued_by("gateway")
        with pytest.raises(Denied):
            await booking.ask("ReadFeed", feeds_pb2.ReadFeedRequest(token=feed.token), claims=me)

    async def test_is_shown_once(self, booking: Running) -> None:
        desk, patient = booking.claims("front_desk"), str(new_id())
        first = await subscribe(booking, desk, key="k", patient_id=patient)
        again = await subscribe(booking, desk, key="k", patient_id=patient)
        assert (again.id, again.token) == (first.id, "")
        listed = await booking.ask("ListFeeds", feeds_pb2.ListFeedsRequest())
        assert [(f.id, f.token) for f in listed.feeds] == [(first.id, "")]

    async def test_is_written_down_nowhere(
        self, booking: Running, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
    ) -> None:
        feed = await subscribe(booking, booking.claims("front_desk"), key="k", patient_id=str(new_id()))
        await read(booking, feed.token)
        with pytest.raises(DomainError):
            await read(booking, feed.token + "x")
        secret = feed.token.partition("-")[2]
        forms = [secret, secret.encode().hex()]
        owner = await as_owner(environment, "booking")
        tables = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        written = {
            row["tablename"]: str(await owner.fetch(f"SELECT t::text AS row FROM {row['tablename']} t"))
            for row in tables
        }
        await owner.close()
        assert {"feed", "outbox", "audit_record", "idempotency"} <= set(written)
        assert feed.id in written["feed"]
        assert feed.id in written["audit_record"]
        assert [name for name, rows in written.items() if any(form in rows for form in forms)] == []
        assert secret not in "".join(capfd.readouterr())
        assert await booking.events() == []
