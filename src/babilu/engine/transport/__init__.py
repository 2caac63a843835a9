"""How envelopes travel: the outbound queue, the session with the relay, direct calls, and requests about accounts."""
