"""Letters about a registration: `table.py` says who is told what, `case.py` what it is decided from."""
