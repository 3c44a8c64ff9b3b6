#!/usr/bin/env escript
%%! +fnu
%% -*- erlang; coding: utf-8 -*-
%% Erlang's odbc application: queries, parameter arrays, descriptions, transactions, errors.
-mode(compile).

dsn() -> os:getenv("SLUICE_DSN").
is_pg() -> dsn() =:= "pg".
unicode() -> <<"ä 中文 \x{1F600}"/utf8>>.
%% What the application gives and takes for SQL_C_WCHAR: UTF-16, of the machine's byte order.
wide(Text) -> unicode:characters_to_binary(Text, unicode, {utf16, little}).
wide_type() -> case is_pg() of true -> "text"; false -> "longtext CHARACTER SET utf8mb4" end.
numbers(N) ->
    lists:flatten(io_lib:format(case is_pg() of
        true -> "SELECT n FROM generate_series(1, ~b) AS n";
        false -> "SELECT seq AS n FROM seq_1_to_~b"
    end, [N])).

connect(Options) -> connect("DSN=" ++ dsn(), Options).
connect(Source, Options) ->
    odbc:connect(Source, [{scrollable_cursors, off}, {binary_strings, on}, {tuple_row, on} | Options]).

with_connection(Body) -> with_connection([], Body).
with_connection(Options, Body) ->
    {ok, Db} = connect(Options),
    try Body(Db) after ok = odbc:disconnect(Db) end.

with_table(Db, Columns, Body) ->
    Table = "erlang_" ++ os:getpid() ++ "_" ++ integer_to_list(erlang:unique_integer([positive])),
    {updated, _} = odbc:sql_query(Db, "CREATE TABLE " ++ Table ++ " (" ++ Columns ++ ")"),
    try Body(Table) after odbc:sql_query(Db, "DROP TABLE " ++ Table) end.

same(Same, Same) -> ok;
same(Expected, Actual) -> error({expected, Expected, found, Actual}).

number(Text) when is_binary(Text) -> binary_to_integer(Text);
number(Text) when is_list(Text) -> list_to_integer(Text);
number(Number) -> trunc(Number).

connecting() ->
    User = os:getenv("RELAY_USER"), Password = os:getenv("RELAY_PASSWORD"),
    lists:foreach(fun(Source) ->
        {ok, Db} = connect(Source, []),
        {selected, [_], [{_}]} = odbc:sql_query(Db, "SELECT 1"),
        ok = odbc:disconnect(Db)
    end, ["DSN=" ++ dsn(), "DSN=" ++ dsn() ++ ";UID=" ++ User ++ ";PWD=" ++ Password,
          os:getenv("SLUICE_CONNECTION")]),
    {error, Reason} = connect("DSN=" ++ dsn() ++ ";UID=" ++ User ++ ";PWD=not-it", []),
    true = string:find(Reason, "password") =/= nomatch.

values() -> with_connection(fun(Db) ->
    Columns = "id integer NOT NULL PRIMARY KEY, v " ++ wide_type() ++
              ", f double precision, n numeric(12,3), s varchar(20)",
    with_table(Db, Columns, fun(Table) ->
        Insert = "INSERT INTO " ++ Table ++ " VALUES (?, ?, ?, ?, ?)",
        {updated, 2} = odbc:param_query(Db, Insert, [
            {sql_integer, [1, 2]}, {{sql_wlongvarchar, 100}, [wide(unicode()), null]},
            {sql_double, [0.25, null]},
            {{sql_decimal, 12, 3}, [-1234.125, null]}, {{sql_varchar, 20}, [<<"word">>, null]}]),
        {selected, Names, Rows} = odbc:sql_query(Db, "SELECT id, v, f, n, s FROM " ++ Table ++ " ORDER BY id"),
        same(["id", "v", "f", "n", "s"], Names),
        [{1, _, 0.25, _, _}, {2, null, null, null, null}] = Rows,
        same(<<"word">>, narrow(element(5, hd(Rows)))),
        same(unicode(), narrow(element(2, hd(Rows)))),
        same(-1234.125, element(4, hd(Rows)))
    end)
end).

arrays_of_parameters() -> with_connection(fun(Db) ->
    with_table(Db, "id integer, word varchar(20)", fun(Table) ->
        Ids = lists:seq(1, 500),
        Words = [<<"word", (integer_to_binary(I))/binary>> || I <- Ids],
        {updated, 500} = odbc:param_query(Db, "INSERT INTO " ++ Table ++ " VALUES (?, ?)",
                                          [{sql_integer, Ids}, {{sql_varchar, 20}, Words}]),
        {selected, _, [{Count, Sum}]} = odbc:sql_query(Db, "SELECT COUNT(*), SUM(id) FROM " ++ Table),
        same({500, 125250}, {number(Count), number(Sum)}),
        {selected, _, [{Word}]} = odbc:param_query(Db, "SELECT word FROM " ++ Table ++ " WHERE id = ?",
                                                   [{sql_integer, [77]}]),
        same(<<"word77">>, narrow(Word))
    end)
end).

%% Text comes as UTF-16 or as UTF-8, as the driver describes the column.
narrow(Text) ->
    case binary:match(Text, <<0>>) of
        nomatch -> Text;
        _ -> unicode:characters_to_binary(Text, {utf16, little}, utf8)
    end.

many_rows() -> with_connection(fun(Db) ->
    {selected, ["n"], Rows} = odbc:sql_query(Db, numbers(5000)),
    same(5000 * 5001 div 2, lists:sum([number(N) || {N} <- Rows]))
end).

moments() -> with_connection(fun(Db) ->
    Type = case is_pg() of true -> "timestamp"; false -> "datetime" end,
    with_table(Db, "m " ++ Type ++ ", d date", fun(Table) ->
        Moment = {{2024, 2, 29}, {23, 59, 58}},
        {updated, 1} = odbc:param_query(Db, "INSERT INTO " ++ Table ++ " (m) VALUES (?)",
                                        [{sql_timestamp, [Moment]}]),
        {selected, _, [{Moment, null}]} = odbc:sql_query(Db, "SELECT m, d FROM " ++ Table)
    end)
end).

several_results() -> with_connection(fun(Db) ->
    First = {selected, ["a"], [{1}]}, Second = {selected, ["b"], [{2}]},
    case is_pg() of
        true -> [First, Second] = odbc:sql_query(Db, "SELECT 1 AS a; SELECT 2 AS b");
        false ->
            Routine = "erlang_" ++ os:getpid(),
            odbc:sql_query(Db, "CREATE PROCEDURE " ++ Routine ++
                               "() BEGIN SELECT 1 AS a; SELECT 2 AS b; END"),
            Results = odbc:sql_query(Db, "{call " ++ Routine ++ "()}"),
            odbc:sql_query(Db, "DROP PROCEDURE " ++ Routine),
            [First, Second | _] = Results
    end
end).

%% As from the native drivers: psqlodbc tells of no cursor that Erlang would scroll.
scrolling() ->
    {ok, Db} = odbc:connect("DSN=" ++ dsn(), [{scrollable_cursors, on}]),
    {ok, 3} = odbc:select_count(Db, "SELECT 1 AS a UNION SELECT 2 UNION SELECT 3 ORDER BY 1"),
    case is_pg() of
        true -> {error, driver_does_not_support_function} = odbc:first(Db);
        false ->
            [same({selected, ["a"], [{N}]}, odbc:Move(Db)) ||
                {Move, N} <- [{first, 1}, {last, 3}, {prev, 2}, {next, 3}]],
            same({selected, ["a"], [{2}]}, odbc:select(Db, {absolute, 2}, 1)),
            same({selected, ["a"], [{3}]}, odbc:select(Db, {relative, 1}, 1))
    end,
    ok = odbc:disconnect(Db).

descriptions() -> with_connection(fun(Db) ->
    with_table(Db, "id integer, word varchar(20), price numeric(9,3), d double precision", fun(Table) ->
        {ok, Columns} = odbc:describe_table(Db, Table),
        same(["id", "word", "price", "d"], [Name || {Name, _} <- Columns]),
        same(sql_integer, proplists:get_value("id", Columns)),
        {_, 20} = proplists:get_value("word", Columns),
        {_, 9, 3} = proplists:get_value("price", Columns)
    end)
end).

transactions() -> with_connection(fun(Db) ->
    with_table(Db, "id integer PRIMARY KEY", fun(Table) ->
        Count = fun() ->
            {selected, _, [{N}]} = odbc:sql_query(Db, "SELECT COUNT(*) FROM " ++ Table),
            number(N)
        end,
        Insert = "INSERT INTO " ++ Table ++ " VALUES (1)",
        with_connection([{auto_commit, off}], fun(Writer) ->
            {updated, 1} = odbc:sql_query(Writer, Insert),
            same(0, Count()),
            ok = odbc:commit(Writer, rollback),
            {updated, 1} = odbc:sql_query(Writer, Insert),
            {error, _} = odbc:sql_query(Writer, Insert),
            ok = odbc:commit(Writer, commit),
            same(1, Count())
        end)
    end)
end).

errors() -> with_connection([{extended_errors, on}], fun(Db) ->
    {error, {State, _, Text}} = odbc:sql_query(Db, "SELECT * FROM no_such_table"),
    same(case is_pg() of true -> "42P01"; false -> "42S02" end, State),
    true = string:find(Text, "no_such_table") =/= nomatch,
    with_table(Db, "id integer PRIMARY KEY", fun(Table) ->
        Insert = "INSERT INTO " ++ Table ++ " VALUES (?)",
        {updated, 1} = odbc:param_query(Db, Insert, [{sql_integer, [1]}]),
        {error, {Duplicate, _, _}} = odbc:param_query(Db, Insert, [{sql_integer, [1]}]),
        same(case is_pg() of true -> "23505"; false -> "23000" end, Duplicate),
        {selected, _, [{1}]} = odbc:sql_query(Db, "SELECT id FROM " ++ Table)
    end)
end).

several_connections() ->
    Connections = [element(2, {ok, _} = connect([])) || _ <- lists:seq(1, 5)],
    lists:foreach(fun(Db) -> {selected, _, [{1}]} = odbc:sql_query(Db, "SELECT 1") end, Connections),
    lists:foreach(fun odbc:disconnect/1, Connections).

main(_) ->
    ok = odbc:start(),
    Scenarios = [
        {"connecting", fun connecting/0}, {"values", fun values/0},
        {"arrays of parameters", fun arrays_of_parameters/0}, {"many rows", fun many_rows/0},
        {"moments", fun moments/0}, {"several results", fun several_results/0},
        {"scrolling", fun scrolling/0}, {"descriptions", fun descriptions/0}, {"transactions", fun transactions/0}, {"errors", fun errors/0},
        {"several connections", fun several_connections/0}],
    Failed = lists:filter(fun({Name, Scenario}) ->
        try Scenario(), io:format("ok      ~s~n", [Name]), false
        catch Class:Reason:Stack ->
            io:format("FAILED  ~s: ~p ~tp~n~p~n", [Name, Class, Reason, Stack]), true
        end
    end, Scenarios),
    halt(case Failed of [] -> 0; _ -> 1 end).
