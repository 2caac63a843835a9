"""Babilu in a terminal or a pipe: lines in, lines out; it speaks the client protocol and nothing below it."""
