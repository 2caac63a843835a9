"""Names of emoji, made by tools/emoji_names.py from Unicode's annotations."""
