"""Who is cared for: the RPCs and the reactions."""
