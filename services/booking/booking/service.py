"""The table of contents: what booking serves, hears and does by the clock, and whom it needs."""

from datetime import timedelta

from ambulo.booking.v1 import events_pb2 as booking_events
from ambulo.scheduling.v1 import events_pb2 as scheduling_events
from chassis import Chassis, Service
from chassis.mail import Mailer

from booking.settings import Settings
from booking.usecases.agenda import AgendaService
from booking.usecases.appointments import AppointmentService
from booking.usecases.blocks import BlockService
from booking.usecases.check_ins import CheckInService
from booking.usecases.claims import ClaimService
from booking.usecases.feeds import FeedService
from booking.usecases.guests import GuestService
from booking.usecases.holds import HoldService
from booking.usecases.mails import Clinics, Mails, Patients
from booking.usecases.named import Locations, Named, Rooms, Services, Specialists
from booking.usecases.offering import Offering
from booking.usecases.peers import Peers, People, Scheduling
from booking.usecases.policies import PolicyService
from booking.usecases.queues import Duty, Queues
from booking.usecases.reactions import Reactions, Timers
from booking.usecases.series import Resolving, SeriesService
from booking.usecases.visits import VisitService
from booking.usecases.waitlist import WaitlistService
from booking.usecases.walk_ins import WalkInService


def build(chassis: Chassis) -> None:
    settings: Settings = chassis.settings
    people = chassis.peer(People, "ambulo.people.v1.PatientService")  # type: ignore[type-abstract]
    scheduling = chassis.peer(Scheduling, "ambulo.scheduling.v1.AvailabilityService")  # type: ignore[type-abstract]

    services = chassis.peer(Services, "ambulo.catalog.v1.ServiceService")  # type: ignore[type-abstract]
    specialists = chassis.peer(Specialists, "ambulo.catalog.v1.SpecialistService")  # type: ignore[type-abstract]
    rooms = chassis.peer(Rooms, "ambulo.catalog.v1.RoomService")  # type: ignore[type-abstract]
    locations = chassis.peer(Locations, "ambulo.catalog.v1.LocationService")  # type: ignore[type-abstract]
    duty = chassis.peer(Duty, "ambulo.scheduling.v1.DutyService")  # type: ignore[type-abstract]
    resolving = chassis.peer(Resolving, "ambulo.scheduling.v1.ResolvingService")  # type: ignore[type-abstract]
    peers, named = Peers(people, scheduling), Named(services, specialists, rooms, locations)
    appointments = AppointmentService(peers)
    patients = chassis.peer(Patients, "ambulo.people.v1.PatientService")  # type: ignore[type-abstract]
    clinics = chassis.peer(Clinics, "ambulo.identity.v1.ClinicService")  # type: ignore[type-abstract]
    mails = Mails(patients, clinics, Mailer(settings.smtp_url, settings.mail_from), settings.web_url)
    reactions = Reactions(appointments, Offering(peers), named)
    chassis.serves("ambulo.booking.v1.AppointmentService", appointments)
    chassis.serves("ambulo.booking.v1.GuestService", GuestService(peers))
    chassis.serves("ambulo.booking.v1.VisitService", VisitService())
    chassis.serves("ambulo.booking.v1.SeriesService", SeriesService(peers, resolving))
    chassis.serves("ambulo.booking.v1.HoldService", HoldService(peers))
    chassis.serves("ambulo.booking.v1.BlockService", BlockService(named))
    chassis.serves("ambulo.booking.v1.AgendaService", AgendaService())
    chassis.serves("ambulo.booking.v1.PolicyService", PolicyService(named))
    chassis.serves("ambulo.booking.v1.WaitlistService", WaitlistService(peers, named))
    chassis.serves("ambulo.booking.v1.WalkInService", WalkInService(peers, named, Queues(duty)))
    chassis.serves("ambulo.booking.v1.CheckInService", CheckInService(settings))
    chassis.serves("ambulo.booking.v1.ClaimService", ClaimService())
    chassis.serves("ambulo.booking.v1.FeedService", FeedService())

    chassis.hears(scheduling_events.AppointmentDisplaced, reactions.on_appointment_displaced)
    chassis.hears(booking_events.AppointmentCanceled, reactions.on_appointment_canceled)
    chassis.hears(booking_events.AppointmentMoved, reactions.on_appointment_moved)
    chassis.hears(booking_events.HoldEnded, reactions.on_hold_ended)
    chassis.hears(booking_events.BlockPut, reactions.on_block_put)
    chassis.hears(booking_events.BlockRemoved, reactions.on_block_removed)
    chassis.hears(booking_events.GuestBookingRequested, mails.on_guest_booking_requested)
    chassis.hears(booking_events.WaitlistOffered, mails.on_waitlist_offered)

    chassis.every(timedelta(seconds=1), Timers().end_expired_holds)
    chassis.every(timedelta(minutes=1), Timers().decline_unanswered)
    chassis.every(timedelta(hours=1), Timers().ensure_partitions)
    chassis.every(timedelta(minutes=10), Timers().remove_past_claims)
    chassis.every(timedelta(minutes=10), Timers().give_up_walk_ins)
    chassis.every(timedelta(minutes=10), Timers().end_waiting)
    chassis.every(timedelta(hours=1), Timers().remove_old_guest_bookings)


service = Service("booking", build, settings=Settings)
