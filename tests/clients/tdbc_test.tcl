# Tcl's tdbc::odbc with tcltest: statements, rows as dictionaries and lists, the catalogue, transactions.
package require Tcl 8.6
package require tcltest
package require tdbc::odbc
namespace import tcltest::test
tcltest::configure -verbose {body error}

set dsn $env(SLUICE_DSN)
set is_pg [expr {$dsn eq "pg"}]
set text_type [expr {$is_pg ? "text" : "longtext CHARACTER SET utf8mb4"}]
set numbers [expr {$is_pg ? "SELECT n FROM generate_series(1, %d) AS n" : "SELECT seq AS n FROM seq_1_to_%d"}]
# Tcl 8.6 has no characters beyond the BMP.
set unicode "\u00e4 \u4e2d\u6587"

tdbc::odbc::connection create db "DSN=$dsn"
set table tdbc_[pid]
db allrows "CREATE TABLE $table (id integer NOT NULL PRIMARY KEY, v $text_type, f double precision,\
            n numeric(12,3), d date, s varchar(20))"

proc run {sql} { return [lindex [db allrows -as lists $sql] 0 0] }

# The errorcode of a script that fails: {TDBC class sqlstate ODBC native}
proc failure {script} {
    if {![catch {uplevel 1 $script} message options]} { return "no error" }
    return [list [lindex [dict get $options -errorcode] 2] $message]
}

test connect-1 {with user and password} -body {
    tdbc::odbc::connection create other "DSN=$dsn;UID=$env(RELAY_USER);PWD=$env(RELAY_PASSWORD)"
    set one [lindex [other allrows -as lists {SELECT 1}] 0 0]
    other close
    set one
} -result 1

test connect-2 {without a data source} -body {
    tdbc::odbc::connection create other $env(SLUICE_CONNECTION)
    set one [lindex [other allrows -as lists {SELECT 1}] 0 0]
    other close
    set one
} -result 1

test connect-3 {a wrong password} -body {
    lindex [failure {tdbc::odbc::connection create other "DSN=$dsn;UID=$env(RELAY_USER);PWD=not-it"}] 0
} -result 28000

test connect-4 {data sources and drivers} -body {
    list [dict exists [tdbc::odbc::datasources] $dsn] [dict exists [tdbc::odbc::drivers] Sluice]
} -result {1 1}

test values-1 {variables of the caller are parameters} -body {
    set id 1; set v $unicode; set f 0.25; set n -123456789.125; set d 2024-02-29; set s word
    db allrows "INSERT INTO $table VALUES (:id, :v, :f, :n, :d, :s)"
    db allrows "SELECT * FROM $table WHERE id = :id"
} -result [list [list id 1 v $unicode f 0.25 n -123456789.125 d 2024-02-29 s word]]

test values-2 {a variable that is not set is NULL} -body {
    db allrows "INSERT INTO $table VALUES (:id, :v, :f, :n, :d, :s)" {id 2}
    list [db allrows "SELECT * FROM $table WHERE id = 2"] \
        [db allrows -as lists "SELECT id, v FROM $table WHERE id = 2"]
} -result {{{id 2}} {{2 {}}}}

test values-3 {a megabyte of text} -body {
    set long [string repeat $unicode [expr {(1 << 20) / 4}]]
    db allrows "INSERT INTO $table (id, v) VALUES (3, :long)"
    string equal $long [run "SELECT v FROM $table WHERE id = 3"]
} -result 1

test values-4 {an empty text} -body {
    db allrows "INSERT INTO $table (id, v, s) VALUES (4, :empty, :empty)" {empty {}}
    db allrows "SELECT * FROM $table WHERE id = 4"
} -result {{id 4 v {} s {}}}

test values-5 {every common type as text} -body {
    set types [expr {$is_pg ? {
        smallint -32768 integer -2147483648 bigint 9223372036854775807 real 1.5
        "double precision" -0.125 numeric(20,5) -123456789012345.67891 date 2024-02-29 time(0) 23:59:58
        timestamp(6) {1999-12-31 23:59:59.123456} varchar(10) word uuid 01234567-89AB-CDEF-0123-456789ABCDEF
    } : {
        tinyint -128 smallint -32768 int -2147483648 bigint 9223372036854775807 float 1.5 double -0.125
        decimal(20,5) -123456789012345.67891
        date 2024-02-29 time 23:59:58 datetime(6) {1999-12-31 23:59:59.123456} varchar(10) word year 2024
    }}]
    set wrong {}
    foreach {type value} $types {
        db allrows "CREATE TABLE ${table}_type (v $type)"
        db allrows "INSERT INTO ${table}_type VALUES (:value)"
        set read [run "SELECT v FROM ${table}_type"]
        if {$read ne $value} { lappend wrong [list $type $value $read] }
        db allrows "DROP TABLE ${table}_type"
    }
    set wrong
} -result {}

test statements-1 {prepared once, executed often} -body {
    set insert [db prepare "INSERT INTO $table (id, v) VALUES (:id, :v)"]
    for {set id 100} {$id < 150} {incr id} {
        set v $unicode$id
        set result [$insert execute]
        if {[$result rowcount] != 1} { error "rowcount [$result rowcount]" }
        $result close
    }
    $insert close
    set select [db prepare "SELECT v FROM $table WHERE id = :id"]
    set found {}
    foreach id {100 149 999 120} { lappend found [$select allrows -as lists] }
    $select close
    set found
} -result [list "{{${unicode}100}}" "{{${unicode}149}}" {} "{{${unicode}120}}"]

test statements-2 {parameters and their types} -body {
    set insert [db prepare "INSERT INTO $table (id, n) VALUES (:id, :n)"]
    $insert paramtype id in integer
    $insert paramtype n in numeric 12 3
    $insert allrows {id 200 n 1.125}
    set names [lsort [dict keys [$insert params]]]
    $insert close
    list $names [run "SELECT n FROM $table WHERE id = 200"]
} -result {{id n} 1.125}

test statements-3 {columns of a result} -body {
    set select [db prepare "SELECT id, s FROM $table WHERE id = 1"]
    set result [$select execute]
    set columns [$result columns]
    set row {}
    $result nextdict row
    $select close
    list $columns $row
} -result {{id s} {id 1 s word}}

test statements-4 {rows one by one} -body {
    set sum 0
    db foreach row [format $numbers 2000] { incr sum [dict get $row n] }
    set sum
} -result 2001000

test statements-5 {two results open} -body {
    foreach name {first second} {
        set statement_$name [db prepare [format $numbers 300]]
        set result_$name [[set statement_$name] execute]
    }
    set equal 0
    while {[$result_first nextlist a] && [$result_second nextlist b]} { incr equal [expr {$a eq $b}] }
    $statement_first close
    $statement_second close
    set equal
} -result 300

test statements-6 {a routine} -setup {
    if {$is_pg} {
        db allrows "CREATE FUNCTION ${table}_sum(a integer, b integer) RETURNS integer\
                    LANGUAGE sql AS 'SELECT a + b'"
    } else {
        db allrows "CREATE PROCEDURE ${table}_sum(a INT, b INT) SELECT a + b"
    }
} -body {
    set call [db prepare "{CALL ${table}_sum(:a, :b)}"] ;# preparecall of tdbc 1.1.5 never works
    set sum [$call allrows -as lists {a 40 b 2}]
    $call close
    set sum
} -cleanup {
    db allrows [expr {$is_pg ? "DROP FUNCTION ${table}_sum" : "DROP PROCEDURE ${table}_sum"}]
} -result 42

test transactions-1 {a script that ends well is committed} -body {
    db transaction { db allrows "INSERT INTO $table (id) VALUES (300)" }
    run "SELECT COUNT(*) FROM $table WHERE id = 300"
} -result 1

test transactions-2 {a script that fails is undone} -body {
    catch { db transaction { db allrows "DELETE FROM $table"; error stop } } message
    list $message [expr {[run "SELECT COUNT(*) FROM $table"] > 50}]
} -result {stop 1}

test transactions-3 {begun and rolled back by hand, an error between} -body {
    db begintransaction
    db allrows "INSERT INTO $table (id) VALUES (301)"
    set state [lindex [failure {db allrows "INSERT INTO $table (id) VALUES (301)"}] 0]
    db allrows "INSERT INTO $table (id) VALUES (302)"
    db commit
    db begintransaction
    db allrows "INSERT INTO $table (id) VALUES (303)"
    db rollback
    list $state [run "SELECT COUNT(*) FROM $table WHERE id > 300"]
} -result [list [expr {$is_pg ? 23505 : 23000}] 2]

test errors-1 {SQLSTATE and text} -body {
    lassign [failure {db allrows {SELECT * FROM no_such_table}}] state text
    list $state [string match *no_such_table* $text] [run {SELECT 1}]
} -result [list [expr {$is_pg ? "42P01" : "42S02"}] 1 1]

test errors-2 {the class of a SQLSTATE} -body {
    catch {db allrows {SELEC 1}} message options
    lrange [dict get $options -errorcode] 0 1
} -result {TDBC SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION}

test catalogue-1 {tables} -body { dict keys [db tables $table] } -result $table

test catalogue-2 {columns} -body {
    set columns [db columns $table]
    set n [dict get $columns n]
    list [dict keys $columns] [dict get $n precision] [dict get $n scale] [dict get $columns id nullable] \
        [dict keys [db columns $table s]]
} -result {{id v f n d s} 12 3 0 s}

test catalogue-3 {keys} -setup {
    db allrows "CREATE TABLE ${table}_child (a integer PRIMARY KEY, parent integer,\
                FOREIGN KEY (parent) REFERENCES $table (id))"
} -body {
    set foreign [lindex [db foreignkeys -foreign ${table}_child] 0]
    list [lmap row [db primarykeys $table] { dict get $row columnName }] \
        [dict get $foreign primaryTable] [dict get $foreign foreignColumn]
} -cleanup { db allrows "DROP TABLE ${table}_child" } -result [list id $table parent]

test configure-1 {options of a connection} -body {
    set before [db configure -isolation]
    db configure -isolation serializable
    set after [db configure -isolation]
    db configure -isolation $before
    list $after [db configure -readonly]
} -result {serializable 0}

test configure-2 {a time limit} -body {
    tdbc::odbc::connection create limited "DSN=$dsn" -timeout 1000
    set one [lindex [limited allrows -as lists {SELECT 1}] 0 0]
    limited close
    set one
} -result 1

db allrows "DROP TABLE $table"
db close
set failed $tcltest::numTests(Failed)
tcltest::cleanupTests
exit [expr {$failed > 0}]
