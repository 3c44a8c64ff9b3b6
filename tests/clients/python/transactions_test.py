"""Commit, rollback, isolation, and what an error leaves of a transaction."""

import unittest

import pyodbc

from client_case import ClientCase


class Transactions(ClientCase):
    def setUp(self):
        super().setUp()
        self.table = self.create_table("id integer PRIMARY KEY")
        self.writer = self.connect(autocommit=False)

    def insert(self, value):
        self.writer.execute(f"INSERT INTO {self.table} VALUES (?)", value)

    def seen_by_others(self):
        rows = self.cursor.execute(f"SELECT id FROM {self.table} ORDER BY id").fetchall()
        return [row.id for row in rows]

    def test_rollback(self):
        self.insert(1)
        self.assertEqual(self.scalar(f"SELECT COUNT(*) FROM {self.table}", connection=self.writer),
                         1)
        self.assertEqual(self.seen_by_others(), [])
        self.writer.rollback()
        self.assertEqual(self.scalar(f"SELECT COUNT(*) FROM {self.table}", connection=self.writer),
                         0)

    def test_commit(self):
        self.insert(1)
        self.insert(2)
        self.assertEqual(self.seen_by_others(), [])
        self.writer.commit()
        self.assertEqual(self.seen_by_others(), [1, 2])

    def test_transactions_follow_each_other(self):
        for i in range(1, 21):
            self.insert(i)
            if i % 2 == 0:
                self.writer.commit()
            else:
                self.writer.rollback()
        self.assertEqual(self.seen_by_others(), list(range(2, 21, 2)))

    def test_closing_without_commit_rolls_back(self):
        self.insert(1)
        self.writer.close()
        self.assertEqual(self.seen_by_others(), [])

    def test_an_error_undoes_its_statement_only(self):
        unique = self.database.errors["unique"]
        self.insert(1)
        with self.fails_with(unique.sqlstate):
            self.insert(1)
        self.insert(2)
        self.writer.commit()
        self.assertEqual(self.seen_by_others(), [1, 2])

    def test_turning_autocommit_on_commits(self):
        self.insert(1)
        self.writer.autocommit = True
        self.assertEqual(self.seen_by_others(), [1])
        self.insert(2)
        self.assertEqual(self.seen_by_others(), [1, 2])

    def test_isolation_level(self):
        for level, name in self.database.isolation_names.items():
            connection = self.connect(autocommit=False)
            connection.set_attr(pyodbc.SQL_ATTR_TXN_ISOLATION, level)
            query = self.database.isolation_query
            self.assertEqual(self.scalar(query, connection=connection), name)
            connection.rollback()

    def test_a_serializable_session_leaves_others_alone(self):
        before = self.scalar(self.database.isolation_query)
        connection = self.connect(autocommit=False)
        connection.set_attr(pyodbc.SQL_ATTR_TXN_ISOLATION, 8)
        self.scalar("SELECT 1", connection=connection)
        connection.close()
        for _ in range(5):
            self.assertEqual(self.scalar(self.database.isolation_query), before)


if __name__ == "__main__":
    unittest.main()
