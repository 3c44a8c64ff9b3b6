# A private MariaDB server for the tests that name the fixture "mariadb": started before the first
# of them, stopped after the last. They find it through the file that SLUICE_TEST_MARIADB names.
set(SLUICE_TEST_MARIADB_DIR ${CMAKE_BINARY_DIR}/servers/mariadb CACHE INTERNAL "")

add_test(NAME servers.mariadb.start
         COMMAND ${PROJECT_SOURCE_DIR}/scripts/private-mariadb.sh start ${SLUICE_TEST_MARIADB_DIR})
add_test(NAME servers.mariadb.stop
         COMMAND ${PROJECT_SOURCE_DIR}/scripts/private-mariadb.sh stop ${SLUICE_TEST_MARIADB_DIR})
# So that a test may send a value of 256 MiB.
set_tests_properties(servers.mariadb.start PROPERTIES FIXTURES_SETUP mariadb TIMEOUT 120
                     ENVIRONMENT "MARIADB_OPTIONS=--max-allowed-packet=320M")
set_tests_properties(servers.mariadb.stop PROPERTIES FIXTURES_CLEANUP mariadb TIMEOUT 60)
