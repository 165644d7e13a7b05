"""When it can happen: hours, time off and the availability kernel."""
