"""LibreOffice Base, without its windows: sdbc:odbc connections, and the row sets that forms scroll.

The office is a process of its own, which loads the driver; this program speaks to it through UNO.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import uno
from com.sun.star.connection import NoConnectException
from com.sun.star.sdbc import SQLException
from com.sun.star.util import Date, DateTime, Time

DSN = os.environ["SLUICE_DSN"]
POSTGRES = DSN == "pg"
START_SECONDS = 60
TABLE = f"base_{os.getpid()}"
TEXT = "aä中😀"
TABLE_COMMAND = uno.getConstantByName("com.sun.star.sdb.CommandType.TABLE")


class Office:
    """A process of its own with a profile of its own."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="sluice-office.")
        profile = pathlib.Path(self.directory, "profile").as_uri()
        pipe = f"sluice{os.getpid()}"
        self.process = subprocess.Popen(
            ["soffice", "--headless", "--invisible", "--norestore", "--nologo", "--nodefault",
             f"-env:UserInstallation={profile}", f"--accept=pipe,name={pipe};urp;"])
        self.context = self._connect(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")

    def _connect(self, url):
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext(
            "com.sun.star.bridge.UnoUrlResolver", local)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return resolver.resolve(url)
            except NoConnectException:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def create(self, service):
        return self.context.ServiceManager.createInstanceWithContext(service, self.context)

    def close(self):
        try:
            self.create("com.sun.star.frame.Desktop").terminate()
            self.process.wait(30)
        finally:
            self.process.kill()
            shutil.rmtree(self.directory, ignore_errors=True)


OFFICE = None


def setUpModule():
    global OFFICE
    OFFICE = Office()


def tearDownModule():
    OFFICE.close()


def connect(user="", password=""):
    """A connection that is not shared, to a data source as an ODBC document of Base has."""
    source = OFFICE.create("com.sun.star.sdb.DatabaseContext").createInstance()
    source.URL = f"sdbc:odbc:{DSN}"
    source.TableFilter = ("%",)
    return source.getIsolatedConnection(user, password)


class BaseTest(unittest.TestCase):
    def setUp(self):
        self.connection = connect()
        self.run_sql(f"CREATE TABLE {TABLE} (id integer PRIMARY KEY, name varchar(40))")

    def tearDown(self):
        self.run_sql(f"DROP TABLE {TABLE}")
        self.connection.close()

    def table_name(self):
        """With catalogue and schema, as Base's list of tables has it."""
        tables = self.connection.getTables()
        tables.refresh()  # what Base's View > Refresh Tables does
        names = [name for name in tables.getElementNames() if name.split(".")[-1] == TABLE]
        self.assertEqual(len(names), 1, tables.getElementNames())
        return names[0]

    def run_sql(self, sql):
        statement = self.connection.createStatement()
        statement.executeUpdate(sql)
        statement.close()

    def value(self, sql):
        result = self.connection.createStatement().executeQuery(sql)
        self.assertTrue(result.next())
        return result.getString(1)

    def insert_numbers(self, count):
        insert = self.connection.prepareStatement(f"INSERT INTO {TABLE} VALUES (?, ?)")
        for i in range(1, count + 1):
            insert.setInt(1, i)
            insert.setString(2, f"name {i}")
            self.assertEqual(insert.executeUpdate(), 1)
        insert.close()

    def test_tables_and_their_columns_are_found(self):
        name = self.table_name()
        tables = self.connection.getTables()
        columns = tables.getByName(name).getColumns()
        self.assertEqual(columns.getElementNames(), ("id", "name"))
        column = columns.getByName("name")
        self.assertEqual(column.Precision, 40)
        keys = tables.getByName(name).getKeys()
        self.assertEqual(keys.getCount(), 1)
        self.assertEqual(keys.getByIndex(0).getColumns().getElementNames(), ("id",))

    def test_values_come_back(self):
        self.run_sql(f"DROP TABLE {TABLE}")
        moment, text, octets = (("timestamp", "text", "bytea") if POSTGRES else
                                ("datetime", "longtext CHARACTER SET utf8mb4", "longblob"))
        self.run_sql(f"CREATE TABLE {TABLE} (i integer, l bigint, d double precision, n numeric(20,5),"
                     f" day date, t time, m {moment}, v {text}, o {octets})")
        insert = self.connection.prepareStatement(
            f"INSERT INTO {TABLE} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insert.setInt(1, -2147483648)
        insert.setLong(2, 2**63 - 1)
        insert.setDouble(3, 0.1)
        insert.setString(4, "-1234567890123.67891")
        insert.setDate(5, Date(29, 2, 2024))
        insert.setTime(6, Time(0, 58, 59, 23, False))
        insert.setTimestamp(7, DateTime(0, 59, 59, 23, 31, 12, 1999, False))
        insert.setString(8, TEXT)
        insert.setBytes(9, uno.ByteSequence(bytes(range(256))))
        self.assertEqual(insert.executeUpdate(), 1)
        for column in range(1, 10):
            insert.setNull(column, (4, -5, 8, 2, 91, 92, 93, 12, -3)[column - 1])
        self.assertEqual(insert.executeUpdate(), 1)
        result = self.connection.createStatement().executeQuery(f"SELECT * FROM {TABLE} ORDER BY i IS NULL")
        self.assertTrue(result.next())
        self.assertEqual(result.getInt(1), -2147483648)
        self.assertEqual(result.getLong(2), 2**63 - 1)
        self.assertAlmostEqual(result.getDouble(3), 0.1)
        self.assertEqual(result.getString(4), "-1234567890123.67891")
        day = result.getDate(5)
        self.assertEqual((day.Year, day.Month, day.Day), (2024, 2, 29))
        clock = result.getTime(6)
        self.assertEqual((clock.Hours, clock.Minutes, clock.Seconds), (23, 59, 58))
        at = result.getTimestamp(7)
        self.assertEqual((at.Year, at.Day, at.Hours, at.Seconds), (1999, 31, 23, 59))
        self.assertEqual(result.getString(8), TEXT)
        self.assertEqual(result.getBytes(9).value, bytes(range(256)))
        self.assertTrue(result.next())
        for column in range(1, 10):
            result.getString(column)
            self.assertTrue(result.wasNull(), column)
        self.assertFalse(result.next())

    def test_long_text_and_octets(self):
        self.run_sql(f"DROP TABLE {TABLE}")
        text, octets = ("text", "bytea") if POSTGRES else ("longtext CHARACTER SET utf8mb4", "longblob")
        self.run_sql(f"CREATE TABLE {TABLE} (v {text}, o {octets})")
        # In ASCII: it reads text in pieces and decodes each by itself, on the native drivers too.
        long_text, long_octets = "green" * 4000, bytes(range(256)) * 256
        insert = self.connection.prepareStatement(f"INSERT INTO {TABLE} VALUES (?, ?)")
        insert.setString(1, long_text)
        insert.setBytes(2, uno.ByteSequence(long_octets))
        insert.executeUpdate()
        result = self.connection.createStatement().executeQuery(f"SELECT v, o FROM {TABLE}")
        self.assertTrue(result.next())
        self.assertTrue(result.getString(1) == long_text)
        self.assertTrue(result.getBytes(2).value == long_octets)

    def test_a_result_describes_its_columns(self):
        self.insert_numbers(1)
        result = self.connection.createStatement().executeQuery(
            f"SELECT id AS number, name FROM {TABLE}")
        meta = result.getMetaData()
        self.assertEqual(meta.getColumnCount(), 2)
        self.assertEqual(meta.getColumnLabel(1), "number")
        self.assertEqual(meta.getColumnType(1), 4)
        self.assertEqual(meta.getColumnDisplaySize(2), 40)

    def test_a_transaction_commits_and_rolls_back(self):
        self.connection.setAutoCommit(False)
        self.insert_numbers(2)
        self.connection.rollback()
        self.insert_numbers(1)
        self.connection.commit()
        self.connection.setAutoCommit(True)
        self.assertEqual(self.value(f"SELECT COUNT(*) FROM {TABLE}"), "1")

    def test_errors_have_their_state(self):
        self.insert_numbers(1)
        with self.assertRaises(SQLException) as raised:
            self.run_sql(f"INSERT INTO {TABLE} VALUES (1, 'again')")
        self.assertEqual(raised.exception.SQLState, "23505" if POSTGRES else "23000")
        with self.assertRaises(SQLException) as raised:
            self.connection.createStatement().executeQuery("SELECT * FROM no_such_table")
        self.assertIn("no_such_table", raised.exception.Message)

    def test_a_row_set_scrolls_and_edits(self):
        """What a form or the table view of Base does."""
        self.insert_numbers(150)
        name = self.table_name()
        rows = OFFICE.create("com.sun.star.sdb.RowSet")
        rows.ActiveConnection = self.connection
        rows.CommandType = TABLE_COMMAND
        rows.Command = name
        rows.Order = '"id"' if POSTGRES else "`id`"
        rows.execute()
        self.assertTrue(rows.last())
        self.assertEqual(rows.RowCount, 150)
        self.assertEqual(rows.getString(2), "name 150")
        self.assertTrue(rows.absolute(75))
        self.assertTrue(rows.previous())
        self.assertEqual(rows.getInt(1), 74)
        rows.updateString(2, TEXT)
        rows.updateRow()
        rows.moveToInsertRow()
        rows.updateInt(1, 1000)
        rows.updateString(2, "inserted")
        rows.insertRow()
        self.assertTrue(rows.absolute(2))
        self.assertEqual(rows.getInt(1), 2)
        rows.deleteRow()
        rows.dispose()
        self.assertEqual(self.value(f"SELECT name FROM {TABLE} WHERE id = 74"), TEXT)
        self.assertEqual(self.value(f"SELECT name FROM {TABLE} WHERE id = 1000"), "inserted")
        self.assertEqual(self.value(f"SELECT COUNT(*) FROM {TABLE} WHERE id = 2"), "0")


class ConnectionTest(unittest.TestCase):
    def test_the_database_is_described(self):
        connection = connect()
        meta = connection.getMetaData()
        self.assertIn(meta.getDatabaseProductName(), ("PostgreSQL", "MySQL", "MariaDB"))
        self.assertEqual(meta.getIdentifierQuoteString(), '"' if POSTGRES else "`")
        self.assertTrue(meta.supportsTransactions())
        types = meta.getTypeInfo()
        names = set()
        while types.next():
            names.add(types.getString(1))
        self.assertTrue({"bytea", "longblob"} & {name.lower() for name in names}, names)
        connection.close()

    def test_a_wrong_password_is_refused(self):
        with self.assertRaises(SQLException):
            connect(user="sluice", password="wrong")


if __name__ == "__main__":
    unittest.main()
