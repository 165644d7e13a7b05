"""Check-in codes to protobuf, and as pictures."""

from datetime import datetime
from io import BytesIO

import segno
from ambulo.booking.v1 import check_ins_pb2 as pb
from chassis.clock import local
from chassis.wire import stamp

from booking import walk_in_wire, wire
from booking.domain.appointment import Appointment
from booking.domain.check_in import open_hours
from booking.domain.status import Status


def code(it: Appointment, text: str, page: str) -> pb.CheckInCode:
    opens, closes = open_hours(it.slot)
    url = f"{page}?code={text}"
    return pb.CheckInCode(code=text, url=url, svg=_picture(url), valid_from=stamp(opens), valid_until=stamp(closes))


def checked_in(it: Appointment, begins_at: datetime, now: datetime) -> pb.CheckedIn:
    waits = it.status is not Status.IN_PROGRESS
    return pb.CheckedIn(
        status=wire.STATUSES[it.status],
        start=local(it.slot.starts_at, it.slot.time_zone),
        starts_at=stamp(it.slot.starts_at),
        expected_wait=walk_in_wire.expected_wait(begins_at, now) if waits else None,
    )


def _picture(text: str) -> str:
    """A quarter of it may be covered or dirty. Its background is its own, so that it can be read in the dark, too."""
    written = BytesIO()
    segno.make_qr(text, error="q", boost_error=False).save(
        written, kind="svg", xmldecl=False, omitsize=True, light="#fff", title="Check-in code", nl=False
    )
    return written.getvalue().decode().replace("<svg ", '<svg role="img" ', 1)
