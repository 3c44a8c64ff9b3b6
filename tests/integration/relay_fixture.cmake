# Private relays in front of the private servers, for the tests that name a fixture:
#   relay    pools of 20 connections
#   relay5   pools of 5, on a database of its own (sluice5), so that its connections can be counted
#   relay10  pools of 10, on a database of its own (sluice10)
#   relay1   pools of 1, on a database of its own (sluice1): two sessions share the one connection
# Their pools are called pg and mysql; where a relay listens is in env of its directory. Stopping one
# fails when it did not end well or its sanitizers reported something; the servers outlive the relays.
set(SLUICE_SERVERS_STATE ${CMAKE_BINARY_DIR}/servers)
set(SLUICE_PRIVATE_RELAY ${PROJECT_SOURCE_DIR}/scripts/private-relay.sh)

function(sluice_relay_fixture name)
  set(state ${SLUICE_SERVERS_STATE}/${name})
  add_test(NAME servers.${name}.start
           COMMAND ${SLUICE_PRIVATE_RELAY} start ${state} $<TARGET_FILE:sluiced>
                   ${SLUICE_SERVERS_STATE})
  add_test(NAME servers.${name}.stop COMMAND ${SLUICE_PRIVATE_RELAY} stop ${state})
  set_tests_properties(servers.${name}.start PROPERTIES FIXTURES_SETUP ${name}
                       ENVIRONMENT "SLUICE_PORT=0;${ARGN}")
  set_tests_properties(servers.${name}.stop PROPERTIES FIXTURES_CLEANUP ${name})
  set_tests_properties(servers.${name}.start servers.${name}.stop PROPERTIES
                       FIXTURES_REQUIRED "postgres;mariadb" TIMEOUT 60)
endfunction()

if(TARGET sluiced)
  sluice_relay_fixture(relay)
  sluice_relay_fixture(relay5 MAX_CONNECTIONS=5 DATABASE=sluice5)
  sluice_relay_fixture(relay10 MAX_CONNECTIONS=10 DATABASE=sluice10)
  sluice_relay_fixture(relay1 MAX_CONNECTIONS=1 DATABASE=sluice1)
  # Its tests reach past the one connection through relay5.
  set_tests_properties(servers.relay1.start servers.relay1.stop PROPERTIES
                       FIXTURES_REQUIRED "postgres;mariadb;relay5")
endif()
