"""Catalogue functions: the result's columns, and the rows of tables made for the purpose."""

from ctypes import byref, c_short, c_ushort

import odbc

TABLES = ("compat_cat_child", "compat_cat_parent", "compat_cat_view")


def make(session):
    session.must("DROP VIEW IF EXISTS compat_cat_view")
    for table in ("compat_cat_child", "compat_cat_parent"):
        session.must(f"DROP TABLE IF EXISTS {table}")
    serial = session.sql("serial", "integer AUTO_INCREMENT")
    session.must(f"CREATE TABLE compat_cat_parent (id {serial} PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x',"
                 " price numeric(10,2), born date, changed timestamp NULL, body text, UNIQUE (name))")
    session.must("CREATE TABLE compat_cat_child (a integer NOT NULL, b integer NOT NULL, parent integer,"
                 " PRIMARY KEY (b, a), CONSTRAINT compat_cat_fk FOREIGN KEY (parent) REFERENCES compat_cat_parent (id)"
                 " ON DELETE CASCADE)")
    session.must("CREATE INDEX compat_cat_index ON compat_cat_child (parent, a)")
    session.must("CREATE VIEW compat_cat_view AS SELECT id, name FROM compat_cat_parent")


def text(value):
    return (None, c_short(0)) if value is None else (odbc.wide(value), c_short(odbc.NTS))


# Of each result: the columns of the reference, behind which drivers may have others; and the columns that
# tell a row from the others, because drivers order rows differently and have more or fewer of them.
RESULTS = {"SQLTablesW": (5, (4, 3)), "SQLColumnsW": (18, (4,)), "SQLPrimaryKeysW": (6, (4,)),
           "SQLForeignKeysW": (14, (8,)), "SQLStatisticsW": (13, (6, 8)), "SQLSpecialColumnsW": (8, (2,)),
           "SQLTablePrivilegesW": (7, (6,)), "SQLColumnPrivilegesW": (8, (7,)),
           "SQLProceduresW": (8, (3,)), "SQLProcedureColumnsW": (19, (4,))}


def columns_of(session, key, statement, standard):
    for column in range(1, min(statement.column_count(), standard) + 1):
        session.note(f"{key}.column{column}", statement.describe(column))


def rows_of(session, key, statement, standard, keys, hidden):
    seen = {}
    for _ in range(60):
        fetched = statement.fetch()
        if not statement.succeeded:
            session.note(f"{key}.end", fetched)
            return
        cells = {column: statement.data(column, "WCHAR", 600) for column in range(1, standard + 1)}
        name = "/".join(cells[column].split("'")[1] if "'" in cells[column] else "-" for column in keys)
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name += f"#{seen[name]}"
        for column, cell in cells.items():
            if column not in hidden:
                session.note(f"{key}.{name}.{column}", cell)


def catalogue(session, key, function, *arguments, rows=True, hidden=(), columns=False):
    """`hidden`: columns whose values differ from server to server (grantors, cardinalities)."""
    statement = session.statement()
    session.note(key, statement.call(function, *arguments))
    if statement.succeeded:
        standard, keys = RESULTS[function]
        session.note(f"{key}.columns", statement.columns())
        if columns:
            columns_of(session, key, statement, standard)
        if rows:
            rows_of(session, key, statement, standard, keys, hidden)
    statement.free()


def tables(session):
    make(session)
    none = text(None)
    for name, pattern, kind in (("parent", "compat_cat_parent", None), ("view", "compat_cat_view", "VIEW"),
                                ("all", "compat\\_cat\\_%", "TABLE,VIEW"), ("quoted", "compat_cat_view", "'VIEW'"),
                                ("nothing", "compat_cat_nothing", None), ("no_type", "compat_cat_parent", "VIEW")):
        catalogue(session, name, "SQLTablesW", *none, *none, *text(pattern), *text(kind),
                  columns=name == "parent")
    catalogue(session, "types", "SQLTablesW", *text(""), *text(""), *text(""), *text("%"))
    catalogue(session, "catalogs", "SQLTablesW", *text("%"), *text(""), *text(""), *none, rows=False)
    catalogue(session, "schemas", "SQLTablesW", *text(""), *text("%"), *text(""), *none, rows=False)


def columns(session):
    make(session)
    none = text(None)
    for name, table, column in (("parent", "compat_cat_parent", None), ("view", "compat_cat_view", "%"),
                                ("one", "compat\\_cat\\_parent", "na%"), ("nothing", "compat_cat_parent", "nothing")):
        catalogue(session, name, "SQLColumnsW", *none, *none, *text(table), *text(column),
                  columns=name == "parent")


def keys(session):
    make(session)
    none = text(None)
    catalogue(session, "primary", "SQLPrimaryKeysW", *none, *none, *text("compat_cat_child"), columns=True)
    catalogue(session, "primary.none", "SQLPrimaryKeysW", *none, *none, *text("compat_cat_view"))
    catalogue(session, "primary.null", "SQLPrimaryKeysW", *none, *none, *none)
    catalogue(session, "imported", "SQLForeignKeysW", *none, *none, *none, *none, *none, *text("compat_cat_child"),
              columns=True)
    catalogue(session, "exported", "SQLForeignKeysW", *none, *none, *text("compat_cat_parent"), *none, *none, *none)
    catalogue(session, "both", "SQLForeignKeysW", *none, *none, *text("compat_cat_parent"), *none, *none,
              *text("compat_cat_child"))
    catalogue(session, "neither", "SQLForeignKeysW", *none, *none, *none, *none, *none, *none)


def statistics(session):
    make(session)
    none = text(None)
    for name, unique in (("all", 1), ("unique", 0)):
        for table in ("compat_cat_parent", "compat_cat_child"):
            catalogue(session, f"{name}.{table}", "SQLStatisticsW", *none, *none, *text(table), c_ushort(unique),
                      c_ushort(0), hidden=(11, 12), columns=name == "all" and table == "compat_cat_parent")
    for name, kind in (("best", 1), ("version", 2)):
        catalogue(session, f"special.{name}", "SQLSpecialColumnsW", c_ushort(kind), *none, *none,
                  *text("compat_cat_parent"), c_ushort(0), c_ushort(1), columns=name == "best")
    catalogue(session, "privileges", "SQLTablePrivilegesW", *none, *none, *text("compat_cat_parent"), hidden=(4, 5),
              columns=True)
    catalogue(session, "column_privileges", "SQLColumnPrivilegesW", *none, *none, *text("compat_cat_parent"),
              *text("id"), hidden=(5, 6), columns=True)


def procedures(session):
    none = text(None)
    session.must("DROP FUNCTION IF EXISTS compat_function")
    session.must(session.sql(
        "CREATE FUNCTION compat_function(a integer, b varchar) RETURNS integer LANGUAGE sql AS 'SELECT a + 1'",
        "CREATE FUNCTION compat_function(a integer, b varchar(10)) RETURNS integer DETERMINISTIC RETURN a + 1"))
    catalogue(session, "procedures", "SQLProceduresW", *none, *none, *text("compat\\_function"), columns=True)
    catalogue(session, "columns", "SQLProcedureColumnsW", *none, *none, *text("compat\\_function"), *none,
              columns=True)
    session.must("DROP FUNCTION compat_function")


def type_info(session):
    """The types by name: their order differs."""
    statement = session.statement()
    session.note("all", statement.call("SQLGetTypeInfoW", c_short(0)))
    columns_of(session, "all", statement, 19)
    statement.free()
    for kind in (-11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 12, 91, 92, 93, 110, 9999):
        statement = session.statement()
        session.note(f"type{kind}", statement.call("SQLGetTypeInfoW", c_short(kind)))
        count = 0
        while statement.succeeded:
            statement.fetch()
            if not statement.succeeded:
                break
            if count == 0:
                session.note(f"type{kind}.first", statement.row())
            count += 1
        session.note(f"type{kind}.found", count > 0)
        statement.free()


SEQUENCES = {"tables": tables, "columns": columns, "keys": keys, "statistics": statistics,
             "routines": procedures, "type_info": type_info}
