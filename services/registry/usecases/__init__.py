"""What can be done in the registry: an intention a file, each a function that runs in its caller's transaction.

Each takes a command, who wants it (`actor`) and the `clock`; it locks what it changes, applies the rules of the models
and records what happened. It does not commit: the caller does, when everything that belongs together is done.
"""
