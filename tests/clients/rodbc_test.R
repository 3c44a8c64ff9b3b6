# R's RODBC: queries into data frames, data frames into tables, the catalogue, transactions.
library(RODBC)

dsn <- Sys.getenv("SLUICE_DSN")
is_pg <- dsn == "pg"
text_type <- if (is_pg) "text" else "longtext CHARACTER SET utf8mb4"
bytes_type <- if (is_pg) "bytea" else "blob" # RODBC allocates a column's size a row
numbers <- if (is_pg) "SELECT n FROM generate_series(1, %d) AS n" else "SELECT seq AS n FROM seq_1_to_%d"
unicode <- "\u00e4 \u4e2d\u6587 \U0001f600"
table <- sprintf("rodbc_%d", Sys.getpid())

failures <- 0
scenario <- function(name, body) {
  outcome <- tryCatch({ force(body); NULL }, error = function(e) conditionMessage(e))
  if (!is.null(outcome)) failures <<- failures + 1
  cat(if (is.null(outcome)) "ok     " else "FAILED ", name, if (!is.null(outcome)) ":", outcome, "\n")
}

same <- function(expected, actual, what) {
  difference <- all.equal(expected, actual, check.attributes = FALSE)
  if (!isTRUE(difference)) {
    stop(what, ": ", paste(difference, collapse = "; "), ": ", paste(format(actual), collapse = ","))
  }
}

# Statements that must work: RODBC returns the errors of others as text, and for rows that it changed
# and does not return "No Data".
run <- function(channel, statement, ...) {
  result <- sqlQuery(channel, statement, errors = TRUE, stringsAsFactors = FALSE, ...)
  if (is.character(result) && length(result) > 0 && result[1] != "No Data") {
    stop(paste(result, collapse = " "))
  }
  result
}

# RODBC knows how to quote names on MySQL, and has not heard of MariaDB.
connect <- function() odbcDriverConnect(paste0("DSN=", dsn, if (is_pg) "" else ";DBMSName=MySQL"))

channel <- connect()
if (!inherits(channel, "RODBC")) quit(status = 1)

scenario("connecting", {
  for (open in list(
    function() odbcConnect(dsn, uid = Sys.getenv("RELAY_USER"), pwd = Sys.getenv("RELAY_PASSWORD")),
    function() odbcDriverConnect(paste0("DSN=", dsn)),
    function() odbcDriverConnect(Sys.getenv("SLUICE_CONNECTION")))) {
    other <- open()
    same(TRUE, inherits(other, "RODBC"), "connected")
    same(1L, run(other, "SELECT 1 AS one")$one, "a query")
    odbcClose(other)
  }
  same(dsn, names(odbcDataSources())[match(dsn, names(odbcDataSources()))], "data sources")
  info <- odbcGetInfo(channel)
  same(TRUE, info[["DBMS_Name"]] %in% c("PostgreSQL", "MySQL", "MariaDB"), "DBMS_Name")
})

scenario("a wrong password", {
  warned <- ""
  other <- withCallingHandlers(
    odbcConnect(dsn, uid = Sys.getenv("RELAY_USER"), pwd = "not-it"),
    warning = function(w) {
      warned <<- paste(warned, conditionMessage(w))
      invokeRestart("muffleWarning")
    })
  same(-1L, other, "refused")
  same(TRUE, grepl("28000", warned), paste("its SQLSTATE:", warned))
})

scenario("values", {
  run(channel, sprintf(
    "CREATE TABLE %s (i integer PRIMARY KEY, f double precision, n numeric(12,3), v %s, d date, t %s)",
    table, text_type, if (is_pg) "timestamp" else "datetime"))
  run(channel, sprintf(
    "INSERT INTO %s VALUES (1, 0.25, -123.125, '%s', '2024-02-29', '2024-02-29 23:59:58')",
    table, unicode))
  run(channel, sprintf("INSERT INTO %s VALUES (2, NULL, NULL, NULL, NULL, NULL)", table))
  frame <- run(channel, sprintf("SELECT * FROM %s ORDER BY i", table))
  same(c(1L, 2L), frame$i, "integers")
  same(c(0.25, NA), frame$f, "doubles")
  same(c(-123.125, NA), frame$n, "decimals")
  same(c(unicode, NA), frame$v, "texts")
  same(as.Date(c("2024-02-29", NA)), frame$d, "dates")
  same("2024-02-29 23:59:58", format(frame$t[1], "%Y-%m-%d %H:%M:%S"), "moments")
  raw <- run(channel, sprintf("SELECT i, n, d FROM %s ORDER BY i", table), as.is = TRUE)
  same(c("-123.125", NA), raw$n, "as text")
  same("2024-02-29", raw$d[1], "a date as text")
})

scenario("octets", {
  octets <- sprintf("rodbc_octets_%d", Sys.getpid())
  run(channel, sprintf("CREATE TABLE %s (i integer, b %s)", octets, bytes_type))
  literal <- if (is_pg) "'\\x00ff01'" else "x'00ff01'"
  run(channel, sprintf("INSERT INTO %s VALUES (1, %s), (2, NULL)", octets, literal))
  # RODBC allocates the size that it is told. A bytea has one where it is no long type, here as with psqlodbc.
  sized <- odbcDriverConnect(paste0("DSN=", dsn, ";ByteaAsLongVarBinary=0"))
  frame <- run(sized, sprintf("SELECT b FROM %s ORDER BY i", octets))
  odbcClose(sized)
  same(as.raw(c(0, 255, 1)), frame$b[[1]], "octets")
  same(0L, length(frame$b[[2]]), paste("NULL", format(frame$b[[2]])))
  sqlDrop(channel, octets)
})

scenario("many rows", {
  frame <- run(channel, sprintf(numbers, 5000L))
  same(5000 * 5001 / 2, sum(frame$n), "at once")
  frame <- run(channel, sprintf(numbers, 5000L), max = 100, rows_at_time = 10)
  same(1:100, as.integer(frame$n), "the first")
  same(101:200, as.integer(sqlGetResults(channel, max = 100)$n), "the next")
  same(4800L, nrow(sqlGetResults(channel)), "the rest")
})

scenario("data frames", {
  frame <- data.frame(key = 1:300, value = c(NA, (2:300) / 8), word = paste0(unicode, 1:300),
                      stringsAsFactors = FALSE)
  frame$word[7] <- NA
  saved <- paste0(table, "_frame")
  types <- c(key = "integer", value = "double precision",
             word = if (is_pg) "varchar(40)" else "varchar(40) CHARACTER SET utf8mb4")
  for (fast in c(TRUE, FALSE)) {
    same(1L, sqlSave(channel, frame, saved, rownames = FALSE, varTypes = types, fast = fast), "sqlSave")
    read <- sqlFetch(channel, saved, stringsAsFactors = FALSE)
    read <- read[order(read$key), ]
    for (name in names(frame)) same(frame[[name]], read[[name]], paste(name, "of sqlFetch, fast", fast))
    first <- sqlFetch(channel, saved, max = 10)
    same(10L, nrow(first), "the first of sqlFetch")
    same(290L, nrow(sqlFetchMore(channel)), "sqlFetchMore")
    changed <- frame[1:20, ]
    changed$value <- -1
    same(1L, sqlUpdate(channel, changed, saved, index = "key", fast = fast), "sqlUpdate")
    count <- sprintf("SELECT COUNT(*) AS c FROM %s WHERE value = -1", saved)
    same(20L, as.integer(run(channel, count)$c), "its rows")
    same(1L, sqlSave(channel, frame[1:5, ], saved, append = TRUE, rownames = FALSE, fast = fast),
         "append")
    sqlClear(channel, saved)
    same(0L, as.integer(run(channel, sprintf("SELECT COUNT(*) AS c FROM %s", saved))$c), "sqlClear")
    sqlDrop(channel, saved)
  }
})

scenario("data frames in types that RODBC chooses", {
  frame <- data.frame(number = c(1.5, 2.5), word = c("a", NA), whole = 1:2, stringsAsFactors = FALSE)
  saved <- paste0(table, "_types")
  sqlSave(channel, frame, saved, rownames = FALSE)
  read <- sqlFetch(channel, saved, stringsAsFactors = FALSE)
  same(frame$number, read$number, "numbers")
  same(frame$word, read$word, "texts")
  same(frame$whole, read$whole, "integers")
  sqlDrop(channel, saved)
})

scenario("catalogue", {
  tables <- sqlTables(channel, tableName = table)
  same(table, as.character(tables$TABLE_NAME), "sqlTables")
  columns <- sqlColumns(channel, table)
  same(c("i", "f", "n", "v", "d", "t"), as.character(columns$COLUMN_NAME), "sqlColumns")
  same(12L, as.integer(columns$COLUMN_SIZE[3]), "a size")
  keys <- sqlPrimaryKeys(channel, table)
  same("i", as.character(keys$COLUMN_NAME), "sqlPrimaryKeys")
  same(TRUE, nrow(sqlTypeInfo(channel)) > 10, "sqlTypeInfo")
  same(TRUE, nrow(sqlTypeInfo(channel, "integer")) >= 1, "sqlTypeInfo of integers")
})

scenario("transactions", {
  count <- function() {
    as.integer(run(channel, sprintf("SELECT COUNT(*) AS c FROM %s WHERE i >= 100", table))$c)
  }
  writer <- odbcConnect(dsn)
  odbcSetAutoCommit(writer, FALSE)
  run(writer, sprintf("INSERT INTO %s (i) VALUES (100)", table))
  same(0L, count(), "before the commit")
  odbcEndTran(writer, commit = FALSE)
  run(writer, sprintf("INSERT INTO %s (i) VALUES (101)", table))
  odbcEndTran(writer, commit = TRUE)
  same(1L, count(), "after it")
  odbcSetAutoCommit(writer, TRUE)
  odbcClose(writer)
})

scenario("errors", {
  result <- sqlQuery(channel, "SELECT * FROM no_such_table")
  same(TRUE, any(grepl(if (is_pg) "42P01" else "42S02", result)), paste("SQLSTATE in", result[1]))
  same(TRUE, any(grepl("no_such_table", result)), "text")
  result <- sqlQuery(channel, sprintf("INSERT INTO %s (i) VALUES (1)", table))
  same(TRUE, any(grepl(if (is_pg) "23505" else "23000", result)), "a duplicate")
  same(-1L, odbcQuery(channel, "SELEC 1"), "odbcQuery")
  same(TRUE, any(grepl("syntax", odbcGetErrMsg(channel))), "odbcGetErrMsg")
  odbcClearError(channel)
  same(1L, run(channel, "SELECT 1 AS one")$one, "the next statement")
})

scenario("several connections", {
  others <- lapply(1:5, function(i) odbcConnect(dsn))
  for (other in others) same(1L, run(other, "SELECT 1 AS one")$one, "a query")
  odbcCloseAll()
})

channel <- connect()
sqlDrop(channel, table)
odbcClose(channel)
quit(status = if (failures > 0) 1 else 0)
