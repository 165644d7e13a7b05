"""ambulo.identity.v1.ServiceAccountService: principals that are programs."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ambulo.identity.v1 import service_accounts_pb2 as pb
from chassis import Call
from chassis.errors import FieldViolation, Invalid
from chassis.store import Page
from chassis.wire import stamp
from claims import PERMISSIONS
from google.protobuf.empty_pb2 import Empty

from identity.domain.api_key import ApiKey
from identity.domain.errors import KeyUnknown, RoleNotYours, UnknownPermission
from identity.store import service_accounts

_LIFETIME = timedelta(days=365)


class ServiceAccountService:
    async def CreateServiceAccount(self, request: pb.CreateServiceAccountRequest, call: Call) -> pb.ServiceAccount:
        for index, permission in enumerate(request.permissions):
            if permission not in PERMISSIONS or not call.claims.may(permission):
                why = f"{permission!r} does not exist or is not yours to give"
                raise UnknownPermission(why, fields=[FieldViolation(f"permissions[{index}]", why)])
        id_ = await service_accounts.add(
            call.tx, name=request.name, permissions=list(request.permissions), now=call.now
        )
        call.audit(service_account_id=str(id_), permissions=list(request.permissions))
        return pb.ServiceAccount(
            id=str(id_), name=request.name, permissions=request.permissions, created_at=stamp(call.now)
        )

    async def ListServiceAccounts(
        self, request: pb.ListServiceAccountsRequest, call: Call
    ) -> pb.ListServiceAccountsResponse:
        rows, cursor = await service_accounts.list_(call.tx, Page.of(request, str, UUID))
        accounts = [
            pb.ServiceAccount(id=str(r["id"]), name=r["name"], permissions=r["permissions"], created_at=r["created_at"])
            for r in rows
        ]
        return pb.ListServiceAccountsResponse(service_accounts=accounts, next_cursor=cursor)

    async def IssueApiKey(self, request: pb.IssueApiKeyRequest, call: Call) -> pb.ApiKey:
        asked = request.expires_at.ToDatetime(UTC) if request.HasField("expires_at") else call.now + _LIFETIME
        if not call.now < asked <= call.now + _LIFETIME:
            raise Invalid(fields=[FieldViolation("expires_at", "must be within a year from now")])
        account_id = UUID(request.service_account_id)
        account = await service_accounts.require(call.tx, account_id)
        if not call.claims.permissions.issuperset(account["permissions"]):
            raise RoleNotYours("This account may do more than you may, so its keys are not yours to issue")
        assert call.clinic_id is not None
        key = ApiKey.new(call.clinic_id)
        id_ = await service_accounts.add_key(call.tx, service_account_id=account_id, key=key, expires_at=asked)
        call.audit(key_id=str(id_))
        return pb.ApiKey(id=str(id_), prefix=key.prefix, secret=str(key), expires_at=stamp(asked))

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, call: Call) -> pb.ListApiKeysResponse:
        account_id = UUID(request.service_account_id)
        await service_accounts.require(call.tx, account_id)
        rows, cursor = await service_accounts.list_keys(call.tx, account_id, Page.of(request, datetime, UUID))
        keys = [
            pb.ApiKey(id=str(r["id"]), prefix=r["prefix"], expires_at=r["expires_at"], revoked_at=r["revoked_at"])
            for r in rows
        ]
        return pb.ListApiKeysResponse(keys=keys, next_cursor=cursor)

    async def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, call: Call) -> Empty:
        await service_accounts.revoke_key(
            call.tx, service_account_id=UUID(request.service_account_id), key_id=UUID(request.key_id), now=call.now
        )
        return Empty()

    async def VerifyApiKey(self, request: pb.VerifyApiKeyRequest, call: Call) -> pb.VerifiedApiKey:
        key = ApiKey.parse(request.secret)
        call.act_as(call.claims)
        call.act_in(key.clinic_id)
        row = await service_accounts.find_by_key(call.tx, key, call.now)
        if row is None:
            raise KeyUnknown
        return pb.VerifiedApiKey(
            service_account_id=str(row["id"]),
            clinic_id=str(key.clinic_id),
            permissions=row["permissions"],
            expires_at=row["expires_at"],
        )
