"""The SQL of a question, to be read by people: laid out, with its values in place, ready to be given to psql."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import postgresql
from sqlglot import exp, parse_one

from services.reporting.figures.answering import statement_of
from services.reporting.figures.question import Question

_WIDTH = 110


def sql_of(question: Question) -> str:
    """The statement that counts what the question asks."""
    return laid_out(statement_of([question]), question.values)


def laid_out(statement: Select[Any], values: Mapping[str, object]) -> str:

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    text = str(statement.params(**values).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    tree = parse_one(text, read="postgres")
    for alias in list(tree.find_all(exp.Alias)):
        if isinstance(alias.this, exp.Column) and alias.this.name == alias.alias:
            alias.replace(alias.this)  # `a.id AS id` says nothing more than `a.id`
    return tree.sql(dialect="postgres", pretty=True, max_text_width=_WIDTH) + "\n"
