"""Run the service."""

from chassis.process import main

from scheduling.service import service

main(service)
