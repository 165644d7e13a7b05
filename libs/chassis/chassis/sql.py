"""SQLAlchemy Core composes, asyncpg executes: a statement is compiled once per shape."""

from typing import Any, Final

from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.expression import ClauseElement

_DIALECT: Final[Any] = dialect()  # type: ignore[no-untyped-call]
_COMPILED: Final[dict[Any, tuple[str, Any]]] = {}

Statement = str | ClauseElement


def rendered(statement: Statement, args: tuple[object, ...]) -> tuple[str, tuple[object, ...]]:
    """Text with $1, $2 ... and its values in order. Lists go in as arrays (`= any_(...)`), never as IN."""
    if isinstance(statement, str):
        return statement, args
    # SQLAlchemy's own engine caches by this key too; there is no public name for it.
    shape: Any = statement._generate_cache_key()  # noqa: SLF001
    if shape is None:
        raise ValueError("this statement has no stable shape: write it as SQL")
    known = _COMPILED.get(shape.key)
    if known is None:
        compiled = _DIALECT.statement_compiler(_DIALECT, statement, cache_key=shape)
        known = _COMPILED[shape.key] = (str(compiled), compiled)
        if "POSTCOMPILE" in known[0]:
            raise ValueError("IN changes the statement with its length: use any_() with an array")
    text, compiled = known
    values = compiled.construct_params(extracted_parameters=shape.bindparams)
    return text, tuple(values[name] for name in compiled.positiontup or ())
