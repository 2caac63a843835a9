"""The client's encrypted database: profile files, schema and migrations, and one class for each aggregate."""
