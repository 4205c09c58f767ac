"""Lists that people send: read, examined, accepted."""
