"""Defining and reading clinics on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.identity.v1 import clinics_pb2 as pb
from chassis.envelope import Envelope
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused, Stale, Unauthenticated
from chassis.ids import new_id
from chassis.testing import Running
from claims import ANONYMOUS, system


def a_clinic(**more: Any) -> pb.DefineClinicRequest:
    facts = {"name": "Ambulo", "slug": f"c-{new_id()}", "time_zone": "Europe/Bucharest"} | more
    return pb.DefineClinicRequest(**facts)


async def make(identity: Running, request: pb.DefineClinicRequest, key: str = "") -> pb.Clinic:
    """By the operator, who is in no clinic and gives it no id."""
    endpoint = identity.process.local["/ambulo.identity.v1.ClinicService/DefineClinic"]
    answer: pb.Clinic = await endpoint(request, Envelope(claims=system("operator"), idempotency_key=key))
    return answer


class TestDefineClinic:
    async def test_a_new_clinic_gets_an_id(self, identity: Running) -> None:
        request = a_clinic()
        clinic = await make(identity, request)
        assert (clinic.name, clinic.slug, clinic.time_zone) == ("Ambulo", request.slug, "Europe/Bucharest")
        assert clinic.version == 1
        identity.clinic_id = type(identity.clinic_id)(clinic.id)
        assert await identity.ask("GetClinic", pb.GetClinicRequest()) == clinic
        assert await identity.audited() == ["DefineClinic"]

    async def test_the_same_facts_change_nothing_and_others_do(self, identity: Running) -> None:
        request = a_clinic()
        first, again = [await identity.ask("DefineClinic", request, role="system") for _ in range(2)]
        assert first == again
        assert first.id == str(identity.clinic_id)
        request.name = "Ambulo Nord"
        changed = await identity.ask("DefineClinic", request, role="system")
        assert (changed.name, changed.version, changed.created_at) == ("Ambulo Nord", 2, first.created_at)

    async def test_two_cannot_have_one_short_name(self, identity: Running) -> None:
        request = a_clinic()
        await make(identity, request)
        with pytest.raises(Conflict) as taken:
            await identity.ask("DefineClinic", a_clinic(slug=request.slug), role="system")
        assert taken.value.reason == "SLUG_TAKEN"
        assert [f.field for f in taken.value.fields] == ["slug"]
        with pytest.raises(NotFound):
            await identity.ask("GetClinic", pb.GetClinicRequest())

    async def test_of_five_who_want_one_short_name_one_gets_it(self, identity: Running) -> None:
        request = a_clinic()
        answers = await asyncio.gather(*(make(identity, request) for _ in range(5)), return_exceptions=True)
        assert sum(isinstance(a, pb.Clinic) for a in answers) == 1
        assert {a.reason for a in answers if isinstance(a, Exception)} == {"SLUG_TAKEN"}

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "+02:00", "europe/bucharest"])
    async def test_a_zone_that_nobody_knows_is_named(self, identity: Running, zone: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await make(identity, a_clinic(time_zone=zone))
        assert wrong.value.reason == "UNKNOWN_TIME_ZONE"
        assert [f.field for f in wrong.value.fields] == ["time_zone"]

    async def test_the_same_key_is_one_clinic(self, identity: Running) -> None:
        request, key = a_clinic(), str(new_id())
        answers = await asyncio.gather(*(make(identity, request, key) for _ in range(5)))
        assert len({a.id for a in answers}) == 1
        with pytest.raises(Refused) as reused:
            await make(identity, a_clinic(), key)
        assert reused.value.reason == "KEY_REUSED"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "x" * 256),
            ("slug", ""),
            ("slug", "Ambulo"),
            ("slug", "-a"),
            ("slug", "a-"),
            ("slug", "a" * 64),
            ("slug", "a\n"),
            ("time_zone", ""),
            ("clinic_id", "7"),
        ],
    )
    async def test_a_wrong_field_is_named(self, identity: Running, field: str, value: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await make(identity, a_clinic(**{field: value}))
        assert [f.field for f in wrong.value.fields] == [field]

    async def test_not_even_an_admin_defines_clinics(self, identity: Running) -> None:
        with pytest.raises(Denied):
            await identity.ask("DefineClinic", a_clinic(), role="admin")
        with pytest.raises(Unauthenticated):
            await identity.ask("DefineClinic", a_clinic(), claims=ANONYMOUS)


LOOK = {"color": "#1c7ed6", "logo": "data:image/png;base64,iVBORw0KGgo=", "languages": ["ro", "de-AT"]}


class TestSetLook:
    async def test_everybody_sees_it_and_the_same_look_changes_nothing(self, identity: Running) -> None:
        await identity.ask("DefineClinic", a_clinic(), role="system")
        for _ in range(2):
            clinic = await identity.ask("SetLook", pb.SetLookRequest(**LOOK), role="admin")
            assert clinic.version == 2
        shown = await identity.ask("GetPublicClinic", pb.GetPublicClinicRequest(), claims=ANONYMOUS)
        assert (shown.name, shown.color, shown.logo, list(shown.languages)) == ("Ambulo", *LOOK.values())
        again = await identity.ask("DefineClinic", a_clinic(slug=clinic.slug, name="Nord"), role="system")
        assert (again.name, again.color) == ("Nord", LOOK["color"])

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("color", "blue"),
            ("color", "#1C7ED6"),
            ("logo", "https://ambulo.example/logo.png"),
            ("logo", "data:text/html;base64,AAAA"),
            ("logo", "data:image/png;base64," + "A" * 65600),
            ("languages[1]", ["ro", "Deutsch!"]),
            ("languages", ["ro", "ro"]),
        ],
    )
    async def test_a_wrong_field_is_named(self, identity: Running, field: str, value: Any) -> None:
        await identity.ask("DefineClinic", a_clinic(), role="system")
        with pytest.raises(Invalid) as wrong:
            await identity.ask("SetLook", pb.SetLookRequest(**{field.partition("[")[0]: value}), role="admin")
        assert [f.field for f in wrong.value.fields] == [field]

    async def test_only_the_version_that_was_seen_and_only_by_an_admin(self, identity: Running) -> None:
        await identity.ask("DefineClinic", a_clinic(), role="system")
        with pytest.raises(Stale) as stale:
            await identity.ask("SetLook", pb.SetLookRequest(**LOOK, expected_version=7), role="admin")
        assert stale.value.reason == "CHANGED_MEANWHILE"
        for role in ("front_desk", "specialist", "patient"):
            with pytest.raises(Denied):
                await identity.ask("SetLook", pb.SetLookRequest(**LOOK), role=role)
        with pytest.raises(NotFound):
            await Running(identity.process).ask("SetLook", pb.SetLookRequest(**LOOK), role="admin")


class TestGetClinic:
    async def test_who_acts_for_it_may_read_it(self, identity: Running) -> None:
        clinic = await identity.ask("DefineClinic", a_clinic(), role="system")
        for role in ("admin", "front_desk", "specialist", "patient"):
            assert await identity.ask("GetClinic", pb.GetClinicRequest(), role=role) == clinic
        with pytest.raises(Denied):
            await identity.ask("GetClinic", pb.GetClinicRequest(), role="nobody")

    async def test_another_clinic_is_not_there(self, identity: Running) -> None:
        clinic = await identity.ask("DefineClinic", a_clinic(), role="system")
        with pytest.raises(NotFound):
            await Running(identity.process).ask("GetClinic", pb.GetClinicRequest(clinic_id=clinic.id))
        with pytest.raises(NotFound):
            await Running(identity.process).ask("GetClinic", pb.GetClinicRequest())

    async def test_an_id_that_is_none_is_named(self, identity: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await identity.ask("GetClinic", pb.GetClinicRequest(clinic_id="7"))
        assert [f.field for f in wrong.value.fields] == ["clinic_id"]
