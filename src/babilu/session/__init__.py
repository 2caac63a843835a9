"""End-to-end encryption without I/O: PQXDH, the Double Ratchet, sessions, sealed envelopes, chains of contents."""
