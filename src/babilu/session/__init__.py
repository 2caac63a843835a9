"""End-to-end encryption without I/O: PQXDH, the Double Ratchet, choice of session, sealed envelopes, chain of contents."""
