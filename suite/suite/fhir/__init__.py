"""FHIR R4 into requests: reading whatever is there, and planning what becomes of it. Pure but for reading files."""

from suite.fhir.clinic import plan
from suite.fhir.reading import Resource, read
from suite.fhir.report import Outcome, Plan, Report, Step

__all__ = ["Outcome", "Plan", "Report", "Resource", "Step", "plan", "read"]
