"""Signed public objects, made and verified: device lists, prekeys, bundles, login transcripts, names, safety numbers."""
