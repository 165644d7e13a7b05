"""The audit trail: recorded in the transaction it tells of, sealed in batches into a signed hash chain."""

from audit.chain import Broken, Report, seal, verify
from audit.record import INSERT, Record
from audit.schema import CREATE, ensure_partitions

__all__ = ["CREATE", "INSERT", "Broken", "Record", "Report", "ensure_partitions", "seal", "verify"]
