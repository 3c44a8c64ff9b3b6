"""What the two databases do differently, as facts: the tests themselves are the same for both."""

import datetime
import decimal
import os
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ServerError:
    """A statement that fails; {t} is a table with an integer key `id` that has a row 1."""

    statement: str
    sqlstate: str
    native_code: int
    message: str


@dataclass(frozen=True)
class TypeCase:
    """A column type, a value, and what pyodbc's description says about the column.

    pyodbc describes octets as bytearray and returns them as bytes.
    """

    column_type: str
    value: object
    python_type: type
    size: int = None  # None: not checked
    scale: int = None
    parameter: object = None  # where pyodbc cannot pass the value itself


@dataclass(frozen=True)
class Database:
    name: str
    dbms_names: tuple  # as SQLGetInfo may tell it
    message_prefix: str  # of the server's messages
    quote: str
    text_type: str
    short_text_type: str
    bytes_type: str
    timestamp_type: str
    sleep: str  # {0}: seconds
    numbers: str  # the numbers from 1 to {0}, in a column called n
    errors: dict = field(default_factory=dict)
    types: tuple = ()
    # Statements that make a routine called {r}, which answers one row: the sum of its arguments.
    create_routine: str = ""
    drop_routine: str = ""
    isolation_query: str = ""
    isolation_names: dict = field(default_factory=dict)


_DATE = datetime.date(2024, 2, 29)
_TIME = datetime.time(23, 59, 58)
_MOMENT = datetime.datetime(1999, 12, 31, 23, 59, 59, 123456)
_UUID = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
_AMOUNT = decimal.Decimal("-123456789012345.67891")
_OCTETS = bytes(range(256))

POSTGRES = Database(
    name="pg",
    dbms_names=("PostgreSQL",),
    message_prefix="[PostgreSQL]",
    quote='"',
    text_type="text",
    short_text_type="varchar(40)",
    bytes_type="bytea",
    timestamp_type="timestamp",
    sleep="SELECT pg_sleep({0})",
    numbers="SELECT n FROM generate_series(1, {0}) AS n",
    errors={
        "syntax": ServerError("SELEC 1", "42601", 1, 'syntax error at or near "SELEC"'),
        "unique": ServerError("INSERT INTO {t} (id) VALUES (1)", "23505", 1, "duplicate key"),
        "bad value": ServerError("SELECT id / 0 FROM {t}", "22012", 1, "division by zero"),
        "missing table": ServerError("SELECT * FROM no_such_table", "42P01", 1, "no_such_table"),
        "bad text": ServerError("SELECT CAST('abc' AS integer)", "22P02", 1, "abc"),
    },
    types=(
        TypeCase("boolean", True, bool),
        TypeCase("smallint", -32768, int, 5),
        TypeCase("integer", -2147483648, int, 10),
        TypeCase("bigint", 2**63 - 1, int, 19),
        TypeCase("real", 1.5, float),
        TypeCase("double precision", 0.1, float),
        TypeCase("numeric(20,5)", _AMOUNT, decimal.Decimal, 20, 5),
        TypeCase("date", _DATE, datetime.date, 10),
        TypeCase("time(0)", _TIME, datetime.time, 8),
        TypeCase("timestamp", _MOMENT, datetime.datetime, 26, 6),
        TypeCase("uuid", _UUID, uuid.UUID, 36),
        TypeCase("bytea", _OCTETS, bytearray),
        TypeCase("text", "a\u00e4\u4e2d\U0001f600", str),
        TypeCase("varchar(10)", "\U0001f600" * 10, str, 10),
        TypeCase("char(5)", "ab   ", str, 5),
        TypeCase("json", '{"a": 1}', str),
    ),
    create_routine=(
        "CREATE FUNCTION {r}(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b'"
    ),
    drop_routine="DROP FUNCTION {r}",
    isolation_query="SHOW transaction_isolation",
    isolation_names={2: "read committed", 8: "serializable"},
)

MYSQL = Database(
    name="mysql",
    dbms_names=("MySQL", "MariaDB"),
    message_prefix="[MySQL]",
    quote="`",
    text_type="longtext CHARACTER SET utf8mb4",
    short_text_type="varchar(40) CHARACTER SET utf8mb4",
    bytes_type="longblob",
    timestamp_type="datetime(6)",
    sleep="SELECT SLEEP({0})",
    numbers="SELECT seq AS n FROM seq_1_to_{0}",
    errors={
        "syntax": ServerError("SELEC 1", "42000", 1064, "SQL syntax"),
        "unique": ServerError("INSERT INTO {t} (id) VALUES (1)", "23000", 1062, "Duplicate entry"),
        "bad value": ServerError("UPDATE {t} SET id = 1 / 0", "22012", 1365, "Division by 0"),
        "missing table": ServerError("SELECT * FROM no_such_table", "42S02", 1146, "no_such_table"),
        "bad text": ServerError("INSERT INTO {t} (id) VALUES ('abc')", "22007", 1366, "abc"),
    },
    types=(
        TypeCase("bit(1)", True, bool),
        TypeCase("boolean", 1, int, 3),
        TypeCase("smallint", -32768, int, 5),
        TypeCase("int", -2147483648, int, 10),
        TypeCase("int unsigned", 2**31 - 1, int, 10),
        TypeCase("bigint", 2**63 - 1, int, 20),  # as Connector/ODBC tells them
        TypeCase("bigint unsigned", 2**63, int, 19, parameter=str(2**63)),
        TypeCase("float", 1.5, float),
        TypeCase("double", 0.1, float),
        TypeCase("decimal(20,5)", _AMOUNT, decimal.Decimal, 20, 5),
        TypeCase("date", _DATE, datetime.date, 10),
        TypeCase("time", _TIME, datetime.time, 8),
        TypeCase("datetime(6)", _MOMENT, datetime.datetime, 26, 6),
        TypeCase("longblob", _OCTETS, bytearray),
        TypeCase("varbinary(300)", _OCTETS, bytearray, 300),
        TypeCase("longtext CHARACTER SET utf8mb4", "a\u00e4\u4e2d\U0001f600", str),
        TypeCase("varchar(10) CHARACTER SET utf8mb4", "\U0001f600" * 10, str, 10),
        TypeCase("char(5)", "ab", str, 5),
        TypeCase("enum('one','two')", "two", str),
    ),
    create_routine="CREATE PROCEDURE {r}(a INT, b INT) SELECT a + b",
    drop_routine="DROP PROCEDURE {r}",
    isolation_query="SELECT @@tx_isolation",
    isolation_names={2: "READ-COMMITTED", 8: "SERIALIZABLE"},
)

DATABASES = {d.name: d for d in (POSTGRES, MYSQL)}


def chosen():
    """The database that the environment names."""
    return DATABASES[os.environ["SLUICE_DSN"]]
