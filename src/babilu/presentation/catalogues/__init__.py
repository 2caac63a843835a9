"""Catalogues of sentences: one ``.po`` file a language for people, and the ``.mo`` compiled from it for the program."""
