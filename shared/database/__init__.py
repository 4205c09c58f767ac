"""PostgreSQL as every service uses it: one engine, one kind of transaction, one way to migrate."""

from shared.database.connection import Database, Session, is_temporary
from shared.database.tables import given, shared_tables, table_model, table_of

__all__ = ["Database", "Session", "given", "is_temporary", "shared_tables", "table_model", "table_of"]
