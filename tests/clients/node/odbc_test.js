// The npm package odbc: queries, statements, cursors, catalogue, transactions, pools.
'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const odbc = require('odbc');

const dsn = process.env.SLUICE_DSN;
const isPostgres = dsn === 'pg';
const source = `DSN=${dsn}`;
const unicode = 'ä 中文 \u{1F600}';
const textType = isPostgres ? 'text' : 'longtext CHARACTER SET utf8mb4';
const bytesType = isPostgres ? 'bytea' : 'longblob';
const numbers = (count) => (isPostgres
  ? `SELECT n FROM generate_series(1, ${count}) AS n` : `SELECT seq AS n FROM seq_1_to_${count}`);
const table = `node_${process.pid}`;

let connection;

before(async () => {
  connection = await odbc.connect(source);
  await connection.query(`CREATE TABLE ${table} (id integer NOT NULL PRIMARY KEY, v ${textType},`
    + ` b ${bytesType}, f double precision, g bigint, m ${isPostgres ? 'timestamp' : 'datetime'})`);
});

after(async () => {
  await connection.query(`DROP TABLE ${table}`);
  await connection.close();
});

const plain = (rows) => rows.map((row) => ({ ...row }));

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error.odbcErrors[0];
  }
  return assert.fail('no error');
}

test('connecting', async () => {
  const { RELAY_USER: user, RELAY_PASSWORD: password } = process.env;
  for (const text of [`${source};UID=${user};PWD=${password}`, process.env.SLUICE_CONNECTION]) {
    const other = await odbc.connect({ connectionString: text, connectionTimeout: 20, loginTimeout: 20 });
    assert.deepEqual(plain(await other.query('SELECT 1 AS one')), [{ one: 1 }]);
    await other.close();
  }
  const error = await failure(odbc.connect(`${source};UID=${user};PWD=not-it`));
  assert.equal(error.state, '28000');
});

test('values', async () => {
  const octets = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const insert = `INSERT INTO ${table} (id, v, b, f, m) VALUES (?, ?, ?, ?, ?)`;
  const inserted = await connection.query(insert, [1, unicode, octets, 0.25, '2024-02-29 12:30:15']);
  assert.equal(inserted.count, 1);
  await connection.query(insert, [2, null, null, null, null]);
  await connection.query(insert, [3, '', Buffer.alloc(0), 0, null]);
  const rows = await connection.query(`SELECT id, v, b, f, m FROM ${table} WHERE id < 4 ORDER BY id`);
  assert.deepEqual(rows.map((row) => [row.id, row.v, row.f]),
    [[1, unicode, 0.25], [2, null, null], [3, '', 0]]);
  assert.deepEqual(rows.map((row) => row.b && Buffer.from(row.b)), [octets, null, Buffer.alloc(0)]);
  assert.match(rows[0].m, /^2024-02-29 12:30:15/);
  assert.deepEqual(rows.columns.map((column) => column.name), ['id', 'v', 'b', 'f', 'm']);
  assert.equal(rows.columns[0].dataTypeName, 'SQL_INTEGER');
});

test('a megabyte', async () => {
  const text = unicode.repeat(Math.floor((1 << 20) / Buffer.byteLength(unicode)));
  const octets = Buffer.alloc(1 << 20, 'sluice\u0000');
  await connection.query(`INSERT INTO ${table} (id, v, b) VALUES (4, ?, ?)`, [text, octets]);
  const [row] = await connection.query(`SELECT v, b FROM ${table} WHERE id = 4`);
  assert.ok(row.v === text, 'text');
  assert.ok(Buffer.from(row.b).equals(octets), 'octets');
});

test('big integers', async () => {
  await connection.query(`INSERT INTO ${table} (id, g) VALUES (5, ?)`, [9007199254740993n]);
  const [row] = await connection.query(`SELECT g FROM ${table} WHERE id = 5`);
  assert.equal(BigInt(row.g), 9007199254740993n);
});

test('a statement prepared once', async () => {
  const statement = await connection.createStatement();
  await statement.prepare(`INSERT INTO ${table} (id, v) VALUES (?, ?)`);
  for (let id = 100; id < 120; id += 1) {
    await statement.bind([id, `${unicode}${id}`]);
    assert.equal((await statement.execute()).count, 1);
  }
  await statement.close();
  const rows = await connection.query(`SELECT v FROM ${table} WHERE id IN (?, ?) ORDER BY id`, [100, 119]);
  assert.deepEqual(rows.map((row) => row.v), [`${unicode}100`, `${unicode}119`]);
});

for (const fetchSize of [1, 7]) test(`rows by ${fetchSize}`, async () => {
  const cursor = await connection.query(numbers(500), { cursor: true, fetchSize });
  let count = 0;
  let sum = 0;
  while (!cursor.noData) {
    for (const row of await cursor.fetch()) {
      count += 1;
      sum += Number(row.n);
    }
  }
  await cursor.close();
  assert.deepEqual([count, sum], [500, (500 * 501) / 2]);
});

test('queries at the same time', async () => {
  const others = await Promise.all(Array.from({ length: 4 }, () => odbc.connect(source)));
  const results = await Promise.all(others.map((other, i) => other.query(`${numbers(1000 + i)}`)));
  assert.deepEqual(results.map((rows) => rows.length), [1000, 1001, 1002, 1003]);
  await Promise.all(others.map((other) => other.close()));
});

test('a pool', async () => {
  const pool = await odbc.pool({ connectionString: source, initialSize: 2, maxSize: 4 });
  const results = await Promise.all(Array.from({ length: 12 }, (_, i) => pool.query(`SELECT ${i} AS i`)));
  assert.deepEqual(results.map(([row]) => Number(row.i)), Array.from({ length: 12 }, (_, i) => i));
  await pool.close();
});

test('transactions', async () => {
  const writer = await odbc.connect(source);
  const count = async () => {
    const [row] = await connection.query(`SELECT COUNT(*) AS c FROM ${table} WHERE id >= 200`);
    return Number(row.c);
  };
  await writer.beginTransaction();
  await writer.query(`INSERT INTO ${table} (id) VALUES (200)`);
  assert.equal(await count(), 0);
  await writer.rollback();
  await writer.beginTransaction();
  await writer.query(`INSERT INTO ${table} (id) VALUES (201)`);
  const error = await failure(writer.query(`INSERT INTO ${table} (id) VALUES (201)`));
  assert.equal(error.state, isPostgres ? '23505' : '23000');
  await writer.commit();
  assert.equal(await count(), 1);
  await writer.setIsolationLevel(odbc.SQL_TXN_SERIALIZABLE);
  await writer.close();
});

test('errors', async () => {
  const error = await failure(connection.query('SELECT * FROM no_such_table'));
  assert.equal(error.state, isPostgres ? '42P01' : '42S02');
  assert.match(error.message, /no_such_table/);
  assert.equal(error.code, isPostgres ? 1 : 1146);
  assert.deepEqual(plain(await connection.query('SELECT 1 AS one')), [{ one: 1 }]);
});

test('catalogue', async () => {
  const tables = await connection.tables(null, null, table, 'TABLE');
  assert.deepEqual(tables.map((row) => row.TABLE_NAME ?? row.table_name), [table]);
  const columns = await connection.columns(null, null, table, null);
  assert.deepEqual(columns.map((row) => row.COLUMN_NAME ?? row.column_name), ['id', 'v', 'b', 'f', 'g', 'm']);
  const keys = await connection.primaryKeys(null, null, table);
  assert.deepEqual(keys.map((row) => row.COLUMN_NAME ?? row.column_name), ['id']);
});

test('a routine', async () => {
  const routine = `${table}_sum`;
  await connection.query(isPostgres
    ? `CREATE FUNCTION ${routine}(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b'`
    : `CREATE PROCEDURE ${routine}(a INT, b INT) SELECT a + b`);
  try {
    const [row] = await connection.query(`{call ${routine}(?, ?)}`, [40, 2]);
    assert.equal(Number(Object.values(row)[0]), 42);
  } finally {
    await connection.query(`DROP ${isPostgres ? 'FUNCTION' : 'PROCEDURE'} ${routine}`);
  }
});
