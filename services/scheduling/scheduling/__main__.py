"""Run the service."""

from scheduling.service import service

service.main()
