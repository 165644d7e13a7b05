"""FHIR R4 into requests: reading whatever is there, and planning what becomes of it. Pure but for reading files."""

from suite.r4.planning import plan
from suite.r4.reading import Resource, read
from suite.r4.report import Outcome, Plan, Report, Step

__all__ = ["Outcome", "Plan", "Report", "Resource", "Step", "plan", "read"]
