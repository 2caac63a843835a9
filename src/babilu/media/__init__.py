"""Pictures and sound: what decodes them, and what keeps that within limits."""
