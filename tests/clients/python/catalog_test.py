"""The catalogue functions describe what was created."""

import unittest

import pyodbc

from client_case import ClientCase


class Catalog(ClientCase):
    def setUp(self):
        super().setUp()
        self.parent = self.create_table("id integer NOT NULL PRIMARY KEY")
        self.table = self.create_table(
            "b integer NOT NULL, a integer NOT NULL, note varchar(20), price numeric(10,2),"
            f" parent integer REFERENCES {self.parent}, PRIMARY KEY (a, b)"
            if self.database.name == "pg" else
            "b integer NOT NULL, a integer NOT NULL, note varchar(20), price numeric(10,2),"
            f" parent integer, FOREIGN KEY (parent) REFERENCES {self.parent}(id), PRIMARY KEY (a, b)")
        self.cursor.execute(f"CREATE UNIQUE INDEX {self.table}_note ON {self.table} (note)")

    def test_tables(self):
        rows = self.cursor.tables(table=self.table).fetchall()
        self.assertEqual([(row.table_name, row.table_type) for row in rows],
                         [(self.table, "TABLE")])
        self.assertEqual([c[0].lower() for c in self.cursor.description],
                         ["table_cat", "table_schem", "table_name", "table_type", "remarks"])

    def test_tables_by_pattern_and_type(self):
        pattern = self.table.replace("_", "\\_") + "%"
        names = [r.table_name for r in self.cursor.tables(table=pattern, tableType="TABLE,VIEW")]
        self.assertEqual(names, [self.table])
        self.assertEqual(self.cursor.tables(table=pattern, tableType="VIEW").fetchall(), [])

    def test_tables_of_a_catalogue_and_a_schema(self):
        row = self.cursor.tables(table=self.table).fetchone()
        where = {"catalog": row.table_cat, "schema": row.table_schem}
        rows = self.cursor.tables(table=self.table, **where).fetchall()
        self.assertEqual([row.table_name for row in rows], [self.table])
        nowhere = {"catalog" if row.table_schem is None else "schema": "no_such_place"}
        self.assertEqual(self.cursor.tables(table=self.table, **nowhere).fetchall(), [])

    def test_enumerations(self):
        types = [row.table_type for row in
                 self.cursor.tables(table="", catalog="", schema="", tableType="%")]
        self.assertIn("TABLE", types)
        self.assertIn("VIEW", types)
        catalogs = [row.table_cat for row in self.cursor.tables(table="", catalog="%", schema="")]
        self.assertIn("sluice", catalogs)
        schemas = [row.table_schem for row in self.cursor.tables(table="", catalog="", schema="%")]
        if self.database.name == "pg":
            self.assertIn("public", schemas)

    def test_views_are_told_from_tables(self):
        view = self.new_name("v")
        self.cursor.execute(f"CREATE VIEW {view} AS SELECT 1 AS one")
        self.drop_at_end(f"DROP VIEW {view}")
        self.assertEqual(self.cursor.tables(table=view).fetchone().table_type, "VIEW")

    def test_columns(self):
        rows = self.cursor.columns(table=self.table).fetchall()
        self.assertEqual([row.column_name for row in rows], ["b", "a", "note", "price", "parent"])
        self.assertEqual([row.ordinal_position for row in rows], [1, 2, 3, 4, 5])
        self.assertEqual([row.nullable for row in rows], [0, 0, 1, 1, 1])
        self.assertEqual([row.is_nullable for row in rows], ["NO", "NO", "YES", "YES", "YES"])
        note, price = rows[2], rows[3]
        self.assertEqual(note.data_type, pyodbc.SQL_WVARCHAR)
        self.assertEqual(note.column_size, 20)
        self.assertIn(price.data_type, (pyodbc.SQL_NUMERIC, pyodbc.SQL_DECIMAL))
        self.assertEqual((price.column_size, price.decimal_digits), (10, 2))

    def test_one_column_by_name(self):
        rows = self.cursor.columns(table=self.table, column="note").fetchall()
        self.assertEqual([row.column_name for row in rows], ["note"])

    def test_columns_by_pattern(self):
        names = [row.column_name for row in self.cursor.columns(table=self.table, column="%r%")]
        self.assertEqual(names, ["price", "parent"])

    def test_the_catalogue_of_statements_that_are_open(self):
        self.cursor.execute(self.database.numbers.format(1000)).fetchone()
        other = self.connection.cursor()
        self.assertEqual(len(other.columns(table=self.table).fetchall()), 5)
        self.assertEqual(self.cursor.fetchone()[0], 2)

    def test_foreign_keys_from_the_other_side(self):
        rows = self.cursor.foreignKeys(table=self.parent).fetchall()
        self.assertEqual([(r.fktable_name, r.fkcolumn_name) for r in rows],
                         [(self.table, "parent")])
        rows = self.cursor.foreignKeys(table=self.parent, foreignTable=self.table).fetchall()
        self.assertEqual(len(rows), 1)

    def test_columns_that_change_with_the_row(self):
        rows = self.cursor.rowVerColumns(self.parent).fetchall()
        self.assertEqual([row.column_name for row in rows],
                         ["xmin"] if self.database.name == "pg" else [])

    def test_primary_keys_in_the_keys_order(self):
        rows = self.cursor.primaryKeys(table=self.table).fetchall()
        self.assertEqual([(row.column_name, row.key_seq) for row in rows], [("a", 1), ("b", 2)])

    def test_statistics(self):
        rows = [r for r in self.cursor.statistics(self.table) if r.index_name is not None]
        indexes = {}
        for row in rows:
            indexes.setdefault((row.index_name, row.non_unique), []).append(row.column_name)
        self.assertEqual(indexes[(f"{self.table}_note", 0)], ["note"])
        self.assertIn(["a", "b"], list(indexes.values()))

    def test_statistics_of_unique_indexes_only(self):
        self.cursor.execute(f"CREATE INDEX {self.table}_price ON {self.table} (price)")
        names = {r.index_name for r in self.cursor.statistics(self.table, unique=True)}
        self.assertIn(f"{self.table}_note", names)
        self.assertNotIn(f"{self.table}_price", names)

    def test_foreign_keys(self):
        rows = self.cursor.foreignKeys(foreignTable=self.table).fetchall()
        found = [(r.pktable_name, r.pkcolumn_name, r.fktable_name, r.fkcolumn_name) for r in rows]
        self.assertEqual(found, [(self.parent, "id", self.table, "parent")])

    def test_row_id_columns(self):
        rows = self.cursor.rowIdColumns(self.parent).fetchall()
        self.assertEqual([row.column_name for row in rows], ["id"])

    def test_type_info(self):
        rows = self.cursor.getTypeInfo().fetchall()
        types = {row.data_type for row in rows}
        for wanted in (pyodbc.SQL_INTEGER, pyodbc.SQL_WVARCHAR, pyodbc.SQL_TYPE_TIMESTAMP):
            self.assertIn(wanted, types)
        only = self.cursor.getTypeInfo(pyodbc.SQL_INTEGER).fetchall()
        self.assertEqual({row.data_type for row in only}, {pyodbc.SQL_INTEGER})

    def test_procedures(self):
        routine = self.new_name("r")
        self.cursor.execute(self.database.create_routine.format(r=routine))
        self.drop_at_end(self.database.drop_routine.format(r=routine))
        rows = self.cursor.procedures(procedure=routine).fetchall()
        self.assertEqual([row.procedure_name for row in rows], [routine])
        arguments = self.cursor.procedureColumns(procedure=routine).fetchall()
        names = [r.column_name for r in arguments if r.column_type == pyodbc.SQL_PARAM_INPUT]
        self.assertEqual(names, ["a", "b"])

    def test_what_does_not_exist_has_no_rows(self):
        self.assertEqual(self.cursor.tables(table="no_such_table").fetchall(), [])
        self.assertEqual(self.cursor.columns(table="no_such_table").fetchall(), [])
        self.assertEqual(self.cursor.primaryKeys("no_such_table").fetchall(), [])

    def test_information_about_the_server(self):
        info = self.connection.getinfo
        self.assertIn(info(pyodbc.SQL_DBMS_NAME), self.database.dbms_names)
        self.assertRegex(info(pyodbc.SQL_DBMS_VER), r"^\d\d\.\d\d\.\d\d\d\d")
        self.assertEqual(info(pyodbc.SQL_DRIVER_NAME), "libsluiceodbc.so")
        self.assertRegex(info(pyodbc.SQL_DRIVER_ODBC_VER), r"^03\.\d\d$")
        self.assertEqual(info(pyodbc.SQL_DATA_SOURCE_NAME), self.database.name)
        self.assertEqual(info(pyodbc.SQL_DATABASE_NAME), "sluice")
        self.assertEqual(info(pyodbc.SQL_SEARCH_PATTERN_ESCAPE), "\\")


if __name__ == "__main__":
    unittest.main()
