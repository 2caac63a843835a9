"""Bytes on the wire, without I/O: framing, relay frames, direct frames, message content."""
