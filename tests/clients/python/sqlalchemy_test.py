"""SQLAlchemy and pandas above pyodbc, as applications and notebooks use them."""

import datetime
import decimal
import os
import unittest
import warnings

import pandas
import pyodbc
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.connectors.pyodbc import PyODBCConnector
from sqlalchemy.dialects import mysql, postgresql, registry
from sqlalchemy.dialects.postgresql.base import PGDialect

import databases

UNICODE = "\u00e4 \u4e2d\u6587 \U0001f600"
IS_POSTGRES = os.environ["SLUICE_DSN"] == "pg"


class PostgresByPyodbc(PyODBCConnector, PGDialect):
    """SQLAlchemy has a pyodbc dialect for MySQL, none for PostgreSQL: this is all that it takes."""

    driver = "pyodbc"
    supports_statement_cache = True


registry.register("postgresql.pyodbc", __name__, "PostgresByPyodbc")


def new_engine(**arguments):
    dialect = "postgresql" if IS_POSTGRES else "mysql"
    return sa.create_engine(f"{dialect}+pyodbc://@{os.environ['SLUICE_DSN']}", future=True, **arguments)


Base = orm.declarative_base()
PREFIX = f"sa_{os.getpid()}_"
LongText = sa.Text().with_variant(mysql.LONGTEXT(charset="utf8mb4"), "mysql")
Octets = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")
Moment = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")


class Author(Base):
    __tablename__ = PREFIX + "author"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(40), nullable=False, unique=True)
    books = orm.relationship("Book", back_populates="author", cascade="all, delete-orphan",
                             order_by="Book.id")


class Book(Base):
    __tablename__ = PREFIX + "book"
    id = sa.Column(sa.Integer, primary_key=True)
    author_id = sa.Column(sa.ForeignKey(Author.id), nullable=False, index=True)
    title = sa.Column(LongText)
    cover = sa.Column(Octets)
    price = sa.Column(sa.Numeric(12, 3))
    weight = sa.Column(sa.Float(53))
    printed = sa.Column(sa.Boolean)
    published = sa.Column(sa.Date)
    changed = sa.Column(Moment)
    opens = sa.Column(sa.Time)
    kind = sa.Column(sa.Enum("novel", "essay", name=PREFIX + "kind", native_enum=False))
    details = sa.Column(sa.JSON)
    author = orm.relationship(Author, back_populates="books")


FULL_BOOK = dict(
    title=UNICODE * 1000, cover=bytes(range(256)) * 5000, price=decimal.Decimal("-123456.789"), weight=0.1,
    printed=True, published=datetime.date(2024, 2, 29),
    changed=datetime.datetime(1999, 12, 31, 23, 59, 59, 123456), opens=datetime.time(8, 30),
    kind="essay", details={"pages": [1, 2], "text": UNICODE})


class EngineCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = new_engine()
        Base.metadata.create_all(cls.engine)
        cls.addClassCleanup(cls.engine.dispose)
        cls.addClassCleanup(Base.metadata.drop_all, cls.engine)

    def setUp(self):
        with self.engine.begin() as connection:
            connection.execute(sa.delete(Book))
            connection.execute(sa.delete(Author))

    def count(self, model):
        with self.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(model))


class Mapper(EngineCase):
    def test_objects_out_and_in(self):
        with orm.Session(self.engine) as session:
            author = Author(name=UNICODE)
            author.books = [Book(**FULL_BOOK), Book()]
            session.add(author)
            session.commit()
            key = author.id
        with orm.Session(self.engine) as session:
            author = session.get(Author, key)
            self.assertEqual(author.name, UNICODE)
            full, empty = author.books
            for name, value in FULL_BOOK.items():
                found = getattr(full, name)
                if name == "printed":  # a bit or, as with psqlodbc, the text "1"
                    found = bool(int(found))
                self.assertEqual(found, value, name)
                self.assertIsNone(getattr(empty, name), name)

    def test_keys_that_the_server_makes(self):
        with orm.Session(self.engine) as session:
            authors = [Author(name=f"n{i}") for i in range(30)]
            for author in authors:
                session.add(author)
                session.flush()
            keys = [author.id for author in authors]
            self.assertEqual(len(set(keys)), 30)
            session.commit()
            for author, key in zip(authors, keys):
                self.assertEqual(session.get(Author, key).name, author.name)

    def test_changes(self):
        with orm.Session(self.engine) as session:
            session.add_all(Author(name=f"n{i}", books=[Book(price=i)]) for i in range(5))
            session.commit()
            author = session.scalars(sa.select(Author).filter_by(name="n3")).one()
            author.name = "renamed"
            author.books.append(Book(title="second"))
            session.delete(session.scalars(sa.select(Author).filter_by(name="n4")).one())
            session.commit()
            self.assertEqual(sorted(session.scalars(sa.select(Author.name))),
                             ["n0", "n1", "n2", "renamed"])
            joined = sa.select(Author.name, sa.func.count(Book.id)).join(Book).group_by(Author.name)
            self.assertEqual(dict(session.execute(joined).all())["renamed"], 2)
            result = session.execute(sa.update(Book).values(price=9).where(Book.price < 3))
            self.assertEqual(result.rowcount, 3)

    def test_lost_update_is_noticed(self):
        with orm.Session(self.engine) as session:
            author = Author(name="gone")
            session.add(author)
            session.commit()
            with self.engine.begin() as connection:
                connection.execute(sa.delete(Author))
            author.name = "changed"
            with self.assertRaises((orm.exc.StaleDataError, orm.exc.ObjectDeletedError)):
                session.commit()

    def test_rollback_and_savepoints(self):
        with orm.Session(self.engine) as session:
            session.add(Author(name="kept"))
            session.flush()
            with self.assertRaises(sa.exc.IntegrityError):
                with session.begin_nested():
                    session.add(Author(name="kept"))
                    session.flush()
            with session.begin_nested():
                session.add(Author(name="nested"))
            session.commit()
            session.add(Author(name="lost"))
            session.flush()
            session.rollback()
        self.assertEqual(self.count(Author), 2)

    def test_long_result_in_portions(self):
        with orm.Session(self.engine) as session:
            session.bulk_insert_mappings(Author, [{"name": f"n{i}"} for i in range(600)])
            session.commit()
            names = {author.name for author in session.scalars(sa.select(Author).execution_options(
                yield_per=50))}
        self.assertEqual(len(names), 600)


class Core(EngineCase):
    def test_errors(self):
        with self.engine.connect() as connection:
            with self.assertRaises(sa.exc.ProgrammingError) as failure:
                connection.execute(sa.text("SELECT * FROM no_such_table"))
            state = databases.chosen().errors["missing table"].sqlstate
            self.assertEqual(failure.exception.orig.args[0], state)
            connection.rollback()
            self.assertEqual(connection.scalar(sa.text("SELECT 1")), 1)

    def test_wrong_password(self):
        user = os.environ["RELAY_USER"]
        engine = sa.create_engine(self.engine.url.set(username=user, password="not-it"))
        with self.assertRaises((sa.exc.InterfaceError, sa.exc.DBAPIError)) as failure:
            engine.connect()
        self.assertEqual(failure.exception.orig.args[0], "28000")

    def test_named_parameters(self):
        with self.engine.connect() as connection:
            query = sa.text("SELECT CAST(:a AS CHAR(3)), CAST(:b AS CHAR(3)), CAST(:a AS CHAR(3))")
            row = connection.execute(query, {"a": "abc", "b": "xyz"}).one()
            self.assertEqual(tuple(row), ("abc", "xyz", "abc"))

    def test_many_rows_at_once(self):
        engine = new_engine()

        @sa.event.listens_for(engine, "before_cursor_execute")
        def in_arrays(_connection, cursor, _statement, _parameters, _context, executemany):
            # Not with the encoding that SQLAlchemy sets on MySQL: pyodbc forgets it in arrays.
            cursor.fast_executemany = executemany and IS_POSTGRES

        with engine.begin() as connection:
            connection.execute(sa.insert(Author), [{"name": f"{UNICODE}{i}"} for i in range(1000)])
        self.assertEqual(self.count(Author), 1000)
        engine.dispose()

    def test_insert_or_update(self):
        with self.engine.begin() as connection:
            for _ in range(2):
                if IS_POSTGRES:
                    insert = postgresql.insert(Author).values(name="twice")
                    statement = insert.on_conflict_do_update(
                        index_elements=["name"], set_={"name": insert.excluded.name}).returning(Author.id)
                    self.assertIsNotNone(connection.scalar(statement))
                else:
                    insert = mysql.insert(Author).values(name="twice")
                    connection.execute(insert.on_duplicate_key_update(name=insert.inserted.name))
        self.assertEqual(self.count(Author), 1)

    def test_isolation_levels(self):
        database = databases.chosen()
        for level in ("SERIALIZABLE", "READ COMMITTED"):
            with self.engine.connect().execution_options(isolation_level=level) as connection:
                found = connection.scalar(sa.text(database.isolation_query))
                self.assertEqual(found.upper().replace("-", " "), level)
        with self.engine.connect() as connection:  # the pool has set it back
            self.assertEqual(connection.get_isolation_level(), connection.default_isolation_level)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.insert(Author).values(name="at once"))
            self.assertEqual(self.count(Author), 1)

    def test_pool_with_pings(self):
        engine = new_engine(pool_size=3, max_overflow=0, pool_pre_ping=True, pool_recycle=60)
        for i in range(20):
            with engine.connect() as connection:
                self.assertEqual(connection.scalar(sa.select(sa.cast(i, sa.Integer))), i)
        engine.dispose()

    def test_inspection(self):
        inspector = sa.inspect(self.engine)
        table = Book.__tablename__
        self.assertIn(table, inspector.get_table_names())
        self.assertTrue(inspector.has_table(table))
        self.assertFalse(inspector.has_table("no_such_table"))
        columns = {column["name"]: column for column in inspector.get_columns(table)}
        self.assertEqual(list(columns), [column.name for column in Book.__table__.columns])
        self.assertFalse(columns["author_id"]["nullable"])
        self.assertEqual((columns["price"]["type"].precision, columns["price"]["type"].scale), (12, 3))
        if IS_POSTGRES:  # for the rest SQLAlchemy wants arrays, which ODBC has not
            return
        self.assertEqual(inspector.get_pk_constraint(table)["constrained_columns"], ["id"])
        (foreign,) = inspector.get_foreign_keys(table)
        self.assertEqual(foreign["referred_table"], Author.__tablename__)
        self.assertIn(["author_id"], [index["column_names"] for index in inspector.get_indexes(table)])
        metadata = sa.MetaData()
        metadata.reflect(self.engine, only=[table])
        self.assertEqual(set(metadata.tables), {table, Author.__tablename__})


class Frames(EngineCase):
    def frame(self):
        return pandas.DataFrame({
            "id": range(1, 501),
            "name": [None if i % 5 == 0 else f"{UNICODE}{i}" for i in range(1, 501)],
            "price": [float("nan") if i % 7 == 0 else i / 8 for i in range(1, 501)],
            "moment": pandas.date_range("2024-02-28", periods=500, freq="H"),
        })

    def name(self, suffix):
        name = f"{PREFIX}frame_{suffix}"

        def drop():
            with self.engine.begin() as connection:
                connection.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))

        self.addCleanup(drop)
        return name

    def test_frames_out_and_in(self):
        frame, name = self.frame(), self.name("round")
        types = {"name": sa.Unicode(40), "price": sa.Float(53)}
        for method in (None, "multi"):
            with self.engine.begin() as connection:
                frame.to_sql(name, connection, index=False, if_exists="replace", dtype=types, chunksize=100,
                             method=method)
            with self.engine.connect() as connection:
                read = pandas.read_sql_table(name, connection).sort_values("id", ignore_index=True)
            pandas.testing.assert_frame_equal(read, frame)

    def test_queries(self):
        frame, name = self.frame(), self.name("queries")
        with self.engine.begin() as connection:
            frame.to_sql(name, connection, index=False, dtype={"name": sa.Unicode(40)})
        with self.engine.connect() as connection:
            query = sa.text(f"SELECT id, name FROM {name} WHERE id > :low ORDER BY id")
            read = pandas.read_sql_query(query, connection, params={"low": 490}, index_col="id")
            self.assertEqual(list(read.index), list(range(491, 501)))
            self.assertEqual(read.loc[491, "name"], f"{UNICODE}491")
            self.assertIsNone(read.loc[495, "name"])
            chunks = pandas.read_sql_query(query, connection, params={"low": 0}, chunksize=100)
            self.assertEqual([len(chunk) for chunk in chunks], [100] * 5)

    def test_frames_from_a_connection_of_pyodbc_itself(self):
        connection = pyodbc.connect(f"DSN={os.environ['SLUICE_DSN']}", autocommit=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # pandas prefers SQLAlchemy
            query = databases.chosen().numbers.format(1000)
            frame = pandas.read_sql(f"SELECT n FROM ({query}) AS q WHERE n > ?", connection, params=[10])
        self.assertEqual(frame["n"].sum(), 1000 * 1001 // 2 - 55)
        connection.close()


if __name__ == "__main__":
    unittest.main()
