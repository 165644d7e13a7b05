"""The table of contents: what scheduling serves and hears."""

from datetime import timedelta

from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import events_pb2 as catalog
from chassis import Chassis, Service

from scheduling.settings import Settings
from scheduling.store.facts import Facts
from scheduling.store.memory import Memory
from scheduling.store.shared import Shared
from scheduling.usecases.availability import AvailabilityService
from scheduling.usecases.calendars import CalendarService
from scheduling.usecases.catalog_changes import CatalogChanges, Equipment, Rooms, Services, Specialists
from scheduling.usecases.downtime import DowntimeService
from scheduling.usecases.duty import DutyService
from scheduling.usecases.holidays import HolidayService
from scheduling.usecases.hours import HoursService
from scheduling.usecases.impact import ImpactService
from scheduling.usecases.overrides import OverrideService
from scheduling.usecases.reactions import Reactions, Timers
from scheduling.usecases.resolving_many import ResolvingService
from scheduling.usecases.situations import Booking, Situations
from scheduling.usecases.time_off import TimeOffService


def build(chassis: Chassis) -> None:
    settings: Settings = chassis.settings
    shared = Shared(settings.valkey_url)
    facts = Facts(Memory(settings.memory_mb * 2**20), shared)
    chassis.closes(shared.close)

    claims = chassis.peer(Booking, "ambulo.booking.v1.ClaimService")  # type: ignore[type-abstract]
    services = chassis.peer(Services, "ambulo.catalog.v1.ServiceService")  # type: ignore[type-abstract]
    rooms = chassis.peer(Rooms, "ambulo.catalog.v1.RoomService")  # type: ignore[type-abstract]
    equipment = chassis.peer(Equipment, "ambulo.catalog.v1.EquipmentService")  # type: ignore[type-abstract]
    specialists = chassis.peer(Specialists, "ambulo.catalog.v1.SpecialistService")  # type: ignore[type-abstract]

    situations = Situations(facts, claims, chassis.is_hearing)
    chassis.serves("ambulo.scheduling.v1.AvailabilityService", AvailabilityService(situations))
    chassis.serves("ambulo.scheduling.v1.ResolvingService", ResolvingService(situations))
    hours, overrides, downtime, time_off = HoursService(), OverrideService(), DowntimeService(), TimeOffService()
    closed_days = HolidayService()
    chassis.serves("ambulo.scheduling.v1.HoursService", hours)
    chassis.serves("ambulo.scheduling.v1.OverrideService", overrides)
    chassis.serves("ambulo.scheduling.v1.TimeOffService", time_off)
    chassis.serves("ambulo.scheduling.v1.HolidayService", closed_days)
    chassis.serves("ambulo.scheduling.v1.DowntimeService", downtime)
    chassis.serves("ambulo.scheduling.v1.CalendarService", CalendarService())
    chassis.serves("ambulo.scheduling.v1.DutyService", DutyService(facts))

    reactions = Reactions()
    changes = CatalogChanges(services, rooms, equipment, specialists, reactions)
    impact = ImpactService(facts, hours, overrides, downtime, time_off, closed_days, changes, chassis.is_hearing)
    chassis.serves("ambulo.scheduling.v1.ImpactService", impact)

    chassis.hears(catalog.LocationDefined, reactions.on_location_defined)
    chassis.hears(catalog.RoomDefined, reactions.on_room_defined)
    chassis.hears(catalog.EquipmentDefined, reactions.on_equipment_defined)
    chassis.hears(catalog.SpecialistDefined, reactions.on_specialist_defined)
    chassis.hears(catalog.PreferencesSet, reactions.on_preferences_set)
    chassis.hears(catalog.ServiceDefined, reactions.on_service_defined)
    chassis.hears(booking.AppointmentBooked, reactions.on_appointment_booked, together=True)
    chassis.hears(booking.AppointmentMoved, reactions.on_appointment_moved, together=True)
    chassis.hears(booking.AppointmentCanceled, reactions.on_appointment_canceled, together=True)
    chassis.hears(booking.AppointmentStatusChanged, reactions.on_appointment_status_changed, together=True)
    chassis.hears(booking.HoldPlaced, reactions.on_hold_placed, together=True)
    chassis.hears(booking.HoldEnded, reactions.on_hold_ended, together=True)
    chassis.hears(booking.BlockPut, reactions.on_block_put, together=True)
    chassis.hears(booking.BlockRemoved, reactions.on_block_removed, together=True)

    chassis.every(timedelta(hours=1), Timers().forget_ended_holds)


service = Service("scheduling", build, settings=Settings)
