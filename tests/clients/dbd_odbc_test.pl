# What DBD::ODBC offers beyond DBI's basics (dbi_test.pl has those): its attributes, its functions, its
# ways to bind, read and insert; most of what its own tests try of a driver.
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
  ? (text => 'text', bytes => 'bytea', numbers => 'SELECT n FROM generate_series(1, %d) AS n')
  : (text => 'longtext CHARACTER SET utf8mb4', bytes => 'longblob',
     numbers => 'SELECT seq AS n FROM seq_1_to_%d');

sub connect_to {
    my ($source, %attributes) = @_;
    return DBI->connect("dbi:ODBC:$source", undef, undef,
        { RaiseError => 1, PrintError => 0, AutoCommit => 1, %attributes });
}

my $dbh = connect_to($dsn);
my ($table, $child) = map { "dbd_${_}_$$" } qw(table child);
my $unicode = encode('UTF-8', "ä 中文 \x{1F600}");

$dbh->do("CREATE TABLE $table (id integer NOT NULL PRIMARY KEY, v $facts{text}, b $facts{bytes},"
       . " n numeric(12,3) DEFAULT 1.5, s varchar(20) NOT NULL DEFAULT 'x')");
$dbh->do("CREATE TABLE $child (a integer NOT NULL, b integer NOT NULL, parent integer,"
       . " PRIMARY KEY (b, a), FOREIGN KEY (parent) REFERENCES $table(id))");
$dbh->do("CREATE UNIQUE INDEX ${table}_s ON $table (s)");

END { if ($dbh) { local $?; $dbh->do("DROP TABLE $_") for $child, $table } }

# One that dies does not keep the others from running.
sub scenario {
    my ($name, $body) = @_;
    subtest $name => sub { eval { $body->(); 1 } or fail "died: $@" };
}

sub rows_of { return $_[0]->fetchall_arrayref({}) }

# DBI's names of columns are those of the ODBC reference, in whatever case the driver has them.
sub lower { return [map { my $row = $_; +{ map { lc $_ => $row->{$_} } keys %$row } } @{ $_[0] }] }

scenario 'connecting' => sub {
    for my $source ($dsn, "DSN=$dsn", $ENV{SLUICE_CONNECTION}) {
        my $other = connect_to($source);
        is $other->selectrow_array('SELECT 1'), 1, 'connected';
        ok $other->ping, 'ping';
        ok $other->{Active}, 'active';
        ok length $other->{odbc_out_connect_string}, 'the connection string' if $source =~ /=/;
        $other->disconnect;
        ok !$other->ping, 'no ping when disconnected';
    }
    is scalar(grep { $_ eq "dbi:ODBC:$dsn" } DBI->data_sources('ODBC')), 1, 'data_sources';
    ok !eval { connect_to('DSN=no_such_source'); 1 }, 'no such data source';
};

scenario 'private attributes' => sub {
    is $dbh->{odbc_SQL_DRIVER_ODBC_VER}, $dbh->get_info(77), 'odbc_SQL_DRIVER_ODBC_VER';
    my $direct = $dbh->prepare('SELECT 1', { odbc_exec_direct => 1 });
    $direct->execute;
    is_deeply $direct->fetchall_arrayref, [[1]], 'odbc_exec_direct';
    my $limited = $dbh->prepare('SELECT 1', { odbc_query_timeout => 20 });
    $limited->execute;
    is_deeply $limited->fetchall_arrayref, [[1]], 'odbc_query_timeout';
    my $named = $dbh->prepare("SELECT COUNT(*) FROM $table WHERE id = :id OR id = :other");
    $named->bind_param('id', 1);
    $named->bind_param('other', 2);
    $named->execute;
    is_deeply $named->fetchall_arrayref, [[0]], 'named placeholders';
};

scenario 'what statements tell' => sub {
    my $select = $dbh->prepare("SELECT id, v, n, s FROM $table WHERE id = ? OR s = ?");
    $select->execute(1, 'a');
    is_deeply $select->{ParamValues}, { 1 => 1, 2 => 'a' }, 'ParamValues';
    is_deeply [sort keys %{ $select->{ParamTypes} }], [1, 2], 'ParamTypes';
    is_deeply [map { lc } @{ $select->{NAME_lc} }], [qw(id v n s)], 'NAME_lc';
    is_deeply [map { $_ ? 1 : 0 } @{ $select->{NULLABLE} }], [0, 1, 1, 0], 'NULLABLE';
    is $select->{Statement}, "SELECT id, v, n, s FROM $table WHERE id = ? OR s = ?", 'Statement';
    ok length $select->{CursorName}, 'CursorName';
    is $select->func(1, 18, 'ColAttributes'), 'id', 'ColAttributes: SQL_COLUMN_LABEL';
    is $select->func(4, 6, 'ColAttributes'), 20, 'SQL_COLUMN_DISPLAY_SIZE';
    $select->finish;
};

scenario 'limits of long columns' => sub {
    my $text = 'abcdefghij' x 1000;
    $dbh->do("INSERT INTO $table (id, v, b, s) VALUES (1, ?, ?, 'long')", undef, $text, $text);
    my $read = sub {
        my (%attributes) = @_;
        my $other = connect_to($dsn, %attributes);
        return $other->selectrow_array("SELECT v FROM $table WHERE id = 1");
    };
    is $read->(LongReadLen => 10000), $text, 'long enough';
    is substr($read->(LongReadLen => 100, LongTruncOk => 1), 0, 100), substr($text, 0, 100),
      'cut where that is allowed';
    ok !eval { $read->(LongReadLen => 100); 1 }, 'else an error';
    like $@, qr/01004|truncat/i, 'its text';
};

scenario 'reading a long value in parts' => sub {
    my $octets = pack 'N*', 0 .. 50_000;
    my $insert = $dbh->prepare("INSERT INTO $table (id, b, s) VALUES (2, ?, 'parts')");
    $insert->bind_param(1, $octets, SQL_LONGVARBINARY);
    $insert->execute;
    my $select = $dbh->prepare("SELECT b, s FROM $table WHERE id = 2");
    $select->execute;
    $select->bind_col(1, undef, { TreatAsLOB => 1 });
    ok $select->fetch, 'fetch';
    my ($all, $part) = ('');
    while (my $length = $select->odbc_lob_read(1, \$part, 8192, { TYPE => SQL_BINARY })) {
        is $length, length $part, 'length of a part' if !length $all;
        $all .= $part;
    }
    ok $all eq $octets, 'octets';
};

scenario 'types of bound columns' => sub {
    $dbh->do("INSERT INTO $table (id, v, n, s) VALUES (3, '42', 2.5, 'types')");
    my $select = $dbh->prepare("SELECT id, v, n, s FROM $table WHERE id = 3");
    $select->execute;
    $select->bind_col(1, \my $id, { TYPE => SQL_INTEGER, DiscardString => 1 });
    $select->bind_col(2, \my $text, { TYPE => SQL_VARCHAR });
    $select->bind_col(3, \my $number, { TYPE => SQL_NUMERIC, StrictlyTyped => 1 });
    $select->bind_col(4, \my $short);
    ok $select->fetch, 'fetch';
    is_deeply [$id + 0, $text, $number + 0, $short], [3, 42, 2.5, 'types'], 'values';
    $select->finish;
    $select = $dbh->prepare("SELECT id, s FROM $table WHERE id IN (1, 2, 3) ORDER BY id");
    $select->execute;
    $select->bind_columns(\my ($key, $name));
    my @names;
    push @names, "$key $name" while $select->fetch;
    is_deeply \@names, ['1 long', '2 parts', '3 types'], 'bind_columns';
};

scenario 'types of bound parameters' => sub {
    my $insert = $dbh->prepare("INSERT INTO $table (id, v, b, n, s) VALUES (?, ?, ?, ?, ?)");
    $insert->bind_param(1, 10, SQL_INTEGER);
    $insert->bind_param(2, $unicode, SQL_LONGVARCHAR);
    $insert->bind_param(3, "\0\1\xFF", { TYPE => SQL_VARBINARY });
    $insert->bind_param(4, '-7.125', SQL_DECIMAL);
    $insert->bind_param(5, 'bound', SQL_VARCHAR);
    is $insert->execute, 1, 'insert';
    $insert->bind_param(1, 11);
    $insert->bind_param(5, 'again');
    $insert->bind_param($_, undef) for 2 .. 4;
    is $insert->execute, 1, 'NULLs';
    is_deeply $dbh->selectall_arrayref("SELECT v, b, n FROM $table WHERE id IN (10, 11) ORDER BY id"),
      [[$unicode, "\0\1\xFF", '-7.125'], [undef, undef, undef]], 'equal';
};

scenario 'ways to fetch' => sub {
    my $query = sprintf $facts{numbers}, 1000;
    is_deeply $dbh->selectcol_arrayref($query), [1 .. 1000], 'selectcol_arrayref';
    my $select = $dbh->prepare($query);
    $select->execute;
    is_deeply $select->fetchall_arrayref(undef, 10), [map { [$_] } 1 .. 10], 'fetchall_arrayref of 10';
    is_deeply $select->fetchrow_hashref, { n => 11 }, 'fetchrow_hashref';
    is scalar @{ $select->fetchall_arrayref([0]) }, 989, 'the rest';
    ok !$select->fetch, 'the end';
    is_deeply $dbh->selectall_hashref("SELECT id, s FROM $table WHERE id < 3", 'id'),
      { 1 => { id => 1, s => 'long' }, 2 => { id => 2, s => 'parts' } }, 'selectall_hashref';
    is $dbh->do("UPDATE $table SET n = 9 WHERE id IN (1, 2)"), 2, 'rows';
    is $dbh->do("DELETE FROM $table WHERE id = 999"), '0E0', 'no rows';
};

for my $array_operations (0, 1) {
    scenario "arrays of parameters, odbc_array_operations $array_operations" => sub {
        my $writer = connect_to($dsn, odbc_array_operations => $array_operations);
        my $insert = $writer->prepare("INSERT INTO $child (a, b) VALUES (?, ?)");
        my @rows   = map { [$_, $_ * 2] } 1 .. 25;
        my $next   = 0;
        my $done   = $insert->execute_for_fetch(sub { $rows[$next++] }, \my @status);
        is $done, 25, 'execute_for_fetch';
        is scalar @status, 25, 'a status for each';
        # The third one is there already.
        my $failing = eval {
            local $insert->{RaiseError} = 0;
            $insert->execute_array({ ArrayTupleStatus => \my @outcome }, [101, 102, 3, 103], [1, 1, 6, 1]);
            \@outcome;
        };
        is ref $failing->[2], 'ARRAY', 'the status of the tuple that fails';
        is $failing->[2][2], $is_pg ? '23505' : '23000', 'its SQLSTATE';
        is $dbh->selectrow_array("SELECT COUNT(*) FROM $child WHERE a > 100"), 3, 'the others are there';
        $dbh->do("DELETE FROM $child");
    };
}

scenario 'tables' => sub {
    my $found = lower rows_of $dbh->table_info(undef, undef, $table, 'TABLE');
    is_deeply [map { [@$_{qw(table_name table_type)}] } @$found], [[$table, 'TABLE']], 'table_info';
    my $catalogs = lower rows_of $dbh->table_info('%', '', '');
    ok scalar(grep { $_->{table_cat} eq 'sluice' } @$catalogs), 'catalogues';
    if ($is_pg) {  # where there are no schemas DBD::ODBC passes none, which makes it another question
        my $types = lower rows_of $dbh->table_info('', '', '', '%');
        ok scalar(grep { $_->{table_type} eq 'VIEW' } @$types), 'types';
        my $schemas = lower rows_of $dbh->table_info('', '%', '');
        ok scalar(grep { $_->{table_schem} eq 'public' } @$schemas), 'schemas';
    }
    ok scalar(grep { /\Q$table\E/ } $dbh->tables(undef, undef, "$table%", 'TABLE')), 'tables';
};

scenario 'columns' => sub {
    my $columns = lower rows_of $dbh->column_info(undef, undef, $table, '%');
    is_deeply [map { $_->{column_name} } @$columns], [qw(id v b n s)], 'names';
    is_deeply [map { $_->{ordinal_position} } @$columns], [1 .. 5], 'positions';
    is_deeply [map { $_->{is_nullable} } @$columns], [qw(NO YES YES YES NO)], 'nullable';
    is_deeply [@{ $columns->[3] }{qw(column_size decimal_digits)}], [12, 3], 'size of a decimal';
    is $columns->[4]{column_size}, 20, 'size of a text';
    like $columns->[4]{column_def}, qr/x/, 'default';
    my $one = lower rows_of $dbh->column_info(undef, undef, $table, 's');
    is scalar @$one, 1, 'one column';
};

scenario 'keys and indexes' => sub {
    my $keys = lower rows_of $dbh->primary_key_info(undef, undef, $child);
    is_deeply [map { [@$_{qw(column_name key_seq)}] } @$keys], [['b', 1], ['a', 2]], 'primary_key_info';
    is_deeply [$dbh->primary_key(undef, undef, $child)], [qw(b a)], 'primary_key';
    for my $arguments ([undef, undef, $table, undef, undef, $child], [undef, undef, $table, undef, undef, undef],
                       [undef, undef, undef, undef, undef, $child]) {
        my $foreign = rows_of $dbh->foreign_key_info(@$arguments);
        is scalar @$foreign, 1, 'foreign_key_info';
        my ($row) = @$foreign;
        my $name = sub { my ($odbc, $cli) = @_; return $row->{$odbc} // $row->{$cli} };
        is $name->('PKTABLE_NAME', 'UK_TABLE_NAME'), $table, 'the key of this table';
        is $name->('FKCOLUMN_NAME', 'FK_COLUMN_NAME'), 'parent', 'by this column';
    }
    my $indexes = lower rows_of $dbh->statistics_info(undef, undef, $table, 1, 1);
    ok scalar(grep { ($_->{index_name} // '') eq "${table}_s" } @$indexes), 'statistics_info';
    # The module makes empty names of undef, which mean objects without catalogue and schema.
    my ($catalog, $schema) = $is_pg ? ('', '') : ($dbh->selectrow_array('SELECT database()'), '%');
    my $row_id = $dbh->func(1, $catalog, $schema, $table, 1, 1, 'GetSpecialColumns')->fetchall_arrayref;
    is_deeply [map { $_->[1] } @$row_id], ['id'], 'GetSpecialColumns';
};

scenario 'types and functions' => sub {
    my $all = $dbh->type_info_all;
    ok @$all > 10, 'type_info_all';
    for my $type (SQL_INTEGER, SQL_TYPE_TIMESTAMP, SQL_LONGVARBINARY, SQL_DOUBLE) {
        my ($info) = $dbh->type_info($type);
        is $info->{DATA_TYPE}, $type, "type_info of $type: $info->{TYPE_NAME}";
    }
    is $dbh->quote("it's"), q('it''s'), 'quote';
    ok defined $dbh->get_info($_), "get_info $_" for 2, 6, 7, 10, 13, 17, 18, 25, 29, 41, 46, 47, 77, 89, 114;
};

scenario 'diagnostics' => sub {
    my $select = $dbh->prepare('SELECT * FROM no_such_table');
    ok !eval { $select->execute; 1 }, 'an error';
    is $select->state, $is_pg ? '42P01' : '42S02', 'state';
    ok $select->err, 'err';
    my $seen;
    {
        local $dbh->{HandleError} = sub { $seen = $_[0]; return 1 };
        $dbh->do('SELEC 1');
    }
    like $seen, qr/syntax/i, 'HandleError';
    is $dbh->selectrow_array('SELECT 1'), 1, 'the next statement';
};

scenario 'transactions' => sub {
    my $writer = connect_to($dsn, AutoCommit => 0);
    $writer->do("INSERT INTO $child (a, b) VALUES (1, 1)");
    ok !eval { $writer->do("INSERT INTO $child (a, b) VALUES (1, 1)"); 1 }, 'an error undoes itself';
    $writer->do("INSERT INTO $child (a, b) VALUES (2, 2)");
    $writer->commit;
    is $dbh->selectrow_array("SELECT COUNT(*) FROM $child"), 2, 'commit';
    $writer->do("DELETE FROM $child");
    $writer->disconnect;
    is $dbh->selectrow_array("SELECT COUNT(*) FROM $child"), 2, 'disconnect rolls back';
    $dbh->begin_work;
    ok !$dbh->{AutoCommit}, 'begin_work';
    $dbh->do("DELETE FROM $child");
    $dbh->commit;
    ok $dbh->{AutoCommit}, 'and AutoCommit is back';
};

done_testing;
