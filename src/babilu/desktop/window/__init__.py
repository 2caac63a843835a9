"""The one window, and the way from its parts to the sheets."""
