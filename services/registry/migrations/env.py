"""Alembic's entry: the history of the registry's own tables."""

from services.registry.models import Table
from shared.database.migrations import run_env

run_env(Table.metadata)
