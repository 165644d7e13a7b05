"""The table of contents: what the catalog serves. It hears nobody and needs nobody."""

from chassis import Chassis, Service

from catalog.usecases.equipment import EquipmentService
from catalog.usecases.locations import LocationService
from catalog.usecases.public import PublicService
from catalog.usecases.rooms import RoomService
from catalog.usecases.services import ServiceService
from catalog.usecases.specialists import SpecialistService


def build(chassis: Chassis) -> None:
    chassis.serves("ambulo.catalog.v1.LocationService", LocationService())
    chassis.serves("ambulo.catalog.v1.RoomService", RoomService())
    chassis.serves("ambulo.catalog.v1.EquipmentService", EquipmentService())
    chassis.serves("ambulo.catalog.v1.SpecialistService", SpecialistService())
    chassis.serves("ambulo.catalog.v1.ServiceService", ServiceService())
    chassis.serves("ambulo.catalog.v1.PublicService", PublicService())


service = Service("catalog", build)
