"""How Babilu looks: every colour, distance, font and picture comes from here, so that no widget chooses its own."""
