"""Connecting, and the ways in which it fails."""

import os
import socket
import unittest

import pyodbc

from client_case import ClientCase


class Connecting(ClientCase):
    def test_by_connection_string_without_a_data_source(self):
        connection = pyodbc.connect(
            f"Driver=Sluice;Server={os.environ['RELAY_HOST']};Port={os.environ['RELAY_PORT']};"
            f"Database={self.database.name};UID={os.environ['RELAY_USER']};"
            f"PWD={os.environ['RELAY_PASSWORD']}")
        self.assertEqual(connection.execute("SELECT 1").fetchval(), 1)
        connection.close()

    def test_through_the_unix_socket(self):
        connection = self.connect(f"Server={os.environ['RELAY_SOCKET']}")
        self.assertEqual(self.scalar("SELECT 1", connection=connection), 1)

    def test_wrong_password(self):
        with self.fails_with("28000") as failure:
            self.connect("PWD=not-the-secret-one")
        self.assertNotIn("not-the-secret-one", failure.text)

    def test_unknown_user(self):
        with self.fails_with("28000"):
            self.connect("UID=nobody-knows")

    def test_unknown_pool(self):
        with self.fails_with("08004") as failure:
            self.connect("Database=no_such_pool")
        self.assertIn("no_such_pool", failure.text)

    def test_relay_down(self):
        with socket.socket() as taken:  # bound and not listening: nobody else can take the port
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            with self.fails_with("08001") as failure:
                self.connect(f"Server=127.0.0.1;Port={port}")
        self.assertIn("127.0.0.1", failure.text)
        self.assertIn(str(port), failure.text)

    def test_second_server_when_the_first_is_down(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.2", int(os.environ["RELAY_PORT"])))
            connection = self.connect("Server={127.0.0.2,127.0.0.1}")
        self.assertEqual(self.scalar("SELECT 1", connection=connection), 1)

    def test_connecting_again_and_again(self):
        for i in range(50):
            connection = pyodbc.connect(f"DSN={self.database.name}")
            self.assertEqual(connection.execute(f"SELECT {i}").fetchval(), i)
            connection.close()

    def test_what_a_session_set_does_not_reach_the_next(self):
        connection = self.connect()
        statement, query = (
            ("SET search_path TO pg_catalog", "SHOW search_path") if self.database.name == "pg"
            else ("SET SESSION sql_mode = 'ANSI_QUOTES'", "SELECT @@SESSION.sql_mode"))
        before = self.scalar(query)
        connection.execute(statement)
        self.assertNotEqual(self.scalar(query, connection=connection), before)
        self.assertEqual(self.scalar(query), before)
        connection.close()
        for _ in range(5):
            self.assertEqual(self.scalar(query, connection=self.connect()), before)

    def test_temporary_tables_live_as_long_as_their_session(self):
        connection = self.connect()
        name = self.new_name("tmp")
        connection.execute(f"CREATE TEMPORARY TABLE {name} (v integer)")
        for i in range(5):
            connection.execute(f"INSERT INTO {name} VALUES (?)", i)
            self.scalar("SELECT 1")
        self.assertEqual(self.scalar(f"SELECT COUNT(*) FROM {name}", connection=connection), 5)
        connection.close()
        with self.fails_with(self.database.errors["missing table"].sqlstate):
            self.scalar(f"SELECT COUNT(*) FROM {name}")


if __name__ == "__main__":
    unittest.main()
