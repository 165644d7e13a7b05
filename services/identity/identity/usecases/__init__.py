"""Who may act: the RPCs and the reactions."""
