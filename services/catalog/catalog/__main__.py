"""Run the service."""

from catalog.service import service

service.main()
