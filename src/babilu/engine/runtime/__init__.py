"""What every part of a client runs on: event bus, loop, threads, views, presence, supplies of prekeys."""
