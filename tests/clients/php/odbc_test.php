<?php
// PHP's odbc extension, function by function as its manual has them.

declare(strict_types=1);

require __DIR__ . '/scenarios.php';

/** Connections and tables of one scenario; the tables go when it ends. */
final class Odbc
{
    public readonly Database $database;
    /** @var list<string> */
    private array $drops = [];
    public readonly mixed $connection;

    public function __construct()
    {
        $this->database = Database::chosen();
        $this->connection = odbc_connect($this->database->dsn, '', '');
    }

    public function __destruct()
    {
        foreach (array_reverse($this->drops) as $drop) {
            odbc_exec($this->connection, $drop);
        }
        odbc_close($this->connection);
    }

    public function table(string $columns): string
    {
        $table = new_name();
        $this->make("CREATE TABLE $table ($columns)", "DROP TABLE $table");
        return $table;
    }

    public function make(string $create, string $drop): void
    {
        odbc_exec($this->connection, $create);
        $this->drops[] = $drop;
    }

    public function value(string $query, mixed $connection = null): mixed
    {
        $result = odbc_exec($connection ?? $this->connection, $query);
        odbc_fetch_row($result);
        return odbc_result($result, 1);
    }

    /** @return list<array<string, mixed>> with names in lower case: the ODBC reference's are upper case */
    public static function rows(mixed $result): array
    {
        $rows = [];
        while ($row = odbc_fetch_array($result)) {
            $rows[] = array_change_key_case($row);
        }
        odbc_free_result($result);
        return $rows;
    }
}

function values_in_and_out(): void
{
    $odbc = new Odbc();
    $table = $odbc->table("id integer NOT NULL PRIMARY KEY, v {$odbc->database->text_type},"
        . " b {$odbc->database->bytes_type}, f double precision, n numeric(12,3)");
    $insert = odbc_prepare($odbc->connection, "INSERT INTO $table VALUES (?, ?, ?, ?, ?)");
    $octets = implode('', array_map('chr', range(0, 255)));
    that(odbc_execute($insert, [1, UNICODE, $octets, 0.25, '-123456789.125']), 'insert');
    that(odbc_execute($insert, [2, null, null, null, null]), 'insert of NULLs');
    that(odbc_execute($insert, [3, '', '', 0, 0]), 'insert of empty texts');
    same(1, odbc_num_rows($insert), 'rows inserted');

    $result = odbc_exec($odbc->connection, "SELECT id, v, b, f, n FROM $table ORDER BY id");
    odbc_binmode($result, ODBC_BINMODE_RETURN);
    odbc_longreadlen($result, 1 << 16);
    same(['id' => '1', 'v' => UNICODE, 'b' => $octets, 'f' => '0.25', 'n' => '-123456789.125'],
        odbc_fetch_array($result), 'a row');
    same(['id' => '2', 'v' => null, 'b' => null, 'f' => null, 'n' => null],
        odbc_fetch_array($result), 'NULLs');
    $row = odbc_fetch_object($result);
    same(['', ''], [$row->v, $row->b], 'empty texts');
    same('0.000', $row->n, 'zero');
    same(false, odbc_fetch_array($result), 'the end');
}

function every_common_type(): void
{
    $odbc = new Odbc();
    $types = $odbc->database->types;
    $columns = array_map(static fn (int $i): string => "c$i {$types[$i]->column_type}", array_keys($types));
    $table = $odbc->table(implode(', ', $columns));
    $markers = implode(', ', array_fill(0, count($types), '?'));
    $insert = odbc_prepare($odbc->connection, "INSERT INTO $table VALUES ($markers)");
    that(odbc_execute($insert, array_map(static fn (TypeCase $t): string => $t->written, $types)), 'insert');
    $result = odbc_exec($odbc->connection, "SELECT * FROM $table");
    odbc_fetch_row($result);
    foreach ($types as $i => $type) {
        same($type->read, odbc_result($result, $i + 1), $type->column_type);
    }
}

function a_megabyte(): void
{
    $odbc = new Odbc();
    $table = $odbc->table("id integer, v {$odbc->database->text_type}, b {$odbc->database->bytes_type}");
    $insert = odbc_prepare($odbc->connection, "INSERT INTO $table VALUES (?, ?, ?)");
    that(odbc_execute($insert, [1, long_text(), long_octets()]), 'insert');
    $result = odbc_exec($odbc->connection, "SELECT v, b FROM $table");
    odbc_longreadlen($result, 4 << 20);
    odbc_binmode($result, ODBC_BINMODE_RETURN);
    odbc_fetch_row($result);
    that(odbc_result($result, 'v') === long_text(), 'text');
    that(odbc_result($result, 'b') === long_octets(), 'octets');
}

function long_data_in_parts(): void
{
    $odbc = new Odbc();
    $table = $odbc->table("v {$odbc->database->text_type}, b {$odbc->database->bytes_type}");
    $insert = odbc_prepare($odbc->connection, "INSERT INTO $table VALUES (?, ?)");
    odbc_execute($insert, [long_text(), long_octets()]);
    // Without a length odbc_result passes the value through to the output, a part at a time.
    $result = odbc_exec($odbc->connection, "SELECT v, b FROM $table");
    odbc_longreadlen($result, 0);
    odbc_binmode($result, ODBC_BINMODE_PASSTHRU);
    odbc_fetch_row($result);
    foreach ([long_text(), long_octets()] as $i => $expected) {
        ob_start();
        odbc_result($result, $i + 1);
        that(ob_get_clean() === $expected, "column $i");
    }
    // With a small one it cuts the value.
    $result = odbc_exec($odbc->connection, "SELECT v FROM $table");
    odbc_longreadlen($result, 100);
    odbc_fetch_row($result);
    same(substr(long_text(), 0, 99), substr(odbc_result($result, 1), 0, 99), 'the first part');
}

function parameters_from_a_file(): void
{
    $odbc = new Odbc();
    $table = $odbc->table("b {$odbc->database->bytes_type}");
    $file = tempnam(sys_get_temp_dir(), 'sluice');
    file_put_contents($file, long_octets());
    try {
        // A parameter in single quotes names a file, which the extension sends by SQLPutData.
        $insert = odbc_prepare($odbc->connection, "INSERT INTO $table VALUES (?)");
        that(odbc_execute($insert, ["'$file'"]), 'insert');
    } finally {
        unlink($file);
    }
    $result = odbc_exec($odbc->connection, "SELECT b FROM $table");
    odbc_longreadlen($result, 4 << 20);
    odbc_fetch_row($result);
    that(odbc_result($result, 1) === long_octets(), 'octets');
}

function columns_of_a_result(): void
{
    $odbc = new Odbc();
    $result = odbc_exec($odbc->connection, "SELECT 1 AS one, CAST('abc' AS char(7)) AS two,"
        . ' CAST(1.5 AS decimal(9,3)) AS three');
    same(3, odbc_num_fields($result), 'columns');
    same(['one', 'two', 'three'], array_map(static fn (int $i): string => odbc_field_name($result, $i),
        [1, 2, 3]), 'names');
    same(2, odbc_field_num($result, 'two'), 'number of a column');
    same(7, odbc_field_len($result, 2), 'length of a text');
    same([9, 3], [odbc_field_precision($result, 3), odbc_field_scale($result, 3)], 'precision and scale');
    that(in_array(strtolower(odbc_field_type($result, 1)), ['int4', 'int', 'integer', 'bigint'], true),
        'type ' . odbc_field_type($result, 1));
}

function statements_prepared_once(): void
{
    $odbc = new Odbc();
    $table = $odbc->table("id integer, v {$odbc->database->text_type}");
    $insert = odbc_prepare($odbc->connection, "INSERT INTO $table VALUES (?, ?)");
    for ($i = 1; $i <= 50; $i++) {
        that(odbc_execute($insert, [$i, $i % 3 ? UNICODE . $i : null]), "insert of $i");
    }
    $select = odbc_prepare($odbc->connection, "SELECT v FROM $table WHERE id = ?");
    foreach ([1, 3, 50, 51, 2] as $i) {
        that(odbc_execute($select, [$i]), "select of $i");
        $expected = match (true) {
            $i > 50 => [],
            $i % 3 === 0 => [['v' => null]],
            default => [['v' => UNICODE . $i]],
        };
        $rows = [];
        while ($row = odbc_fetch_array($select)) {
            $rows[] = $row;
        }
        same($expected, $rows, "row $i");
    }
}

function rows_by_number(): void
{
    $odbc = new Odbc();
    $result = odbc_exec($odbc->connection, sprintf($odbc->database->numbers, 10));
    foreach ([1, 5, 10, 2, 9] as $number) {
        that(odbc_fetch_row($result, $number), "row $number");
        same((string) $number, odbc_result($result, 1), "value of row $number");
    }
    that(odbc_fetch_row($result), 'the row after row 9');
    same('10', odbc_result($result, 'n'), 'its value');
    same(false, odbc_fetch_row($result), 'the end');
    same(1, odbc_fetch_into($result, $values, 3), 'odbc_fetch_into');
    same(['3'], $values, 'its values');
}

function several_results(): void
{
    $odbc = new Odbc();
    if ($odbc->database->dsn === 'pg') {
        $result = odbc_exec($odbc->connection, "SELECT 1 AS a; SELECT 2 AS b, 'x' AS c");
    } else {
        $routine = new_name('results');
        $odbc->make("CREATE PROCEDURE $routine() BEGIN SELECT 1 AS a; SELECT 2 AS b, 'x' AS c; END",
            "DROP PROCEDURE $routine");
        $result = odbc_exec($odbc->connection, "{call $routine()}");
    }
    same(['a' => '1'], odbc_fetch_array($result), 'first');
    that(odbc_next_result($result), 'there is a second');
    same(2, odbc_num_fields($result), 'columns of the second');
    same(['b' => '2', 'c' => 'x'], odbc_fetch_array($result), 'second');
}

function routines(): void
{
    $odbc = new Odbc();
    $routine = new_name('routine');
    $odbc->make(sprintf($odbc->database->create_routine, $routine),
        sprintf($odbc->database->drop_routine, $routine));
    $call = odbc_prepare($odbc->connection, "{call $routine(?, ?)}");
    foreach ([[40, 2], [-1, 1]] as $arguments) {
        that(odbc_execute($call, $arguments), 'call');
        that(odbc_fetch_row($call), 'its row');
        same((string) array_sum($arguments), odbc_result($call, 1), 'its value');
        that(!odbc_fetch_row($call), 'no other row');
    }
}

function several_results_open(): void
{
    $odbc = new Odbc();
    $query = sprintf($odbc->database->numbers, 1000);
    $first = odbc_exec($odbc->connection, $query);
    $second = odbc_exec($odbc->connection, $query);
    for ($i = 1; $i <= 1000; $i++) {
        odbc_fetch_row($first);
        odbc_fetch_row($second);
        same([(string) $i, (string) $i], [odbc_result($first, 1), odbc_result($second, 1)], "row $i");
    }
}

function transactions(): void
{
    $odbc = new Odbc();
    $table = $odbc->table('id integer PRIMARY KEY');
    $writer = odbc_connect($odbc->database->dsn, '', '');
    that((bool) odbc_autocommit($writer), 'on at first');
    that(odbc_autocommit($writer, false), 'off');
    that(!odbc_autocommit($writer), 'it is off');
    odbc_exec($writer, "INSERT INTO $table VALUES (1)");
    same('0', $odbc->value("SELECT COUNT(*) FROM $table"), 'before the commit');
    odbc_rollback($writer);
    odbc_exec($writer, "INSERT INTO $table VALUES (2)");
    same(false, @odbc_exec($writer, "INSERT INTO $table VALUES (2)"), 'an error in a transaction');
    odbc_exec($writer, "INSERT INTO $table VALUES (3)");
    odbc_commit($writer);
    same('2', $odbc->value("SELECT COUNT(*) FROM $table"), 'after it');
    odbc_exec($writer, "DELETE FROM $table");
    odbc_close($writer);
    same('2', $odbc->value("SELECT COUNT(*) FROM $table"), 'closing without a commit');
}

function errors(): void
{
    $odbc = new Odbc();
    $table = $odbc->table('id integer PRIMARY KEY');
    odbc_exec($odbc->connection, "INSERT INTO $table VALUES (1)");
    $failures = [
        [$odbc->database->missing_table_state, 'no_such_table', 'SELECT * FROM no_such_table'],
        [$odbc->database->duplicate_state, 'uplicate', "INSERT INTO $table VALUES (1)"],
        [$odbc->database->syntax_error_state, 'syntax', 'SELEC 1'],
    ];
    foreach ($failures as [$state, $text, $statement]) {
        same(false, @odbc_exec($odbc->connection, $statement), $statement);
        // The extension is an application of ODBC 2, whose SQLSTATEs the driver manager gives it.
        $odbc2_state = strtr($state, ['42S02' => 'S0002', '42000' => '37000']);
        same($odbc2_state, odbc_error($odbc->connection), 'its SQLSTATE');
        contains($text, odbc_errormsg($odbc->connection), 'its text');
        same('1', $odbc->value("SELECT id FROM $table"), 'the next statement');
    }
    $insert = odbc_prepare($odbc->connection, "INSERT INTO $table VALUES (?)");
    same(false, @odbc_execute($insert, [1]), 'a duplicate');
    same($odbc->database->duplicate_state, odbc_error($odbc->connection), 'its SQLSTATE');
    that(odbc_execute($insert, [2]), 'the statement works again');
    same(false, @odbc_connect($odbc->database->dsn, getenv('RELAY_USER'), 'not-it'), 'a wrong password');
    same('28000', odbc_error(), 'its SQLSTATE');
    contains('password', odbc_errormsg(), 'its text');
}

function connecting(): void
{
    $database = Database::chosen();
    $user = getenv('RELAY_USER');
    $password = getenv('RELAY_PASSWORD');
    foreach ([
        odbc_connect($database->dsn, $user, $password),
        odbc_connect("DSN={$database->dsn}", $user, $password),
        odbc_connect(getenv('SLUICE_CONNECTION'), '', ''),
        odbc_pconnect($database->dsn, $user, $password),
        odbc_pconnect($database->dsn, $user, $password),
    ] as $connection) {
        $result = odbc_exec($connection, "SELECT '" . UNICODE . "'");
        odbc_fetch_row($result);
        same(UNICODE, odbc_result($result, 1), 'a statement');
    }
    odbc_close_all();
    $connection = odbc_connect($database->dsn, $user, $password);
    $source = odbc_data_source($connection, SQL_FETCH_FIRST);
    that(in_array($source['server'] ?? '', ['pg', 'mysql'], true), 'data sources');
    odbc_close($connection);
}

function catalogue(): void
{
    $odbc = new Odbc();
    $parent = $odbc->table('id integer NOT NULL PRIMARY KEY');
    $table = $odbc->table("b integer NOT NULL, a integer NOT NULL, note varchar(20), parent integer,"
        . " PRIMARY KEY (a, b), FOREIGN KEY (parent) REFERENCES $parent(id)");
    odbc_exec($odbc->connection, "CREATE UNIQUE INDEX {$table}_note ON $table (note)");
    $connection = $odbc->connection;
    $tables = Odbc::rows(odbc_tables($connection, null, '%', $table, 'TABLE'));
    same([[$table, 'TABLE']], array_map(static fn (array $r): array => [$r['table_name'], $r['table_type']],
        $tables), 'odbc_tables');
    // PHP is an application of ODBC 2, for which psqlodbc has the names of then.
    [$schema_name, $size_name] =
        $odbc->database->dsn === 'pg' ? ['table_owner', 'precision'] : ['table_schem', 'column_size'];
    // An empty name means objects that have no schema, of which MySQL's drivers find none.
    $schema = $tables[0][$schema_name] ?? '%';
    $catalog = $tables[0][$odbc->database->dsn === 'pg' ? 'table_qualifier' : 'table_cat'];
    $columns = Odbc::rows(odbc_columns($connection, null, '%', $table, '%'));
    same(['b', 'a', 'note', 'parent'], array_column($columns, 'column_name'), 'odbc_columns');
    same(['0', '0', '1', '1'], array_column($columns, 'nullable'), 'their nullability');
    same('20', $columns[2][$size_name], 'the size of a text');
    $keys = Odbc::rows(odbc_primarykeys($connection, null, $schema, $table));
    same(['a', 'b'], array_column($keys, 'column_name'), 'odbc_primarykeys');
    $foreign = Odbc::rows(odbc_foreignkeys($connection, '', '', '', $catalog, $schema, $table));
    same([[$parent, 'id', 'parent']], array_map(static fn (array $r): array =>
        [$r['pktable_name'], $r['pkcolumn_name'], $r['fkcolumn_name']], $foreign), 'odbc_foreignkeys');
    $indexes = Odbc::rows(odbc_statistics($connection, null, $schema, $table,
        SQL_INDEX_UNIQUE, SQL_QUICK));
    that(in_array("{$table}_note", array_column($indexes, 'index_name'), true), 'odbc_statistics');
    $row_id = Odbc::rows(odbc_specialcolumns($connection, SQL_BEST_ROWID, null, $schema, $parent,
        SQL_SCOPE_CURROW, SQL_NULLABLE));
    same(['id'], array_column($row_id, 'column_name'), 'odbc_specialcolumns');
    $types = Odbc::rows(odbc_gettypeinfo($connection, SQL_INTEGER));
    that(in_array('4', array_column($types, 'data_type'), true), 'odbc_gettypeinfo');
    that(count(Odbc::rows(odbc_gettypeinfo($connection))) > 10, 'all types');
    Odbc::rows(odbc_tableprivileges($connection, null, $schema, $table));
    Odbc::rows(odbc_columnprivileges($connection, null, $schema, $table, '%'));
}

function catalogue_of_routines(): void
{
    $odbc = new Odbc();
    $routine = new_name('routine');
    $odbc->make(sprintf($odbc->database->create_routine, $routine),
        sprintf($odbc->database->drop_routine, $routine));
    $routines = Odbc::rows(odbc_procedures($odbc->connection, null, '%', $routine));
    same([$routine], array_column($routines, 'procedure_name'), 'odbc_procedures');
    $columns = Odbc::rows(odbc_procedurecolumns($odbc->connection, null, '%', $routine, '%'));
    $inputs = array_filter($columns, static fn (array $c): bool => $c['column_type'] === '1');
    same(['a', 'b'], array_column($inputs, 'column_name'), 'odbc_procedurecolumns');
}

function options(): void
{
    $odbc = new Odbc();
    $result = odbc_prepare($odbc->connection, 'SELECT 1');
    that(odbc_setoption($result, 2, 0 /* SQL_QUERY_TIMEOUT */, 30), 'a query timeout');
    that(odbc_execute($result), 'execute');
    that(odbc_cursor($result) !== '', 'a cursor has a name');
    that(odbc_setoption($odbc->connection, 1, 102 /* SQL_AUTOCOMMIT */, 1), 'an option of the connection');
}

function printing_a_table(): void
{
    $odbc = new Odbc();
    $result = odbc_exec($odbc->connection, sprintf($odbc->database->numbers, 3));
    ob_start();
    same(3, @odbc_result_all($result), 'rows'); // deprecated since PHP 8.1
    contains('<td>3</td>', ob_get_clean(), 'HTML');
}

Scenarios::run([
    'connecting' => connecting(...),
    'values in and out' => values_in_and_out(...),
    'every common type' => every_common_type(...),
    'a megabyte' => a_megabyte(...),
    'long data in parts' => long_data_in_parts(...),
    'parameters from a file' => parameters_from_a_file(...),
    'columns of a result' => columns_of_a_result(...),
    'statements prepared once' => statements_prepared_once(...),
    'rows by number' => rows_by_number(...),
    'several results' => several_results(...),
    'routines' => routines(...),
    'several results open' => several_results_open(...),
    'transactions' => transactions(...),
    'errors' => errors(...),
    'catalogue' => catalogue(...),
    'catalogue of routines' => catalogue_of_routines(...),
    'options' => options(...),
    'printing a table' => printing_a_table(...),
]);
