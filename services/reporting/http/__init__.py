"""Reporting over HTTP: `api` for machines, `pages` for people."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
