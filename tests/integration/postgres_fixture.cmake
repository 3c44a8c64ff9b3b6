# A private PostgreSQL for the tests that need a real server: they name it with
# FIXTURES_REQUIRED postgres and read where it is from the file in SLUICE_TEST_POSTGRES.
set(SLUICE_POSTGRES_STATE ${CMAKE_BINARY_DIR}/servers/postgres)
set(SLUICE_PRIVATE_POSTGRES ${PROJECT_SOURCE_DIR}/scripts/private-postgres.sh)
add_test(NAME servers.postgres.start
         COMMAND ${SLUICE_PRIVATE_POSTGRES} start ${SLUICE_POSTGRES_STATE})
add_test(NAME servers.postgres.stop
         COMMAND ${SLUICE_PRIVATE_POSTGRES} stop ${SLUICE_POSTGRES_STATE})
set_tests_properties(servers.postgres.start PROPERTIES FIXTURES_SETUP postgres TIMEOUT 120)
set_tests_properties(servers.postgres.stop PROPERTIES FIXTURES_CLEANUP postgres TIMEOUT 60)
