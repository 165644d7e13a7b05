"""Run the service."""

from chassis.process import main

from booking.service import service

main(service)
