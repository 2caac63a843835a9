"""The desktop client: Qt widgets over `babilu.api` and nothing else; one module, `bridge`, knows of threads."""
