"""Sheets: what lies over the window for one thing at a time, from the quick switcher to the settings."""
