"""Widgets: each shows what a model holds and asks the desk for changes; none knows of threads or of the network."""
