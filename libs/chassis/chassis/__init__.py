"""What makes a service tiny. Everything a service does is a Call: an RPC, an event heard, or a clock tick.

Domains import from `chassis.errors`, `chassis.clock` and `chassis.ids`, which are pure.
"""

from chassis.call import Call, Transaction
from chassis.ids import new_id
from chassis.service import Chassis, Service
from chassis.settings import Settings

__all__ = ["Call", "Chassis", "Service", "Settings", "Transaction", "new_id"]
