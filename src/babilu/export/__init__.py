"""Exports of conversations into plain files, for who has no Babilu, over the client's protocol alone."""
