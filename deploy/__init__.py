"""Running Registan: on this machine, and on many."""
