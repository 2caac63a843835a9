"""Archives of an open profile and profiles of archives: written, rehearsed, kept daily, restored."""
