"""What an operator asks of a running relay, over a Unix socket in its folder."""
