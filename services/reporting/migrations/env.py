"""Alembic's entry: the history of reporting's own tables."""

from services.reporting.facts.tables import metadata
from shared.database.migrations import run_env

run_env(metadata)
