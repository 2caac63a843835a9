"""Files that the desktop client brings along: the icon, the translations and what a desktop wants to know of it."""
