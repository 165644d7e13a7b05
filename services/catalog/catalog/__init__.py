"""What is offered, by whom, where and with what."""
