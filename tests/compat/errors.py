"""Typical mistakes: the SQLSTATE and the native code of each."""


def statement_errors(session):
    session.table("compat_error", "id integer PRIMARY KEY, v varchar(3) NOT NULL, n smallint")
    session.must("INSERT INTO compat_error VALUES (1, 'a', 1)")
    texts = {
        "syntax": "SELEC 1", "unknown_table": "SELECT * FROM compat_nothing",
        "unknown_column": "SELECT nothing FROM compat_error", "unknown_function": "SELECT nothing(1)",
        "duplicate_key": "INSERT INTO compat_error VALUES (1, 'b', 1)",
        "not_null": "INSERT INTO compat_error VALUES (2, NULL, 1)",
        "too_long": "INSERT INTO compat_error VALUES (3, 'abcd', 1)",
        "out_of_range": "INSERT INTO compat_error VALUES (4, 'a', 70000)",
        "bad_number": "INSERT INTO compat_error VALUES (5, 'a', 'x')",
        "division_by_zero": "SELECT 1 / 0", "table_exists": "CREATE TABLE compat_error (id integer)",
        "drop_nothing": "DROP TABLE compat_nothing", "empty": "", "blank": "  ",
        "comment": "-- nothing\n", "unbalanced": "SELECT (1", "unclosed_quote": "SELECT 'a",
        "column_count": "INSERT INTO compat_error VALUES (1)", "ambiguous":
        "SELECT id FROM compat_error a, compat_error b", "no_database_object":
        "SELECT * FROM nothing.compat_error", "missing_parameter": "SELECT ?",
        "bad_cast": session.sql("SELECT CAST('x' AS integer)", "SELECT CAST('x' AS signed)"),
        "bad_date": session.sql("SELECT date '2024-13-01'", "SELECT date'2024-13-01'"),
        "subquery_rows": "SELECT (SELECT 1 UNION SELECT 2)",
    }
    for name, sql in texts.items():
        statement = session.statement()
        session.note(name, statement.run(sql))
        session.note(f"{name}.count", statement.row_count())
        session.note(f"{name}.after", statement.run("SELECT 1"))
        statement.free()
        prepared = session.statement()
        session.note(f"{name}.prepare_execute", f"{prepared.prepare(sql)}, {prepared.execute()}")
        prepared.free()


def foreign_keys(session):
    for table in ("compat_fk_child", "compat_fk_parent"):
        session.must(f"DROP TABLE IF EXISTS {table}")
    session.must("CREATE TABLE compat_fk_parent (id integer PRIMARY KEY)")
    session.must("CREATE TABLE compat_fk_child (id integer, CHECK (id < 100),"
                 " FOREIGN KEY (id) REFERENCES compat_fk_parent (id))")
    session.must("INSERT INTO compat_fk_parent VALUES (1)")
    session.must("INSERT INTO compat_fk_child VALUES (1)")
    for name, sql in {"no_parent": "INSERT INTO compat_fk_child VALUES (2)",
                      "has_child": "DELETE FROM compat_fk_parent", "drop_parent": "DROP TABLE compat_fk_parent",
                      "check": "INSERT INTO compat_fk_child VALUES (100)"}.items():
        statement = session.statement()
        session.note(name, statement.run(sql))
        statement.free()
    session.must("DROP TABLE compat_fk_child")
    session.must("DROP TABLE compat_fk_parent")


def in_transaction(session):
    """An error in a transaction undoes its statement only."""
    session.table("compat_error", "id integer PRIMARY KEY")
    session.note("off", session.connection.set(102, 0))
    statement = session.statement()
    session.note("first", statement.run("INSERT INTO compat_error VALUES (1)"))
    session.note("duplicate", statement.run("INSERT INTO compat_error VALUES (1)"))
    session.note("second", statement.run("INSERT INTO compat_error VALUES (2)"))
    session.note("syntax", statement.run("SELEC"))
    session.note("count", statement.run("SELECT count(*) FROM compat_error"))
    session.note("rows", statement.rows())
    session.note("close", statement.close())
    session.note("commit", session.connection.end(True))
    session.note("on", session.connection.set(102, 1))
    session.note("count.after", statement.run("SELECT count(*) FROM compat_error"))
    session.note("rows.after", statement.rows())
    statement.free()


def conflicts(session):
    """Serialization failures and deadlocks between two connections."""
    session.table("compat_error", "id integer PRIMARY KEY, v integer")
    session.must("INSERT INTO compat_error VALUES (1, 0), (2, 0)")
    other = type(session.connection)(session.text)
    other.open()
    for connection in (session.connection, other):
        connection.set(102, 0)
        connection.set(108, 8)
    first, second = session.statement(), other.statement()
    session.note("read", first.run("SELECT v FROM compat_error WHERE id = 1"))
    session.note("read.rows", first.rows())
    first.close()
    if session.is_postgres:
        session.note("other", second.run("UPDATE compat_error SET v = 1 WHERE id = 1"))
        session.note("other.commit", other.end(True))
        session.note("conflict", first.run("UPDATE compat_error SET v = 2 WHERE id = 1"))
        session.note("conflict.next", first.run("SELECT 1"))
    session.note("rollback", session.connection.end(False))
    first.free()
    second.free()
    other.end(False)
    other.close()


SEQUENCES = {"errors": statement_errors, "foreign_keys": foreign_keys,
             "in_transaction": in_transaction, "conflicts": conflicts}
