"""Alembic's entry: the history of the tables that every service has."""

from shared.database import shared_tables
from shared.database.migrations import run_env

run_env(shared_tables)
