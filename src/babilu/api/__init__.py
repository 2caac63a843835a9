"""All that a user interface, a bot or a script sees of Babilu: commands in, views and events out, by one small protocol."""
