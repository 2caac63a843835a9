"""Dialogs over the main screen, a module for each thing that they are about."""
