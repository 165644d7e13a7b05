"""Run the service."""

from booking.service import service

service.main()
