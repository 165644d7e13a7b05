"""The operator's command line: ambulo up, serve, migrate, load, demo, redrive, verify."""
