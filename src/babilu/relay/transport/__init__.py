"""Connections of a relay: the listener, what waits outside TLS, deadlines, and batched writes."""
