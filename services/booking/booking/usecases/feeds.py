"""ambulo.booking.v1.FeedService: appointments behind a secret address, for calendar programs."""

from datetime import datetime
from uuid import UUID

from ambulo.booking.v1 import feeds_pb2 as pb
from chassis import Call
from chassis.store import Page
from google.protobuf.empty_pb2 import Empty

from booking import wire
from booking.domain.errors import FeedGone
from booking.domain.feed import AHEAD, BEHIND, MOST, Token, Whose
from booking.store import appointments, feeds


class FeedService:
    async def CreateFeed(self, request: pb.CreateFeedRequest, call: Call) -> pb.Feed:
        whose = Whose(
            UUID(request.specialist_id) if request.specialist_id else None,
            UUID(request.patient_id) if request.patient_id else None,
        )
        whose.require_own(_own(call))
        assert call.clinic_id is not None
        token = Token.new(call.clinic_id)
        id_ = await feeds.add(call.tx, token, whose, name=request.name, now=call.now)
        call.audit(feed_id=str(id_))
        return wire.feed(id_, whose, request.name, call.now, token=str(token))

    async def ListFeeds(self, request: pb.ListFeedsRequest, call: Call) -> pb.ListFeedsResponse:
        rows, cursor = await feeds.list_(call.tx, Page.of(request, datetime, UUID), _own(call))
        found = [
            wire.feed(r["id"], Whose(r["specialist_id"], r["patient_id"]), r["name"], r["created_at"]) for r in rows
        ]
        return pb.ListFeedsResponse(feeds=found, next_cursor=cursor)

    async def RevokeFeed(self, request: pb.RevokeFeedRequest, call: Call) -> Empty:
        await feeds.remove(call.tx, UUID(request.feed_id), _own(call))
        return Empty()

    async def ReadFeed(self, request: pb.ReadFeedRequest, call: Call) -> pb.FeedContent:
        token = Token.parse(request.token)
        call.act_in(token.clinic_id)
        feed = await feeds.find(call.tx, token)
        if feed is None:
            raise FeedGone
        whose = {name: feed[name] for name in ("specialist_id", "patient_id") if feed[name] is not None}
        found, _ = await appointments.search(
            call.tx,
            Page(MOST, None),
            equal=whose,
            days=None,
            starts_from=call.now - BEHIND,
            starts_until=call.now + AHEAD,
            statuses=(),
        )
        call.audit(feed_id=str(feed["id"]))
        return wire.feed_content(found, token.clinic_id, for_patient="patient_id" in whose)


def _own(call: Call) -> Whose | None:
    """Whose feeds alone the asker has to do with; None: everybody's in the clinic."""
    claims = call.claims
    if claims.patient_id is not None:
        return Whose(None, claims.patient_id)
    return Whose(claims.specialist_id, None) if claims.role == "specialist" else None
