"""Service accounts and their API keys, on a real database."""

import asyncio
from typing import Any

import pytest
from ambulo.identity.v1 import service_accounts_pb2 as pb
from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused
from chassis.testing import Running


def an_account(**more: Any) -> pb.CreateServiceAccountRequest:
    return pb.CreateServiceAccountRequest(**({"name": "Kiosk", "permissions": ["appointments.book"]} | more))


@pytest.fixture
async def account_id(identity: Running) -> str:
    return str((await identity.ask("CreateServiceAccount", an_account())).id)


class TestCreateServiceAccount:
    async def test_it_gets_the_rights_that_were_given(self, identity: Running) -> None:
        account = await identity.ask("CreateServiceAccount", an_account(permissions=["catalog.read", "hours.read"]))
        assert (account.name, list(account.permissions)) == ("Kiosk", ["catalog.read", "hours.read"])
        listed = await identity.ask("ListServiceAccounts", pb.ListServiceAccountsRequest())
        assert list(listed.service_accounts) == [account]
        assert await identity.events() == []
        assert await identity.audited() == ["CreateServiceAccount"]

    @pytest.mark.parametrize("permission", ["appointments.steal", "clinics.define", " catalog.read"])
    async def test_a_right_that_is_not_there_or_not_yours_is_named(self, identity: Running, permission: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await identity.ask("CreateServiceAccount", an_account(permissions=["catalog.read", permission]))
        assert wrong.value.reason == "UNKNOWN_PERMISSION"
        assert [f.field for f in wrong.value.fields] == ["permissions[1]"]
        assert not (await identity.ask("ListServiceAccounts", pb.ListServiceAccountsRequest())).service_accounts

    async def test_a_name_is_taken_in_its_clinic_only(self, identity: Running) -> None:
        await identity.ask("CreateServiceAccount", an_account())
        with pytest.raises(Conflict) as taken:
            await identity.ask("CreateServiceAccount", an_account(permissions=["catalog.read"]))
        assert taken.value.reason == "NAME_TAKEN"
        assert [f.field for f in taken.value.fields] == ["name"]
        await Running(identity.process).ask("CreateServiceAccount", an_account())

    async def test_the_same_key_is_one_account(self, identity: Running) -> None:
        claims = identity.claims("admin")
        asked = [identity.ask("CreateServiceAccount", an_account(), claims=claims, key="k") for _ in range(5)]
        assert len({a.id for a in await asyncio.gather(*asked)}) == 1
        with pytest.raises(Refused) as reused:
            await identity.ask("CreateServiceAccount", an_account(name="Door"), claims=claims, key="k")
        assert reused.value.reason == "KEY_REUSED"

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"permissions": []}, "permissions"),
            ({"permissions": ["catalog.read"] * 2}, "permissions"),
            ({"permissions": [""]}, "permissions[0]"),
        ],
    )
    async def test_a_wrong_field_is_named(self, identity: Running, more: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await identity.ask("CreateServiceAccount", an_account(**more))
        assert [f.field for f in wrong.value.fields] == [field]

    async def test_only_an_admin_of_this_clinic_may(self, identity: Running) -> None:
        with pytest.raises(Denied):
            await identity.ask("CreateServiceAccount", an_account(), role="front_desk")
        request = an_account(clinic_id=str(identity.clinic_id))
        with pytest.raises(NotFound):
            await Running(identity.process).ask("CreateServiceAccount", request)


class TestListServiceAccounts:
    async def test_pages_go_on_where_the_last_ended(self, identity: Running) -> None:
        for name in "EACBD":
            await identity.ask("CreateServiceAccount", an_account(name=name))
        seen, cursor = [], ""
        for _ in range(9):
            page = await identity.ask("ListServiceAccounts", pb.ListServiceAccountsRequest(limit=2, cursor=cursor))
            seen += [account.name for account in page.service_accounts]
            cursor = page.next_cursor
            if not cursor:
                break
        assert seen == list("ABCDE")

    async def test_a_cursor_that_is_not_ours_is_named(self, identity: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await identity.ask("ListServiceAccounts", pb.ListServiceAccountsRequest(cursor="bm90LW91cnM"))
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_another_clinic_has_its_own_and_the_front_desk_may_not(
        self, identity: Running, account_id: str
    ) -> None:
        other = Running(identity.process)
        assert not (await other.ask("ListServiceAccounts", pb.ListServiceAccountsRequest())).service_accounts
        with pytest.raises(Denied):
            await identity.ask("ListServiceAccounts", pb.ListServiceAccountsRequest(), role="front_desk")
