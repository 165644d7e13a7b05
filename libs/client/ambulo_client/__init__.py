"""Ambulo's API for Python programs: `Ambulo` waits, `AsyncAmbulo` is awaited; both have every operation as a method."""

from ambulo_client import models
from ambulo_client.calling import Versioned
from ambulo_client.operations import Ambulo, AsyncAmbulo
from ambulo_client.paging import async_pages, pages
from ambulo_client.problem import Problem

__all__ = ["Ambulo", "AsyncAmbulo", "Problem", "Versioned", "async_pages", "models", "pages"]
