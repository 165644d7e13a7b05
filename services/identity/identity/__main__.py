"""Run the service."""

from chassis.process import main

from identity.service import service

main(service)
