"""What pyodbc's connection objects offer: options, converters, encodings, timeouts, information."""

import os
import unittest

import pyodbc

from client_case import ClientCase


class Connections(ClientCase):
    def test_keyword_arguments(self):
        connection = pyodbc.connect(
            driver="Sluice", server=os.environ["RELAY_HOST"], port=os.environ["RELAY_PORT"],
            database=self.database.name, user=os.environ["RELAY_USER"],
            password=os.environ["RELAY_PASSWORD"], autocommit=True, timeout=20)
        self.assertEqual(self.scalar("SELECT 'ä'", connection=connection), "ä")
        connection.close()

    def test_data_sources_and_drivers(self):
        self.assertIn("Sluice", pyodbc.drivers())
        self.assertEqual(pyodbc.dataSources()[self.database.name], "Sluice")

    def test_attributes_before_connecting(self):
        connection = self.connect(attrs_before={pyodbc.SQL_ATTR_TXN_ISOLATION: 8,
                                                pyodbc.SQL_ATTR_LOGIN_TIMEOUT: 20})
        self.assertEqual(self.scalar(self.database.isolation_query, connection=connection),
                         self.database.isolation_names[8])

    def test_read_only(self):
        table = self.create_table("v integer")
        connection = self.connect(readonly=True)
        self.assertEqual(self.scalar(f"SELECT COUNT(*) FROM {table}", connection=connection), 0)
        with self.fails_with("25006"):
            connection.execute(f"INSERT INTO {table} VALUES (1)")

    def test_byte_strings_in_the_connection_string(self):
        connection = self.connect(ansi=True)
        self.assertEqual(self.scalar("SELECT 'ä'", connection=connection), "ä")

    def test_every_kind_of_information(self):
        told = 0
        for name, value in vars(pyodbc).items():
            if not name.startswith("SQL_") or not isinstance(value, int):
                continue
            with self.subTest(name):
                try:
                    self.connection.getinfo(value)
                    told += 1
                except pyodbc.ProgrammingError as error:  # of pyodbc itself: no type of SQLGetInfo
                    self.assertIn("Unsupported getinfo value", str(error))
        self.assertGreater(told, 150)

    def test_search_escape(self):
        self.assertEqual(self.connection.searchescape, "\\")

    def test_output_converters(self):
        self.connection.add_output_converter(pyodbc.SQL_INTEGER, lambda octets: octets)
        self.connection.add_output_converter(
            pyodbc.SQL_WVARCHAR, lambda octets: octets and octets.decode("utf-8").upper())
        table = self.create_table(f"a integer, b {self.database.short_text_type}")
        self.connection.execute(f"INSERT INTO {table} VALUES (7, 'aä😀'), (8, NULL)")
        rows = self.connection.execute(f"SELECT b FROM {table} ORDER BY a").fetchall()
        self.assertEqual([row.b for row in rows], ["AÄ😀", None])
        # A converter sees what SQLGetData gives as SQL_C_BINARY: an integer's octets, UTF-8 of texts.
        self.assertEqual(self.scalar(f"SELECT MIN(a) FROM {table}"), b"\x07\x00\x00\x00")
        self.connection.clear_output_converters()
        rows = self.connection.execute(f"SELECT a, b FROM {table} ORDER BY a").fetchall()
        self.assertEqual([tuple(row) for row in rows], [(7, "aä😀"), (8, None)])

    def test_encodings(self):
        text = "aä中😀"
        for encoding, c_type in (("utf-8", pyodbc.SQL_CHAR), ("utf-16-le", pyodbc.SQL_WCHAR)):
            with self.subTest(encoding):
                connection = self.connect()
                connection.setencoding(encoding=encoding, ctype=c_type)
                connection.setdecoding(pyodbc.SQL_WCHAR, encoding=encoding, ctype=c_type)
                connection.setdecoding(pyodbc.SQL_CHAR, encoding=encoding, ctype=c_type)
                table = self.create_table(f"v {self.database.text_type}")
                connection.execute(f"INSERT INTO {table} VALUES (?)", text)
                connection.execute(f"INSERT INTO {table} VALUES (?)", text * 20000)
                rows = connection.execute(f"SELECT v FROM {table} ORDER BY LENGTH(v)").fetchall()
                self.assertEqual(rows[0].v, text)
                self.assertTrue(rows[1].v == text * 20000, "the long one")

    def test_names_in_lower_case(self):
        pyodbc.lowercase = True
        try:
            self.cursor.execute(f"SELECT 1 AS {self.database.quote}ABC{self.database.quote}")
            self.assertEqual(self.cursor.fetchone().abc, 1)
        finally:
            pyodbc.lowercase = False

    def test_timeout(self):
        connection = self.connect()
        self.assertEqual(connection.timeout, 0)
        connection.timeout = 1
        with self.fails_with("HYT00"):
            connection.execute(self.database.sleep.format(30)).fetchall()
        connection.timeout = 0
        self.assertEqual(self.scalar("SELECT 1", connection=connection), 1)

    def test_context_manager_commits(self):
        table = self.create_table("id integer PRIMARY KEY")
        with self.connect(autocommit=False) as connection:
            connection.execute(f"INSERT INTO {table} VALUES (1)")
        self.assertEqual(self.scalar(f"SELECT COUNT(*) FROM {table}"), 1)
        with self.connect(autocommit=False).cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} VALUES (2)")
        self.assertEqual(self.scalar(f"SELECT COUNT(*) FROM {table}"), 2)

    def test_context_manager_rolls_back(self):
        table = self.create_table("id integer PRIMARY KEY")
        connection = self.connect(autocommit=False)
        with self.assertRaises(pyodbc.IntegrityError):
            with connection:
                connection.execute(f"INSERT INTO {table} VALUES (1)")
                connection.execute(f"INSERT INTO {table} VALUES (1)")
        connection.close()
        self.assertEqual(self.scalar(f"SELECT COUNT(*) FROM {table}"), 0)

    def test_cursors_commit_and_roll_back(self):
        table = self.create_table("id integer")
        cursor = self.connect(autocommit=False).cursor()
        cursor.execute(f"INSERT INTO {table} VALUES (1)").commit()
        cursor.execute(f"INSERT INTO {table} VALUES (2)").rollback()
        self.assertEqual(self.scalar(f"SELECT SUM(id) FROM {table}"), 1)

    def test_a_closed_connection(self):
        connection = self.connect()
        cursor = connection.cursor()
        connection.close()
        self.assertTrue(connection.closed)
        with self.assertRaises(pyodbc.ProgrammingError):
            connection.cursor()
        with self.assertRaises(pyodbc.ProgrammingError):
            cursor.execute("SELECT 1")

    def test_classes_of_errors(self):
        table = self.create_table("id integer NOT NULL PRIMARY KEY")
        self.cursor.execute(f"INSERT INTO {table} VALUES (1)")
        for expected, statement in (
                (pyodbc.IntegrityError, f"INSERT INTO {table} VALUES (1)"),
                (pyodbc.IntegrityError, f"INSERT INTO {table} VALUES (NULL)"),
                (pyodbc.ProgrammingError, "SELEC 1"),
                (pyodbc.ProgrammingError, "SELECT * FROM no_such_table"),
                (pyodbc.ProgrammingError, f"SELECT no_such_column FROM {table}"),
                (pyodbc.DataError, f"INSERT INTO {table} VALUES (12345678901)")):
            with self.subTest(statement), self.assertRaises(expected):
                self.cursor.execute(statement)


if __name__ == "__main__":
    unittest.main()
