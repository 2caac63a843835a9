"""Attacks of those who stand between people, played by the machine's owner against throw-away accounts.

Everything here runs against the installed program itself: real clients, a real relay, real TLS. What is evil is only
the operator's hand between them, which holds the relay's own key and changes what it likes.
"""
