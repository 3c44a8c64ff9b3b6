<?php
// Scenarios for PHP clients: a scenario is a function that checks what it gets; every one runs, the
// first failed check ends it, and the script's exit status tells whether any failed.

declare(strict_types=1);

error_reporting(E_ALL);

final class CheckFailed extends Exception
{
}

final class Scenarios
{
    private int $failed = 0;

    /** @param array<string, callable> $scenarios */
    public static function run(array $scenarios): never
    {
        $runner = new self();
        foreach ($scenarios as $name => $scenario) {
            $runner->runOne($name, $scenario);
        }
        printf("%d of %d scenarios failed\n", $runner->failed, count($scenarios));
        exit($runner->failed === 0 ? 0 : 1);
    }

    private function runOne(string $name, callable $scenario): void
    {
        // A warning that no scenario expects is a failure; what @ silences is expected.
        set_error_handler(static function (int $level, string $message): bool {
            if (error_reporting() & $level) {
                throw new CheckFailed("unexpected: $message");
            }
            return true;
        });
        try {
            $scenario();
            echo "ok      $name\n";
        } catch (Throwable $problem) {
            $this->failed++;
            printf("FAILED  %s: %s\n%s\n", $name, $problem->getMessage(), $problem->getTraceAsString());
        } finally {
            restore_error_handler();
        }
    }
}

function same(mixed $expected, mixed $actual, string $what): void
{
    if ($expected !== $actual) {
        throw new CheckFailed(sprintf('%s: expected %s, not %s', $what, shown($expected), shown($actual)));
    }
}

function that(bool $condition, string $what): void
{
    if (!$condition) {
        throw new CheckFailed($what);
    }
}

function contains(string $part, string $whole, string $what): void
{
    that(str_contains($whole, $part), sprintf('%s: no %s in %s', $what, shown($part), shown($whole)));
}

function shown(mixed $value): string
{
    $text = is_string($value) ? bin2hex($value) . ' ' . $value : var_export($value, true);
    return strlen($text) > 400 ? substr($text, 0, 400) . ' …' : $text;
}

/** A column type, what a client writes to it, and what it reads when that is another text. */
final class TypeCase
{
    public readonly string $read;

    public function __construct(
        public readonly string $column_type,
        public readonly string $written,
        ?string $read = null,
    ) {
        $this->read = $read ?? $written;
    }
}

/** What the two databases do differently. */
final class Database
{
    /** @param list<TypeCase> $types */
    public function __construct(
        public readonly string $dsn,
        public readonly string $dbms_name,
        public readonly string $text_type,
        public readonly string $bytes_type,
        public readonly string $numbers, // the numbers from 1 to %d in a column called n
        public readonly string $duplicate_state,
        public readonly string $missing_table_state,
        public readonly string $syntax_error_state,
        public readonly string $create_routine, // {call %s(a, b)} answers their sum as a row
        public readonly string $drop_routine,
        public readonly array $types,
    ) {
    }

    public static function chosen(): self
    {
        return getenv('SLUICE_DSN') === 'pg' ? self::postgres() : self::mysql();
    }

    private static function postgres(): self
    {
        return new self(
            dsn: 'pg',
            dbms_name: 'PostgreSQL',
            text_type: 'text',
            bytes_type: 'bytea',
            numbers: 'SELECT n FROM generate_series(1, %d) AS n',
            duplicate_state: '23505',
            missing_table_state: '42P01',
            syntax_error_state: '42601',
            create_routine: 'CREATE FUNCTION %s(a integer, b integer) RETURNS integer'
                . " LANGUAGE sql AS 'SELECT a + b'",
            drop_routine: 'DROP FUNCTION %s',
            types: [
                new TypeCase('boolean', '1'),
                new TypeCase('smallint', '-32768'),
                new TypeCase('integer', '-2147483648'),
                new TypeCase('bigint', '9223372036854775807'),
                new TypeCase('real', '1.5'),
                new TypeCase('double precision', '-0.125'),
                new TypeCase('numeric(20,5)', '-123456789012345.67891'),
                new TypeCase('date', '2024-02-29'),
                new TypeCase('time(0)', '23:59:58'),
                new TypeCase('timestamp(6)', '1999-12-31 23:59:59.123456'),
                new TypeCase('timestamp(0)', '1999-12-31 23:59:59'),
                new TypeCase('uuid', '01234567-89ab-cdef-0123-456789abcdef',
                    '01234567-89AB-CDEF-0123-456789ABCDEF'),
                new TypeCase('varchar(10)', "\u{1F600}ab\u{4E2D}"),
                new TypeCase('char(5)', 'ab', 'ab   '),
                new TypeCase('json', '{"a": 1}'),
                new TypeCase('interval', '1 day 02:03:04'),
            ],
        );
    }

    private static function mysql(): self
    {
        return new self(
            dsn: 'mysql',
            dbms_name: 'MariaDB',
            text_type: 'longtext CHARACTER SET utf8mb4',
            bytes_type: 'longblob',
            numbers: 'SELECT seq AS n FROM seq_1_to_%d',
            duplicate_state: '23000',
            missing_table_state: '42S02',
            syntax_error_state: '42000',
            create_routine: 'CREATE PROCEDURE %s(a INT, b INT) SELECT a + b',
            drop_routine: 'DROP PROCEDURE %s',
            types: [
                new TypeCase('tinyint', '-128'),
                new TypeCase('smallint', '-32768'),
                new TypeCase('int', '-2147483648'),
                new TypeCase('int unsigned', '4294967295'),
                new TypeCase('bigint', '9223372036854775807'),
                new TypeCase('bigint unsigned', '18446744073709551615'),
                new TypeCase('float', '1.5'),
                new TypeCase('double', '-0.125'),
                new TypeCase('decimal(20,5)', '-123456789012345.67891'),
                new TypeCase('date', '2024-02-29'),
                new TypeCase('time', '23:59:58'),
                new TypeCase('datetime(6)', '1999-12-31 23:59:59.123456'),
                new TypeCase('datetime', '1999-12-31 23:59:59'),
                new TypeCase('year', '2024'),
                new TypeCase('varchar(10) CHARACTER SET utf8mb4', "\u{1F600}ab\u{4E2D}"),
                new TypeCase('char(5)', 'ab'),
                new TypeCase("enum('one','two')", 'two'),
                new TypeCase('json', '{"a": 1}'),
            ],
        );
    }
}

/** Beyond ASCII, beyond Latin 1, beyond the BMP. */
const UNICODE = "\u{E4} \u{4E2D}\u{6587} \u{1F600}";

/** A megabyte of text in which every character takes more than one octet. */
function long_text(): string
{
    return str_repeat(UNICODE, intdiv(1 << 20, strlen(UNICODE)));
}

/** A megabyte with every octet. */
function long_octets(): string
{
    return pack('N*', ...array_map(static fn (int $i): int => $i * 2654435761 % (1 << 32), range(1, 1 << 18)));
}

function new_name(string $prefix = 't'): string
{
    static $count = 0;
    return sprintf('php_%s_%d_%d', $prefix, getmypid(), ++$count);
}
