"""Who is cared for: patients and their contacts."""
