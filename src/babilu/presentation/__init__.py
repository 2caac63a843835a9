"""What every user interface shows, before it is drawn: state over `api` alone, and the catalogues of sentences."""
