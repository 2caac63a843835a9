"""Stand-ins for our own protocols, shared by the tests of everything that is built on them."""
