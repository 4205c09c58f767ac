"""Reporting over HTTP: `api` for machines, `pages` for people."""
