"""Cryptographic primitives behind types that never print: keys, KDFs, AEAD, HPKE, password hardening."""
