<?php
// PHP's PDO with its odbc driver, as applications and frameworks use it.

declare(strict_types=1);

require __DIR__ . '/scenarios.php';

/** A connection and tables of one scenario; the tables go when it ends. */
final class Session
{
    public readonly Database $database;
    public readonly PDO $pdo;
    /** @var list<string> */
    private array $drops = [];

    public function __construct(array $options = [])
    {
        $this->database = Database::chosen();
        $this->pdo = $this->connect($options);
    }

    public function __destruct()
    {
        $pdo = $this->connect(); // whatever state the scenario left the other in
        foreach (array_reverse($this->drops) as $drop) {
            $pdo->exec($drop);
        }
    }

    public function connect(array $options = []): PDO
    {
        return new PDO("odbc:{$this->database->dsn}", null, null,
            $options + [PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC]);
    }

    public function table(string $columns): string
    {
        $table = new_name();
        $this->make("CREATE TABLE $table ($columns)", "DROP TABLE $table");
        return $table;
    }

    public function make(string $create, string $drop): void
    {
        $this->pdo->exec($create);
        $this->drops[] = $drop;
    }

    public function value(string $query, ?PDO $pdo = null): mixed
    {
        return ($pdo ?? $this->pdo)->query($query)->fetchColumn();
    }
}

function fails(string $state, string $text, callable $body): void
{
    try {
        $body();
    } catch (PDOException $error) {
        same($state, $error->errorInfo[0], 'SQLSTATE of ' . $error->getMessage());
        contains($text, $error->getMessage(), 'text');
        return;
    }
    throw new CheckFailed("no error, where $state was expected");
}

/** PDO reads every column as text: that of octets are hexadecimal digits, on MySQL themselves. */
function as_text(string $octets): string
{
    return Database::chosen()->dsn === 'pg' ? strtoupper(bin2hex($octets)) : $octets;
}

function connecting(): void
{
    $database = Database::chosen();
    $user = getenv('RELAY_USER');
    $password = getenv('RELAY_PASSWORD');
    foreach ([
        new PDO("odbc:{$database->dsn}"),
        new PDO("odbc:{$database->dsn}", $user, $password),
        new PDO("odbc:DSN={$database->dsn}", $user, $password),
        new PDO('odbc:' . getenv('SLUICE_CONNECTION')),
        new PDO("odbc:{$database->dsn}", $user, $password, [PDO::ATTR_PERSISTENT => true]),
        new PDO("odbc:{$database->dsn}", $user, $password, [PDO::ATTR_PERSISTENT => true]),
    ] as $pdo) {
        same('works', $pdo->query("SELECT 'works'")->fetchColumn(), 'a statement');
    }
    $pdo = new PDO("odbc:{$database->dsn}");
    same('odbc', $pdo->getAttribute(PDO::ATTR_DRIVER_NAME), 'driver');
    contains($database->dbms_name, $pdo->getAttribute(PDO::ATTR_SERVER_INFO), 'server');
    that(preg_match('/^\d\d\.\d\d\.\d{4}/', $pdo->getAttribute(PDO::ATTR_SERVER_VERSION)) === 1, 'version');
    try {
        new PDO("odbc:{$database->dsn}", $user, 'not-it');
        throw new CheckFailed('a wrong password connects');
    } catch (PDOException $error) {
        contains('SQLSTATE[28000]', $error->getMessage(), 'a wrong password');
    }
}

function values_in_and_out(): void
{
    $odbc = new Session();
    $table = $odbc->table("id integer NOT NULL PRIMARY KEY, v {$odbc->database->text_type},"
        . " b {$odbc->database->bytes_type}, f double precision, n numeric(12,3)");
    $octets = implode('', array_map('chr', range(0, 255)));
    $insert = $odbc->pdo->prepare("INSERT INTO $table VALUES (:id, :v, :b, :f, :n)");
    $insert->bindValue('id', 1, PDO::PARAM_INT);
    $insert->bindValue('v', UNICODE);
    $insert->bindValue('b', $octets, PDO::PARAM_LOB);
    $insert->bindValue('f', 0.25);
    $insert->bindValue('n', '-123456789.125');
    that($insert->execute(), 'insert');
    same(1, $insert->rowCount(), 'rows inserted');
    $insert = $odbc->pdo->prepare("INSERT INTO $table VALUES (?, ?, ?, ?, ?)");
    that($insert->execute([2, null, null, null, null]), 'insert of NULLs');
    that($insert->execute([3, '', '', 0, 0]), 'insert of empty texts');

    $rows = $odbc->pdo->query("SELECT id, v, b, f, n FROM $table ORDER BY id")->fetchAll();
    same(['id' => '1', 'v' => UNICODE, 'b' => as_text($octets), 'f' => '0.25', 'n' => '-123456789.125'],
        $rows[0], 'a row');
    same(['id' => '2', 'v' => null, 'b' => null, 'f' => null, 'n' => null], $rows[1], 'NULLs');
    same(['', '', '0.000'], [$rows[2]['v'], $rows[2]['b'], $rows[2]['n']], 'empty texts and a zero');
    same(3, count($rows), 'rows');
}

function every_common_type(): void
{
    $odbc = new Session();
    $types = $odbc->database->types;
    $columns = array_map(static fn (int $i): string => "c$i {$types[$i]->column_type}", array_keys($types));
    $table = $odbc->table(implode(', ', $columns));
    $insert = $odbc->pdo->prepare("INSERT INTO $table VALUES ("
        . implode(', ', array_fill(0, count($types), '?')) . ')');
    that($insert->execute(array_column($types, 'written')), 'insert');
    $row = $odbc->pdo->query("SELECT * FROM $table")->fetch(PDO::FETCH_NUM);
    foreach ($types as $i => $type) {
        same($type->read, $row[$i], $type->column_type);
    }
}

function a_megabyte(): void
{
    $odbc = new Session();
    $table = $odbc->table("v {$odbc->database->text_type}, b {$odbc->database->bytes_type}");
    $stream = fopen('php://memory', 'w+b');
    fwrite($stream, long_octets());
    rewind($stream);
    $insert = $odbc->pdo->prepare("INSERT INTO $table VALUES (?, ?)");
    $insert->bindValue(1, long_text());
    $insert->bindParam(2, $stream, PDO::PARAM_LOB); // sent by SQLPutData
    that($insert->execute(), 'insert');
    $select = $odbc->pdo->query("SELECT v, b FROM $table");
    $select->bindColumn(1, $text);
    $select->bindColumn(2, $octets, PDO::PARAM_LOB);
    that($select->fetch(PDO::FETCH_BOUND), 'fetch');
    that($text === long_text(), 'text');
    that(stream_get_contents($octets) === as_text(long_octets()), 'octets');
}

function ways_to_fetch(): void
{
    $odbc = new Session();
    $query = "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, 'y'";
    same([1 => 'x', 2 => 'y'], $odbc->pdo->query($query)->fetchAll(PDO::FETCH_KEY_PAIR), 'pairs');
    same(['x', 'y'], $odbc->pdo->query($query)->fetchAll(PDO::FETCH_COLUMN, 1), 'a column');
    same('y', $odbc->pdo->query($query)->fetchAll(PDO::FETCH_OBJ)[1]->b, 'objects');
    same(['a' => '1', 0 => '1', 'b' => 'x', 1 => 'x'],
        $odbc->pdo->query($query)->fetch(PDO::FETCH_BOTH), 'both');
    $sum = 0;
    foreach ($odbc->pdo->query(sprintf($odbc->database->numbers, 5000)) as $row) {
        $sum += (int) $row['n'];
    }
    same(5000 * 5001 / 2, $sum, 'iteration');
    $select = $odbc->pdo->query($query);
    same(2, $select->columnCount(), 'columns');
    $select->fetch();
    that($select->closeCursor(), 'closeCursor');
    that($select->execute(), 'execute again');
    same(2, count($select->fetchAll()), 'rows again');
}

function statements_prepared_once(): void
{
    $odbc = new Session();
    $table = $odbc->table("id integer, v {$odbc->database->text_type}");
    $insert = $odbc->pdo->prepare("INSERT INTO $table VALUES (?, ?)");
    $insert->bindParam(1, $id, PDO::PARAM_INT);
    $insert->bindParam(2, $text);
    for ($id = 1; $id <= 50; $id++) {
        $text = $id % 3 ? str_repeat(UNICODE, $id) : null;
        that($insert->execute(), "insert of $id");
    }
    $select = $odbc->pdo->prepare("SELECT v FROM $table WHERE id = ?");
    foreach ([1, 3, 50, 51, 2] as $id) {
        $select->execute([$id]);
        $expected = match (true) {
            $id > 50 => [],
            $id % 3 === 0 => [null],
            default => [str_repeat(UNICODE, $id)],
        };
        same($expected, $select->fetchAll(PDO::FETCH_COLUMN), "row $id");
    }
}

function scrolling(): void
{
    $odbc = new Session();
    $select = $odbc->pdo->prepare(sprintf($odbc->database->numbers, 10),
        [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
    $select->execute();
    $at = static fn (int $orientation, int $offset = 0): mixed =>
        $select->fetch(PDO::FETCH_NUM, $orientation, $offset)[0] ?? false;
    same('10', $at(PDO::FETCH_ORI_LAST), 'last');
    same('9', $at(PDO::FETCH_ORI_PRIOR), 'prior');
    same('1', $at(PDO::FETCH_ORI_FIRST), 'first');
    same('5', $at(PDO::FETCH_ORI_ABS, 5), 'absolute');
    same('7', $at(PDO::FETCH_ORI_REL, 2), 'relative');
    same('8', $at(PDO::FETCH_ORI_NEXT), 'next');
}

function several_results(): void
{
    $odbc = new Session();
    if ($odbc->database->dsn === 'pg') {
        $result = $odbc->pdo->query("SELECT 1 AS a; SELECT 2 AS b, 'x' AS c");
    } else {
        $routine = new_name('results');
        $odbc->make("CREATE PROCEDURE $routine() BEGIN SELECT 1 AS a; SELECT 2 AS b, 'x' AS c; END",
            "DROP PROCEDURE $routine");
        $result = $odbc->pdo->query("{call $routine()}");
    }
    same([['a' => '1']], $result->fetchAll(), 'first');
    that($result->nextRowset(), 'there is a second');
    same([['b' => '2', 'c' => 'x']], $result->fetchAll(), 'second');
    while ($result->nextRowset()) {
        same(0, $result->columnCount(), 'a result without rows, of the procedure itself');
    }
}

function routines(): void
{
    $odbc = new Session();
    $routine = new_name('routine');
    $odbc->make(sprintf($odbc->database->create_routine, $routine),
        sprintf($odbc->database->drop_routine, $routine));
    $call = $odbc->pdo->prepare("{call $routine(?, ?)}");
    foreach ([[40, 2], [-1, 1]] as $arguments) {
        $call->execute($arguments);
        same((string) array_sum($arguments), $call->fetchColumn(), 'its value');
        $call->closeCursor();
    }
}

function several_results_open(): void
{
    $odbc = new Session();
    $query = sprintf($odbc->database->numbers, 1000);
    [$first, $second] = [$odbc->pdo->query($query), $odbc->pdo->query($query)];
    for ($i = 1; $i <= 1000; $i++) {
        same([(string) $i, (string) $i], [$first->fetchColumn(), $second->fetchColumn()], "row $i");
    }
}

function transactions(): void
{
    $odbc = new Session();
    $table = $odbc->table('id integer PRIMARY KEY');
    $count = fn (): int => (int) $odbc->value("SELECT COUNT(*) FROM $table");
    $writer = $odbc->connect();
    that($writer->beginTransaction(), 'begin');
    that($writer->inTransaction(), 'it is open');
    $writer->exec("INSERT INTO $table VALUES (1)");
    same(0, $count(), 'before the commit');
    that($writer->rollBack(), 'rollBack');
    that(!$writer->inTransaction(), 'it is not open');
    $writer->beginTransaction();
    $writer->exec("INSERT INTO $table VALUES (2)");
    fails($odbc->database->duplicate_state, 'uplicate',
        fn () => $writer->exec("INSERT INTO $table VALUES (2)"));
    $writer->exec("INSERT INTO $table VALUES (3)");
    that($writer->commit(), 'commit');
    same(2, $count(), 'after it');
    same(2, $writer->exec("UPDATE $table SET id = id + 10"), 'rows changed, committed by itself');
    $writer->beginTransaction();
    $writer->exec("DELETE FROM $table");
    unset($writer);
    same(2, $count(), 'closing without a commit');
    $manual = $odbc->connect([PDO::ATTR_AUTOCOMMIT => false]);
    $manual->exec("DELETE FROM $table");
    same(2, $count(), 'without autocommit');
    $manual->setAttribute(PDO::ATTR_AUTOCOMMIT, true); // which commits
    same(0, $count(), 'with it again');
}

function errors(): void
{
    $odbc = new Session();
    $table = $odbc->table('id integer PRIMARY KEY');
    $odbc->pdo->exec("INSERT INTO $table VALUES (1)");
    $failures = [
        [$odbc->database->missing_table_state, 'no_such_table', 'SELECT * FROM no_such_table'],
        [$odbc->database->duplicate_state, 'uplicate', "INSERT INTO $table VALUES (1)"],
        [$odbc->database->syntax_error_state, 'syntax', 'SELEC 1'],
    ];
    foreach ($failures as [$state, $text, $statement]) {
        fails($state, $text, fn () => $odbc->pdo->query($statement)->fetchAll());
        same($state, $odbc->pdo->errorCode(), 'errorCode');
        same('1', $odbc->value("SELECT id FROM $table"), 'the next statement');
    }
    $insert = $odbc->pdo->prepare("INSERT INTO $table VALUES (?)");
    fails($odbc->database->duplicate_state, 'uplicate', fn () => $insert->execute([1]));
    that($insert->execute([2]), 'the statement works again');
    $silent = $odbc->connect([PDO::ATTR_ERRMODE => PDO::ERRMODE_SILENT]);
    same(false, $silent->query('SELECT * FROM no_such_table'), 'a silent error');
    same($odbc->database->missing_table_state, $silent->errorInfo()[0], 'its errorInfo');
}

Scenarios::run([
    'connecting' => connecting(...),
    'values in and out' => values_in_and_out(...),
    'every common type' => every_common_type(...),
    'a megabyte' => a_megabyte(...),
    'ways to fetch' => ways_to_fetch(...),
    'statements prepared once' => statements_prepared_once(...),
    'scrolling' => scrolling(...),
    'several results' => several_results(...),
    'routines' => routines(...),
    'several results open' => several_results_open(...),
    'transactions' => transactions(...),
    'errors' => errors(...),
]);
