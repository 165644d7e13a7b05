"""What is offered: the RPCs."""
