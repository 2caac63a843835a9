"""Clients from the outside: how a profile is opened, registered, listed and closed."""
