"""Run the service."""

from chassis.process import main

from catalog.service import service

main(service)
