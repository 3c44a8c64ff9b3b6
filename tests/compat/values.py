"""Columns of every type: how they are described, and every value as every C type."""

from odbc import C_TYPES

# name: (type, values). Values are literals; NULL is always read too.
POSTGRES = {
    "bool": ("boolean", ["true", "false"]),
    "int2": ("smallint", ["1", "-32768", "32767"]),
    "int4": ("integer", ["1", "300", "-2147483648", "2147483647"]),
    "int8": ("bigint", ["1", "-9223372036854775808", "9223372036854775807", "9007199254740993"]),
    "float4": ("real", ["1.5", "0.1", "-3e38", "'NaN'", "'Infinity'"]),
    "float8": ("double precision", ["1.5", "0.1", "1e300", "'NaN'", "'-Infinity'"]),
    "numeric": ("numeric(10,3)", ["1", "-1234567.125", "0.001"]),
    "numeric_any": ("numeric", ["1.50", "12345678901234567890123456789012345678", "'NaN'"]),
    "money": ("money", ["1234.5"]),
    "char": ("char(6)", ["'abc'", "'gr\u00fc\u00df'", "'1'"]),
    "varchar": ("varchar(40)", ["'abc'", "''", "'42'", "'1.5'", "'2024-02-29'", "'12:34:56'",
                                "'2024-02-29 12:34:56.5'", "'\U0001f600x'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"]),
    "text": ("text", ["'abc'", "'99999999999'", "' 7 '"]),
    "bytea": ("bytea", ["'\\x0041ff'", "'\\x'"]),
    "date": ("date", ["'2024-02-29'", "'0044-03-15 BC'", "'10000-01-01'", "'infinity'"]),
    "time": ("time", ["'12:34:56'", "'23:59:59.123456'", "'24:00:00'"]),
    "timetz": ("timetz", ["'12:34:56+02'"]),
    "timestamp": ("timestamp", ["'2024-02-29 12:34:56'", "'2024-02-29 12:34:56.123456'",
                                "'2024-02-29'", "'infinity'", "'-infinity'"]),
    "timestamp0": ("timestamp(0)", ["'2024-02-29 12:34:56'"]),
    "timestamptz": ("timestamptz", ["'2024-02-29 12:34:56.5+00'"]),
    "interval": ("interval", ["'1 year 2 months'", "'3 days'", "'3 days 04:05:06.7'", "'04:05:06'",
                              "'-1 day'"]),
    "uuid": ("uuid", ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"]),
    "json": ("json", ["'{\"a\": 1}'"]),
    "jsonb": ("jsonb", ["'[1, 2]'"]),
    "xml": ("xml", ["'<a/>'"]),
    "bit1": ("bit(1)", ["B'1'"]),
    "bit8": ("bit(8)", ["B'10100101'"]),
    "inet": ("inet", ["'10.0.0.1'"]),
    "array": ("integer[]", ["'{1,2,NULL}'"]),
    "name": ("name", ["'pg'"]),
    "oid": ("oid", ["4294967295"]),
}
MYSQL = {
    "bit1": ("bit(1)", ["b'1'", "b'0'"]),
    "bit8": ("bit(8)", ["b'00110001'", "b'10100101'"]),
    "bool": ("boolean", ["true", "false"]),
    "tinyint": ("tinyint", ["1", "-128", "127"]),
    "tinyint_unsigned": ("tinyint unsigned", ["255"]),
    "smallint": ("smallint", ["1", "-32768"]),
    "smallint_unsigned": ("smallint unsigned", ["65535"]),
    "mediumint": ("mediumint", ["-8388608"]),
    "int": ("int", ["1", "300", "-2147483648", "2147483647"]),
    "int_unsigned": ("int unsigned", ["4294967295"]),
    "bigint": ("bigint", ["1", "-9223372036854775808", "9223372036854775807", "9007199254740993"]),
    "bigint_unsigned": ("bigint unsigned", ["18446744073709551615"]),
    "year": ("year", ["2024"]),
    "float": ("float", ["1.5", "0.1", "-3e38", "16777217"]),
    "double": ("double", ["1.5", "0.1", "1e300"]),
    "decimal": ("decimal(10,3)", ["1", "-1234567.125", "0.001"]),
    "decimal_long": ("decimal(38,0)", ["12345678901234567890123456789012345678"]),
    "char": ("char(6)", ["'abc'", "'gr\u00fc\u00df'", "'1'"]),
    "varchar": ("varchar(40)", ["'abc'", "''", "'42'", "'1.5'", "'2024-02-29'", "'12:34:56'",
                                "'2024-02-29 12:34:56.5'", "'\U0001f600x'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"]),
    "text": ("text", ["'abc'", "'99999999999'", "' 7 '"]),
    "longtext": ("longtext", ["'abc'"]),
    "binary": ("binary(4)", ["x'0041ff'"]),
    "varbinary": ("varbinary(10)", ["x'0041ff'", "x''", "'42'"]),
    "blob": ("blob", ["x'0041ff'"]),
    "date": ("date", ["'2024-02-29'", "'9999-12-31'", "'0000-00-00'", "'2024-00-00'"]),
    "time": ("time", ["'12:34:56'", "'-01:00:00'", "'100:00:00'"]),
    "time6": ("time(6)", ["'12:34:56.123456'"]),
    "datetime": ("datetime", ["'2024-02-29 12:34:56'", "'2024-02-29'", "'0000-00-00 00:00:00'"]),
    "datetime6": ("datetime(6)", ["'2024-02-29 12:34:56.123456'"]),
    "timestamp": ("timestamp", ["'2024-02-29 12:34:56'"]),
    "enum": ("enum('sad','happy')", ["'happy'"]),
    "set": ("set('a','b','c')", ["'a,c'"]),
    "json": ("json", ["'[1, 2]'"]),
    "uuid": ("uuid", ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"]),
    "inet6": ("inet6", ["'2001:db8::1'"]),
}

# SQLColAttribute's fields, and whether they are text.
ATTRIBUTES = {
    "AUTO_UNIQUE_VALUE": (11, False), "BASE_COLUMN_NAME": (22, True), "BASE_TABLE_NAME": (23, True),
    "CASE_SENSITIVE": (12, False), "CATALOG_NAME": (17, True), "CONCISE_TYPE": (2, False),
    "DISPLAY_SIZE": (6, False), "FIXED_PREC_SCALE": (9, False), "LABEL": (18, True),
    "LENGTH": (1003, False), "LITERAL_PREFIX": (27, True), "LITERAL_SUFFIX": (28, True),
    "LOCAL_TYPE_NAME": (29, True), "NAME": (1011, True), "NULLABLE": (1008, False),
    "NUM_PREC_RADIX": (32, False), "OCTET_LENGTH": (1013, False), "PRECISION": (1005, False),
    "SCALE": (1006, False), "SCHEMA_NAME": (16, True), "SEARCHABLE": (13, False),
    "TABLE_NAME": (15, True), "TYPE": (1002, False), "TYPE_NAME": (14, True), "UNNAMED": (1012, False),
    "UNSIGNED": (8, False), "UPDATABLE": (10, False),
    "COLUMN_LENGTH": (3, False), "COLUMN_PRECISION": (4, False), "COLUMN_SCALE": (5, False),
}


def types_of(session):
    return POSTGRES if session.is_postgres else MYSQL


def make(session, name):
    kind, literals = types_of(session)[name]
    if not session.is_postgres:
        session.must("SET SESSION sql_mode = ''")  # which lets zero dates in
    session.table("compat_value", f"id integer PRIMARY KEY, v {kind}")
    rows = ", ".join(f"({i}, {literal})" for i, literal in enumerate(literals + ["NULL"]))
    session.must(f"INSERT INTO compat_value VALUES {rows}")


def describe(session):
    for name in types_of(session):
        make(session, name)
        statement = session.statement()
        statement.run("SELECT v, id FROM compat_value")
        session.note(f"{name}.describe", statement.describe(1))
        for attribute, (field, is_text) in ATTRIBUTES.items():
            session.note(f"{name}.{attribute}", statement.attribute(1, field, is_text))
        statement.free()


def get_data(session):
    for name, (_, literals) in types_of(session).items():
        make(session, name)
        for c_type in C_TYPES:
            statement = session.statement()
            statement.run("SELECT v FROM compat_value ORDER BY id")
            for literal in literals + ["NULL"]:
                fetched = statement.fetch()
                cell = statement.data(1, c_type) if statement.succeeded else fetched
                session.note(f"{name}.{literal}.{c_type}", cell)
            statement.free()


def expressions(session):
    """Columns that belong to no table."""
    texts = {
        "int": "SELECT 1", "text": "SELECT 'abc'", "null": "SELECT NULL", "sum": "SELECT 1 + 1.5",
        "count": "SELECT count(*) FROM compat_value", "now": "SELECT current_date = current_date",
        "cast": session.sql("SELECT CAST('1' AS integer)", "SELECT CAST('1' AS signed)"),
        "concat": session.sql("SELECT 'a' || 'b'", "SELECT concat('a', 'b')"),
        "decimal": "SELECT CAST(1.5 AS decimal(5,2))", "case": "SELECT CASE WHEN 1 = 1 THEN 'x' END",
        "sum_of": "SELECT sum(v) AS total FROM compat_value", "avg": "SELECT avg(v) FROM compat_value",
        "max": "SELECT max(v) FROM compat_value", "length": "SELECT char_length('abc')",
    }
    session.table("compat_value", "v integer")
    session.must("INSERT INTO compat_value VALUES (1), (2)")
    for name, sql in texts.items():
        statement = session.statement()
        session.note(f"{name}.run", statement.run(sql))
        session.note(f"{name}.describe", statement.describe(1))
        statement.fetch()
        session.note(f"{name}.value", statement.data(1, "CHAR"))
        statement.free()


def parts(session):
    """SQLGetData in parts, with every kind of buffer."""
    text = "a\u00fc\u20ac\U0001f600" + "z" * 20
    sql = session.sql(f"SELECT '{text}'::text, '\\x00ff10'::bytea, 12345, 'second'::text",
                      f"SELECT '{text}', x'00ff10', 12345, 'second'")
    for c_type, sizes in {"CHAR": (1, 2, 5, 64), "WCHAR": (2, 3, 4, 7, 64), "BINARY": (1, 4, 64)}.items():
        for size in sizes:
            for column in (1, 2, 3):
                statement = session.statement()
                statement.run(sql)
                statement.fetch()
                for part in range(4):
                    session.note(f"{c_type}.{size}.column{column}.part{part}",
                                 statement.data(column, c_type, size))
                statement.free()
    statement = session.statement()
    statement.run(sql)
    statement.fetch()
    session.note("length_only", statement.data(1, "CHAR", 0))
    session.note("length_only.again", statement.data(1, "CHAR", 0))
    session.note("then_some", statement.data(1, "CHAR", 4))
    session.note("then_wide", statement.data(1, "WCHAR", 8))
    session.note("other_column", statement.data(4, "CHAR", 64))
    session.note("back", statement.data(1, "CHAR", 4))
    session.note("number", statement.data(3, "SLONG"))
    session.note("number.again", statement.data(3, "SLONG"))
    session.note("number.as_text", statement.data(3, "CHAR"))
    session.note("column0", statement.data(0, "CHAR"))
    session.note("column5", statement.data(5, "CHAR"))
    session.note("end", statement.fetch())
    session.note("after_end", statement.data(1, "CHAR"))
    statement.free()


SEQUENCES = {"describe": describe, "get_data": get_data, "expressions": expressions, "parts": parts}
