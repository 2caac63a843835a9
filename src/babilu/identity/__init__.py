"""Signed public objects, made and verified: device lists, prekeys, login transcripts, names, safety numbers."""
