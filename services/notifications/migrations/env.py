"""Alembic's entry: the history of this service's tables."""

import services.notifications.deliveries.delivery
import services.notifications.facts.projection  # noqa: F401  importing declares the tables
from services.notifications.facts.base import Table
from shared.database.migrations import run_env

run_env(Table.metadata)
