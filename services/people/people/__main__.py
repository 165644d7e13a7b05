"""Run the service."""

from people.service import service

service.main()
