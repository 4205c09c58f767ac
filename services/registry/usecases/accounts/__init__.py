"""Accounts, tokens, links and sessions of those who work here."""
