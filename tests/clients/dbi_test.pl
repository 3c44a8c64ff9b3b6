# Perl's DBI with DBD::ODBC, which binds, describes and reads otherwise than pyodbc.
use strict;
use warnings;
use utf8;
use DBI qw(:sql_types);
use Encode qw(encode);
use Test::More;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

my $dsn   = $ENV{SLUICE_DSN};
my $is_pg = $dsn eq 'pg';
my %facts = $is_pg
  ? (text => 'text', bytes => 'bytea', unique => '23505', missing => '42P01', native => 1,
     dbms => qr/^PostgreSQL$/)
  : (text => 'longtext CHARACTER SET utf8mb4', bytes => 'longblob', unique => '23000',
     missing => '42S02', native => 1146, dbms => qr/^(?:MySQL|MariaDB)$/);

sub connect_to {
    my (%attributes) = @_;
    return DBI->connect("dbi:ODBC:$dsn", undef, undef,
        { RaiseError => 1, PrintError => 0, AutoCommit => 1, LongReadLen => 4 << 20, %attributes });
}

my $dbh   = connect_to();
my $table = "dbi_$$";
my $other = "dbi_other_$$";
# Distributions build DBD::ODBC as an ANSI application: text is octets, of UTF-8, both ways.
my $unicode = encode('UTF-8', "ä 中文 \x{1F600}");

$dbh->do("CREATE TABLE $table (id integer NOT NULL PRIMARY KEY, v $facts{text}, b $facts{bytes},"
       . ' f double precision, n numeric(12,3), d date)');

END { if ($dbh) { local $?; $dbh->do("DROP TABLE $table") } }

subtest 'values in and out' => sub {
    my $insert = $dbh->prepare("INSERT INTO $table (id, v, b, f, n, d) VALUES (?, ?, ?, ?, ?, ?)");
    my $octets = join '', map { chr } 0 .. 255;
    $insert->bind_param(3, $octets, SQL_LONGVARBINARY);
    is $insert->execute(1, $unicode, $octets, 0.25, '-123456789.125', '2024-02-29'), 1, 'one row';
    is $insert->execute(2, undef, undef, undef, undef, undef), 1, 'a row of NULLs';
    is_deeply $dbh->selectrow_arrayref("SELECT id, v, b, f, n, d FROM $table WHERE id = ?", undef, 1),
      [1, $unicode, $octets, 0.25, '-123456789.125', '2024-02-29'], 'equal';
    is_deeply $dbh->selectrow_arrayref("SELECT v, b, f, n, d FROM $table WHERE id = ?", undef, 2),
      [(undef) x 5], 'NULLs';
};

subtest 'a megabyte' => sub {
    my $text   = $unicode x ((1 << 20) / length $unicode);
    my $octets = pack('N*', 0 .. (1 << 18) - 1);
    my $insert = $dbh->prepare("INSERT INTO $table (id, v, b) VALUES (3, ?, ?)");
    $insert->bind_param(1, $text, SQL_LONGVARCHAR);
    $insert->bind_param(2, $octets, SQL_LONGVARBINARY);
    $insert->execute;
    my ($read_text, $read_octets) = $dbh->selectrow_array("SELECT v, b FROM $table WHERE id = 3");
    ok $read_text eq $text,     'text';
    ok $read_octets eq $octets, 'octets';
};

subtest 'what a statement tells of itself' => sub {
    my $select = $dbh->prepare("SELECT id, v, n FROM $table WHERE id > ?");
    is $select->{NUM_OF_PARAMS}, 1, 'parameters';
    $select->execute(0);
    is $select->{NUM_OF_FIELDS}, 3, 'columns';
    is_deeply [map { lc } @{ $select->{NAME} }], [qw(id v n)], 'names';
    is $select->{TYPE}[0], SQL_INTEGER, 'type of an integer';
    is $select->{PRECISION}[2], 12, 'precision of a decimal';
    is $select->{SCALE}[2],     3,  'scale of a decimal';
    ok $select->{NULLABLE}[1], 'nullable';
    $select->finish;
};

subtest 'errors' => sub {
    my $native;
    local $dbh->{odbc_err_handler} = sub { $native = $_[2]; return 1 };
    ok !eval { $dbh->do('SELECT * FROM no_such_table'); 1 }, 'missing table fails';
    is $dbh->state, $facts{missing}, 'its SQLSTATE';
    is $native, $facts{native}, 'its native code';
    like $dbh->errstr, qr/no_such_table/, 'its text';
    ok !eval { $dbh->do("INSERT INTO $table (id) VALUES (1)"); 1 }, 'duplicate fails';
    is $dbh->state, $facts{unique}, 'its SQLSTATE';
    ok !eval { DBI->connect("dbi:ODBC:$dsn", 'demo', 'wrong',
        { RaiseError => 1, PrintError => 0 }); 1 }, 'wrong password fails';
    is $DBI::state, '28000', 'its SQLSTATE';
};

subtest 'transactions' => sub {
    my $count = sub { ($dbh->selectrow_array("SELECT COUNT(*) FROM $table WHERE id >= 100"))[0] };
    my $writer = connect_to(AutoCommit => 0);
    $writer->do("INSERT INTO $table (id) VALUES (100)");
    is $count->(), 0, 'not seen before the commit';
    $writer->rollback;
    $writer->do("INSERT INTO $table (id) VALUES (101)");
    $writer->commit;
    is $count->(), 1, 'seen after it';
    $writer->{AutoCommit} = 1;
    $writer->begin_work;
    $writer->do("DELETE FROM $table WHERE id >= 100");
    $writer->rollback;
    is $count->(), 1, 'begin_work and rollback';
    $writer->disconnect;
};

subtest 'catalogue' => sub {
    my $tables = $dbh->table_info(undef, undef, $table, 'TABLE')->fetchall_arrayref({});
    is scalar @$tables, 1, 'one table';
    is $tables->[0]{TABLE_NAME}, $table, 'its name';
    my $columns = $dbh->column_info(undef, undef, $table, '%')->fetchall_arrayref({});
    is_deeply [map { $_->{COLUMN_NAME} } @$columns], [qw(id v b f n d)], 'columns';
    is $columns->[0]{NULLABLE}, 0, 'NOT NULL';
    is $columns->[4]{COLUMN_SIZE}, 12, 'precision';
    my $keys = $dbh->primary_key_info(undef, undef, $table)->fetchall_arrayref({});
    is_deeply [map { $_->{COLUMN_NAME} } @$keys], ['id'], 'primary key';
    ok scalar(grep { $_ eq 'id' } $dbh->primary_key(undef, undef, $table)), 'primary_key';
    my @types = $dbh->type_info(SQL_INTEGER);
    ok scalar(@types), 'type_info';
    like $dbh->get_info(17), $facts{dbms}, 'SQL_DBMS_NAME';
    is $dbh->quote_identifier('a'), $is_pg ? '"a"' : '`a`', 'quote_identifier';
};

subtest 'several statements open' => sub {
    my ($first, $second) = map { $dbh->prepare("SELECT id FROM $table ORDER BY id") } 1, 2;
    $_->execute for $first, $second;
    for my $id (1, 2, 3) {
        is_deeply [map { $_->fetchrow_arrayref->[0] } $first, $second], [$id, $id], "row $id";
    }
    $_->finish for $first, $second;
    my $select = $dbh->prepare("SELECT v FROM $table WHERE id = ?");
    for my $id (1, 2, 1) {
        $select->execute($id);
        is_deeply $select->fetchall_arrayref, [[$id == 1 ? $unicode : undef]], "executed with $id";
    }
};

subtest 'arrays of parameters' => sub {
    $dbh->do("CREATE TABLE $other (id integer, v $facts{text})");
    my $insert = $dbh->prepare("INSERT INTO $other VALUES (?, ?)");
    my @ids    = 1 .. 500;
    my $done = $insert->execute_array({ ArrayTupleStatus => \my @status }, \@ids,
        [map { $_ % 3 ? "$unicode $_" : undef } @ids]);
    is $done, 500, 'rows';
    is_deeply $dbh->selectrow_arrayref("SELECT COUNT(*), SUM(id), COUNT(v) FROM $other"),
      [500, 125250, 334], 'stored';
    $dbh->do("DROP TABLE $other");
};

subtest 'routines' => sub {
    my $routine = "dbi_routine_$$";
    if ($is_pg) {
        $dbh->do("CREATE FUNCTION $routine(a integer, b integer) RETURNS integer"
               . " LANGUAGE sql AS 'SELECT a + b'");
    } else {
        $dbh->do("CREATE PROCEDURE $routine(a INT, b INT) SELECT a + b");
    }
    my $call = $dbh->prepare("{call $routine(?, ?)}");
    $call->execute(40, 2);
    is_deeply $call->fetchall_arrayref, [[42]], 'call with a result';
    $dbh->do($is_pg ? "DROP FUNCTION $routine" : "DROP PROCEDURE $routine");
};

subtest 'several results' => sub {
    plan tests => 1;
    if ($is_pg) {
        my $select = $dbh->prepare('SELECT 1; SELECT 2');
        $select->execute;
        my @results;
        do { push @results, @{ $select->fetchall_arrayref } } while ($select->{odbc_more_results});
        is_deeply \@results, [[1], [2]], 'of two statements';
    } else {
        my $routine = "dbi_results_$$";
        $dbh->do("CREATE PROCEDURE $routine() BEGIN SELECT 1; SELECT 2; END");
        my $call = $dbh->prepare("{call $routine()}");
        $call->execute;
        my @results;
        do { push @results, @{ $call->fetchall_arrayref } } while ($call->{odbc_more_results});
        is_deeply \@results, [[1], [2]], 'of a procedure';
        $dbh->do("DROP PROCEDURE $routine");
    }
};

done_testing;
