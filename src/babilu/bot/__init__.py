"""Bots: handlers for messages and commands, over the client's protocol alone, and a stage to rehearse them on."""
