"""The ways a letter leaves the house. There is one, SMTP; a second one keeps the promises of `channel.py`."""
