# frozen_string_literal: true

# Ruby's ODBC binding, in both of its forms: `odbc` calls the ANSI functions, `odbc_utf8` the Unicode ones.
#
#   ruby_test.rb odbc|odbc_utf8

# The binding means to find the driver manager with dlopen, before its own weak functions of the same names
# are resolved. Debian links it with "-z now", which resolves them first: without this they always fail.
unless ENV['LD_PRELOAD'].to_s.include?('libodbc.so')
  exec({ 'LD_PRELOAD' => "#{ENV['LD_PRELOAD']} libodbc.so.2" }, 'ruby', '-W0', __FILE__, *ARGV)
end

require 'minitest/autorun'
require 'date'

BINDING = ARGV.shift
require BINDING

DSN = ENV.fetch('SLUICE_DSN')
POSTGRES = DSN == 'pg'
# The Unicode binding garbles what is beyond the BMP, with every driver.
UNICODE = "ä 中文#{" \u{1F600}" if BINDING == 'odbc'}"
TEXT = POSTGRES ? 'text' : 'longtext CHARACTER SET utf8mb4'
OCTETS = POSTGRES ? 'bytea' : 'longblob'
NUMBERS = POSTGRES ? 'SELECT n FROM generate_series(1, %d) AS n' : 'SELECT seq AS n FROM seq_1_to_%d'

# Every test has a connection and tables of its own.
class ClientCase < Minitest::Test
  def setup
    @drops = []
    @database = ODBC.connect(DSN)
  end

  def teardown
    @drops.reverse_each { |drop| @database.do(drop) }
    @database.drop_all
    @database.disconnect
  end

  def new_name(prefix = 't')
    "ruby_#{prefix}_#{Process.pid}_#{rand(1 << 30)}"
  end

  def table(columns)
    new_name.tap do |name|
      @database.do("CREATE TABLE #{name} (#{columns})")
      @drops << "DROP TABLE #{name}"
    end
  end

  # The ANSI binding returns octets; their text is UTF-8.
  def utf8(value)
    value.is_a?(String) ? value.dup.force_encoding('UTF-8') : value
  end

  def value(query, *parameters, database: @database)
    statement = database.run(query, *parameters)
    utf8(statement.fetch.first)
  ensure
    statement&.drop
  end

  def fails_with(sqlstate, text)
    error = assert_raises(ODBC::Error) { yield }
    # The ANSI binding is an application of ODBC 2.
    sqlstate = { '42S02' => 'S0002', '42000' => '37000' }.fetch(sqlstate, sqlstate) if BINDING == 'odbc'
    assert_match(/\A#{sqlstate} /, error.message)
    assert_includes(error.message, text)
  end
end

class Connecting < ClientCase
  def test_user_and_password
    database = ODBC.connect(DSN, ENV.fetch('RELAY_USER'), ENV.fetch('RELAY_PASSWORD'))
    assert database.connected?
    assert_equal 1, value('SELECT 1', database: database)
    database.disconnect
    refute database.connected?
  end

  def test_connection_string
    driver = ODBC::Driver.new
    driver.name = 'Sluice'
    ENV.fetch('SLUICE_CONNECTION').split(';').each do |pair|
      key, text = pair.split('=', 2)
      driver.attrs[key] = text
    end
    database = ODBC::Database.new.drvconnect(driver)
    assert_equal 1, value('SELECT 1', database: database)
    database.disconnect
  end

  def test_wrong_password
    fails_with('28000', 'password') { ODBC.connect(DSN, ENV.fetch('RELAY_USER'), 'not-it') }
  end

  def test_data_sources
    names = ODBC.datasources.map(&:name)
    # The Unicode binding halves lengths that are in characters already.
    assert(names.any? { |name| !name.empty? && DSN.start_with?(name) }, names.inspect)
  end

  def test_information
    # The Unicode binding does not convert what it gets.
    text = ->(name) { @database.get_info(name).delete("\0") }
    assert_includes %w[PostgreSQL MySQL MariaDB], text.call('SQL_DBMS_NAME')
    assert_equal POSTGRES ? '"' : '`', text.call('SQL_IDENTIFIER_QUOTE_CHAR')
    assert_operator @database.get_info('SQL_MAX_IDENTIFIER_LEN'), :>=, 63
  end
end

class Values < ClientCase
  def test_in_and_out
    name = table("id integer NOT NULL PRIMARY KEY, v #{TEXT}, f double precision, n numeric(12,3)")
    insert = @database.prepare("INSERT INTO #{name} VALUES (?, ?, ?, ?)")
    insert.execute(1, UNICODE, 0.25, '-123456789.125')
    assert_equal 1, insert.nrows
    insert.execute(2, nil, nil, nil)
    insert.execute(3, '', -1, 0)
    insert.drop
    rows = @database.run("SELECT id, v, f, n FROM #{name} ORDER BY id") { |s| s.fetch_all }
    rows.map! { |row| row.map { |cell| utf8(cell) } }
    assert_equal [1, UNICODE, 0.25, '-123456789.125'], rows[0]
    assert_equal [2, nil, nil, nil], rows[1]
    assert_equal [3, '', -1.0, '0.000'], rows[2]
  end

  def test_megabyte
    name = table("v #{TEXT}, b #{OCTETS}")
    text = UNICODE * ((1 << 20) / UNICODE.bytesize)
    octets = (0...(1 << 18)).to_a.pack('N*')
    @database.do("INSERT INTO #{name} (v) VALUES (?)", text)
    assert value("SELECT v FROM #{name}") == text, 'text'
    if BINDING == 'odbc' # the other takes every string for text
      insert = @database.prepare("UPDATE #{name} SET b = ?")
      insert.param_type(0, ODBC::SQL_LONGVARBINARY)
      insert.execute(octets)
      insert.drop
      read = @database.run("SELECT b FROM #{name}") { |s| s.fetch.first }
      assert read.b == octets, 'octets'
    end
  end

  def test_octets
    name = table("b #{OCTETS}")
    literal = POSTGRES ? "'\\x00ff01'" : "x'00ff01'"
    @database.do("INSERT INTO #{name} VALUES (#{literal})")
    read = @database.run("SELECT b FROM #{name}") { |s| s.fetch.first }
    assert_equal "\x00\xFF\x01".b, read.b
  end

  def test_types
    moment = POSTGRES ? 'timestamp' : 'datetime(6)'
    name = table("s smallint, i integer, g bigint, r real, d double precision, n numeric(20,5), a date, h time," \
                 " m #{moment}, c char(5), v varchar(10)#{' CHARACTER SET utf8mb4' unless POSTGRES}")
    values = [-32_768, -(2**31), (2**53 + 1).to_s, 1.5, -0.125, '-123456789012345.67891', ODBC::Date.new(2024, 2, 29),
              ODBC::Time.new(23, 59, 58), ODBC::TimeStamp.new(1999, 12, 31, 23, 59, 59, 123_000_000), 'ab',
              "#{UNICODE[-1]}ab"]
    @database.do("INSERT INTO #{name} VALUES (#{(['?'] * values.size).join(', ')})", *values)
    @database.run("SELECT * FROM #{name}") do |statement|
      row = statement.fetch.map { |cell| utf8(cell) }
      row[9] = row[9].strip
      assert_equal values.map(&:to_s), row.map(&:to_s)
    end
  end

  def test_ruby_times
    name = table("a date, m #{POSTGRES ? 'timestamp' : 'datetime'}")
    @database.do("INSERT INTO #{name} VALUES ('2024-02-29', '2024-02-29 12:30:15')")
    @database.use_time = true
    @database.use_utc = true
    row = @database.run("SELECT a, m FROM #{name}", &:fetch)
    assert_equal [Date.new(2024, 2, 29), Time.utc(2024, 2, 29, 12, 30, 15)], row
  end
end

class Statements < ClientCase
  def test_ways_to_fetch
    @database.run(format(NUMBERS, 100)) do |statement|
      assert_equal [1], statement.fetch
      assert_equal({ 'n' => 2 }, statement.fetch_hash)
      assert_equal({ n: 3 }, statement.fetch_hash(key: :Symbol))
      assert_equal [[4], [5]], statement.fetch_many(2)
      assert_equal (6..100).map { |i| [i] }, statement.fetch_all
      assert_nil statement.fetch
    end
    sum = 0
    @database.run(format(NUMBERS, 3000)) { |statement| statement.each { |row| sum += row[0] } }
    assert_equal 3000 * 3001 / 2, sum
  end

  def test_scrolling
    statement = @database.newstmt
    statement.cursortype = ODBC::SQL_CURSOR_STATIC
    statement.run(format(NUMBERS, 10))
    assert_equal [10], statement.fetch_scroll(ODBC::SQL_FETCH_LAST)
    assert_equal [9], statement.fetch_scroll(ODBC::SQL_FETCH_PRIOR)
    assert_equal [1], statement.fetch_first
    assert_equal [5], statement.fetch_scroll(ODBC::SQL_FETCH_ABSOLUTE, 5)
    assert_equal [7], statement.fetch_scroll(ODBC::SQL_FETCH_RELATIVE, 2)
    assert_equal [8], statement.fetch
    statement.drop
  end

  def test_columns
    name = table('id integer NOT NULL, price numeric(9,3), word varchar(17)')
    @database.run("SELECT id, price, word FROM #{name}") do |statement|
      id, price, word = statement.columns(true)
      assert_equal %w[id price word], [id, price, word].map(&:name)
      assert_equal ODBC::SQL_INTEGER, id.type
      assert_equal [9, 3], [price.precision, price.scale]
      assert_equal 17, word.length
      assert word.nullable
      assert_equal 3, statement.ncols
    end
  end

  def test_prepared_once
    name = table("id integer, v #{TEXT}")
    insert = @database.prepare("INSERT INTO #{name} VALUES (?, ?)")
    assert_equal 2, insert.nparams
    (1..50).each { |i| insert.execute(i, (UNICODE * i unless (i % 3).zero?)) }
    insert.drop
    select = @database.prepare("SELECT v FROM #{name} WHERE id = ?")
    [1, 3, 50, 51, 2].each do |i|
      select.execute(i)
      expected = i > 50 ? [] : [[i % 3 == 0 ? nil : UNICODE * i]]
      assert_equal expected, (select.fetch_all || []).map { |row| row.map { |cell| utf8(cell) } }
    end
    select.drop
  end

  def test_parameters_are_described
    name = table('id integer, word varchar(17)')
    @database.prepare("INSERT INTO #{name} VALUES (?, ?)") do |statement|
      assert_equal 2, statement.parameters.size
      assert_equal ODBC::SQL_INTEGER, statement.parameter(0).type if POSTGRES # MySQL does not tell
    end
  end

  def test_several_open
    first, second = Array.new(2) { @database.run(format(NUMBERS, 500)) }
    (1..500).each { |i| assert_equal [[i], [i]], [first.fetch, second.fetch] }
    [first, second].each(&:drop)
  end

  def test_several_results
    if POSTGRES
      statement = @database.run('SELECT 1 AS a; SELECT 2 AS b')
    else
      routine = new_name('r')
      @database.do("CREATE PROCEDURE #{routine}() BEGIN SELECT 1 AS a; SELECT 2 AS b; END")
      @drops << "DROP PROCEDURE #{routine}"
      statement = @database.run("{call #{routine}()}")
    end
    assert_equal [[1]], statement.fetch_all
    assert statement.more_results
    assert_equal [[2]], statement.fetch_all
    statement.drop
  end

  def test_options
    statement = @database.newstmt
    statement.timeout = 20
    statement.maxrows = 3
    statement.run(format(NUMBERS, 10))
    assert_equal 3, statement.fetch_all.size
    statement.drop
    named = @database.run('SELECT 1')
    refute_empty named.cursorname
    named.drop
  end
end

class Transactions < ClientCase
  def setup
    super
    @name = table('id integer PRIMARY KEY')
    @writer = ODBC.connect(DSN)
    @writer.autocommit = false
  end

  def teardown
    @writer.drop_all
    @writer.disconnect
    super
  end

  def count
    value("SELECT COUNT(*) FROM #{@name}").to_i
  end

  def test_commit_and_rollback
    @writer.do("INSERT INTO #{@name} VALUES (1)")
    assert_equal 0, count
    @writer.rollback
    @writer.do("INSERT INTO #{@name} VALUES (2)")
    fails_with(POSTGRES ? '23505' : '23000', 'uplicate') { @writer.do("INSERT INTO #{@name} VALUES (2)") }
    @writer.do("INSERT INTO #{@name} VALUES (3)")
    @writer.commit
    assert_equal 2, count
  end

  def test_blocks
    @writer.transaction { |db| db.do("INSERT INTO #{@name} VALUES (1)") }
    assert_equal 1, count
    assert_raises(RuntimeError) do
      @writer.transaction do |db|
        db.do("DELETE FROM #{@name}")
        raise 'changed my mind'
      end
    end
    assert_equal 1, count
  end
end

class Errors < ClientCase
  def test_states_and_texts
    name = table('id integer PRIMARY KEY')
    @database.do("INSERT INTO #{name} VALUES (1)")
    fails_with(POSTGRES ? '42P01' : '42S02', 'no_such_table') { @database.run('SELECT * FROM no_such_table') }
    fails_with(POSTGRES ? '42601' : '42000', 'syntax') { @database.run('SELEC 1') }
    fails_with(POSTGRES ? '23505' : '23000', 'uplicate') { @database.do("INSERT INTO #{name} VALUES (?)", 1) }
    assert_equal 1, value("SELECT id FROM #{name}")
  end
end

class Catalogue < ClientCase
  def rows(statement)
    statement.map(&:to_a).tap { statement.drop }.map { |row| row.map { |cell| utf8(cell) } }
  end

  def test_functions
    parent = table('id integer NOT NULL PRIMARY KEY')
    name = table("a integer NOT NULL, note varchar(20), parent integer, PRIMARY KEY (a)," \
                 " FOREIGN KEY (parent) REFERENCES #{parent}(id)")
    @database.do("CREATE UNIQUE INDEX #{name}_note ON #{name} (note)")
    assert_equal [[name, 'TABLE']], rows(@database.tables(name)).map { |row| row[2, 2] }
    assert_equal %w[a note parent], rows(@database.columns(name)).map { |row| row[3] }
    assert_equal %w[note], rows(@database.columns(name, 'note')).map { |row| row[3] }
    assert_equal %w[a], rows(@database.primary_keys(name)).map { |row| row[3] }
    assert_equal [[name, 'parent']], rows(@database.foreign_keys(parent)).map { |row| row[6, 2] }
    assert_includes rows(@database.indexes(name, true)).map { |row| row[5] }, "#{name}_note"
    assert_equal %w[a], rows(@database.special_columns(name)).map { |row| row[1] }
    assert_operator rows(@database.types).size, :>, 10
    assert_equal [4], rows(@database.types(ODBC::SQL_INTEGER)).map { |row| row[1] }.uniq
    rows(@database.table_privileges(name))
  end

  def test_procedures
    routine = new_name('r')
    if POSTGRES
      @database.do("CREATE FUNCTION #{routine}(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b'")
      @drops << "DROP FUNCTION #{routine}"
    else
      @database.do("CREATE PROCEDURE #{routine}(a INT, b INT) SELECT a + b")
      @drops << "DROP PROCEDURE #{routine}"
    end
    assert_equal [routine], rows(@database.procedures(routine)).map { |row| row[2] }
    assert_includes rows(@database.procedure_columns(routine)).map { |row| row[3] }, 'b'
    assert_equal 42, value("{call #{routine}(?, ?)}", 40, 2).to_i
  end
end
