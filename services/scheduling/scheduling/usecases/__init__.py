"""When it can happen: the RPCs and the reactions."""
