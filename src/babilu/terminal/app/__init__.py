"""The full-screen terminal client: what it knows is plain Python, what it shows is Textual."""
