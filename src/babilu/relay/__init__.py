"""The server: it keeps ciphertext, public keys and what routing needs, and cannot decrypt by construction."""
