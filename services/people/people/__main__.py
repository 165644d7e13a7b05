"""Run the service."""

from chassis.process import main

from people.service import service

main(service)
