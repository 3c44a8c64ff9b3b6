"""A Galera cluster of three nodes, of which one is killed."""

import os
import signal
import unittest

from client_case import wait_until
from cluster import ClusterCase

PORT = "SELECT @@port"


class Galera(ClusterCase):
    backend = "mysql"
    script = "private-mariadb.sh"

    def setUp(self):
        super().setUp()
        self.nodes = [self.start_server("node", "node1"),
                      self.start_server("node", "node2", "node1"),
                      self.start_server("node", "node3", "node1")]
        self.start_relay([node["MYSQL_PORT"] for node in self.nodes],
                         self.nodes[0]["MYSQL_PASSWORD"])

    def node_of(self, connection):
        port = self.ask(connection, PORT)
        return next((node for node in self.nodes if int(node["MYSQL_PORT"]) == port), None)

    def test_one_node_takes_all_writes_and_the_others_serve_readers(self):
        writers = [self.connect() for _ in range(4)]
        ports = {self.node_of(writer)["MYSQL_PORT"] for writer in writers}
        self.assertEqual(len(ports), 1)
        reader = self.connect("ReadOnly=1;")
        self.assertNotIn(self.node_of(reader)["MYSQL_PORT"], ports)
        writers[0].execute("CREATE TABLE t (id integer PRIMARY KEY)")
        writers[1].execute("INSERT INTO t VALUES (42)")
        wait_until(lambda: self.ask(reader, "SELECT id FROM t") == 42, "the other nodes have it")

    def test_when_a_node_is_killed_another_takes_the_writes(self):
        writer = self.connect()
        writer.execute("CREATE TABLE t (id integer PRIMARY KEY)")
        writer.execute("INSERT INTO t VALUES (1)")
        lost = self.node_of(writer)
        os.kill(int(lost["MYSQL_PID"]), signal.SIGKILL)
        successor = wait_until(lambda: self.node_of(writer), "a node answers", seconds=60)
        self.assertNotEqual(successor, lost)

        def insert():
            writer.execute("INSERT IGNORE INTO t VALUES (2)")
            return self.ask(writer, "SELECT count(*) FROM t") == 2
        wait_until(insert, "a node takes writes", seconds=60)
        self.assertIsNotNone(self.node_of(self.connect("ReadOnly=1;")))


if __name__ == "__main__":
    unittest.main()
