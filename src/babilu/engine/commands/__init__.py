"""Commands of user interfaces, each carried out in its order, and the queries that only read."""
