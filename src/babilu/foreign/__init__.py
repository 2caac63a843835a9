"""Conversations that other programs have exported, read from their files; nothing here knows a profile."""
