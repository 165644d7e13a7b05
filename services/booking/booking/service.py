"""The table of contents: what booking serves, hears and does by the clock, and whom it needs."""

from datetime import timedelta

from ambulo.booking.v1 import events_pb2 as booking_events
from ambulo.scheduling.v1 import events_pb2 as scheduling_events
from chassis import Chassis, Service
from chassis.mail import Mailer

from booking.settings import Settings
from booking.usecases.agenda import AgendaService
from booking.usecases.appointments import AppointmentService
from booking.usecases.blocks import BlockService, Rooms, Specialists
from booking.usecases.claims import ClaimService
from booking.usecases.feeds import FeedService
from booking.usecases.guests import GuestService
from booking.usecases.holds import HoldService
from booking.usecases.offering import Offering
from booking.usecases.peers import Peers, People, Scheduling
from booking.usecases.policies import Catalog, PolicyService
from booking.usecases.reactions import Reactions, Timers
from booking.usecases.series import Resolving, SeriesService
from booking.usecases.visits import VisitService
from booking.usecases.waitlist import WaitlistService


def build(chassis: Chassis) -> None:
    settings: Settings = chassis.settings
    people = chassis.peer(People, "ambulo.people.v1.PatientService")  # type: ignore[type-abstract]
    scheduling = chassis.peer(Scheduling, "ambulo.scheduling.v1.AvailabilityService")  # type: ignore[type-abstract]

    catalog = chassis.peer(Catalog, "ambulo.catalog.v1.ServiceService")  # type: ignore[type-abstract]
    specialists = chassis.peer(Specialists, "ambulo.catalog.v1.SpecialistService")  # type: ignore[type-abstract]
    rooms = chassis.peer(Rooms, "ambulo.catalog.v1.RoomService")  # type: ignore[type-abstract]
    resolving = chassis.peer(Resolving, "ambulo.scheduling.v1.ResolvingService")  # type: ignore[type-abstract]
    peers = Peers(people, scheduling)
    appointments = AppointmentService(peers)
    reactions = Reactions(appointments, Offering(peers), Mailer(settings.smtp_url, settings.mail_from))
    chassis.serves("ambulo.booking.v1.AppointmentService", appointments)
    chassis.serves("ambulo.booking.v1.GuestService", GuestService(peers))
    chassis.serves("ambulo.booking.v1.VisitService", VisitService())
    chassis.serves("ambulo.booking.v1.SeriesService", SeriesService(peers, resolving))
    chassis.serves("ambulo.booking.v1.HoldService", HoldService(peers))
    chassis.serves("ambulo.booking.v1.BlockService", BlockService(specialists, rooms))
    chassis.serves("ambulo.booking.v1.AgendaService", AgendaService())
    chassis.serves("ambulo.booking.v1.PolicyService", PolicyService(catalog))
    chassis.serves("ambulo.booking.v1.WaitlistService", WaitlistService(peers, catalog))
    chassis.serves("ambulo.booking.v1.ClaimService", ClaimService())
    chassis.serves("ambulo.booking.v1.FeedService", FeedService())

    chassis.hears(scheduling_events.AppointmentDisplaced, reactions.on_appointment_displaced)
    chassis.hears(booking_events.AppointmentCanceled, reactions.on_appointment_canceled)
    chassis.hears(booking_events.AppointmentMoved, reactions.on_appointment_moved)
    chassis.hears(booking_events.HoldEnded, reactions.on_hold_ended)
    chassis.hears(booking_events.GuestBookingRequested, reactions.on_guest_booking_requested)

    chassis.every(timedelta(seconds=1), Timers().end_expired_holds)
    chassis.every(timedelta(minutes=10), Timers().remove_past_claims)
    chassis.every(timedelta(hours=1), Timers().remove_old_guest_bookings)


service = Service("booking", build, settings=Settings)
