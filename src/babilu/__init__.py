"""Babilu: private chat that people host themselves.

The names below are the library's: importing the package costs nothing, they are loaded at their first use.
"""

__version__ = "0.1.0"
