"""One running relay: its server, its connections, housekeeping, metrics, backup and administration."""
