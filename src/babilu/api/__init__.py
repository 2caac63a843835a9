"""What user interfaces, bots and scripts see of Babilu: commands in, views and events out, by one small protocol."""
