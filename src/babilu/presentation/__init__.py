"""What every user interface shows, before it is drawn: state without a toolkit and without words, over `api` alone."""
