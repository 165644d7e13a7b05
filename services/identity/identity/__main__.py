"""Run the service."""

from identity.service import service

service.main()
