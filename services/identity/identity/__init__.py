"""Who may act: clinics, humans, memberships, sign-in, keys."""
