"""Voice notes: recorded into the profile, and played."""
