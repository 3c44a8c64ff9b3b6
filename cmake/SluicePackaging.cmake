# What is installed besides the programs, and the Debian packages: sluice-odbc (component driver) and
# sluice-relay (component relay).

# Texts that name installed files are made when the prefix is known: cmake --install may change it.
# The settings of a program under /usr or /usr/local are in /etc; any other prefix is complete in itself.
set(SLUICE_INSTALL_PRELUDE [[
  set(prefix "${CMAKE_INSTALL_PREFIX}")
  if(prefix MATCHES "^/usr(/local)?/?$")
    set(sysconfdir "/etc")
  else()
    set(sysconfdir "${prefix}/etc")
  endif()
  set(SLUICE_DATA_DIR "${prefix}/@CMAKE_INSTALL_DATADIR@/sluice")
  set(SLUICE_DOC_DIR "${prefix}/@CMAKE_INSTALL_DATADIR@/doc/sluice-relay")
  set(SLUICE_DRIVER_FILE "${prefix}/@CMAKE_INSTALL_LIBDIR@/odbc/libsluiceodbc.so")
  set(SLUICE_RELAY_FILE "${prefix}/@CMAKE_INSTALL_SBINDIR@/sluiced")
  set(source "@PROJECT_SOURCE_DIR@/installer")
  set(scratch "@PROJECT_BINARY_DIR@/installer")
]])
string(CONFIGURE "${SLUICE_INSTALL_PRELUDE}" SLUICE_INSTALL_PRELUDE @ONLY)

if(SLUICE_BUILD_DRIVER)
  install(CODE "${SLUICE_INSTALL_PRELUDE}" COMPONENT driver)
  install(CODE [[
    foreach(file odbcinst.ini register-driver)
      configure_file("${source}/${file}.in" "${scratch}/${file}" @ONLY)
    endforeach()
    file(INSTALL TYPE FILE DESTINATION "${SLUICE_DATA_DIR}" FILES "${scratch}/odbcinst.ini")
    file(INSTALL TYPE PROGRAM DESTINATION "${SLUICE_DATA_DIR}" FILES "${scratch}/register-driver")
  ]] COMPONENT driver)
  install(FILES ${PROJECT_SOURCE_DIR}/docs/connection-options.md
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sluice-odbc COMPONENT driver)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sluice-odbc COMPONENT driver)
endif()

if(SLUICE_BUILD_RELAY)
  install(CODE "${SLUICE_INSTALL_PRELUDE}" COMPONENT relay)
  # A configuration that is there is the administrator's.
  install(CODE [[
    configure_file("${source}/sluiced.service.in" "${scratch}/sluiced.service" @ONLY)
    file(INSTALL TYPE FILE DESTINATION "${prefix}/lib/systemd/system"
         FILES "${scratch}/sluiced.service")
    if(NOT EXISTS "$ENV{DESTDIR}${sysconfdir}/sluice/sluiced.toml")
      file(INSTALL TYPE FILE DESTINATION "${sysconfdir}/sluice" FILES "${source}/sluiced.toml"
           PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
    endif()
  ]] COMPONENT relay)
  install(FILES ${PROJECT_SOURCE_DIR}/docs/relay-config.md
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sluice-relay COMPONENT relay)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sluice-relay COMPONENT relay)
endif()

# Maintainer scripts have the names dpkg wants; in the tree they carry their package's.
function(sluice_control_files package)
  foreach(script ${ARGN})
    configure_file(${PROJECT_SOURCE_DIR}/installer/debian/${package}.${script}
                   ${PROJECT_BINARY_DIR}/installer/${package}/${script} COPYONLY
                   FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                    WORLD_READ WORLD_EXECUTE)
  endforeach()
endfunction()
sluice_control_files(sluice-odbc postinst prerm postrm)
sluice_control_files(sluice-relay postinst prerm postrm)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sluice)
# CPack puts one summary in front of both packages' descriptions, unless it is its own default text.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${CMAKE_PROJECT_NAME} built using CMake")
set(CPACK_PACKAGE_VENDOR Sluice)
set(CPACK_PACKAGE_CONTACT "The Sluice maintainers <maintainers@sluice.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL "")
if(SLUICE_BUILD_DRIVER)
  list(APPEND CPACK_COMPONENTS_ALL driver)
endif()
if(SLUICE_BUILD_RELAY)
  list(APPEND CPACK_COMPONENTS_ALL relay)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
                                                GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_DRIVER_PACKAGE_NAME sluice-odbc)
set(CPACK_DEBIAN_DRIVER_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DRIVER_PACKAGE_DEPENDS odbcinst)
set(CPACK_COMPONENT_DRIVER_DESCRIPTION
    "ODBC driver that reaches databases through the Sluice relay
Applications that speak ODBC share the database connections of a relay, sluiced, and
pay one network round trip per call that has to wait.")
set(CPACK_DEBIAN_DRIVER_PACKAGE_CONTROL_EXTRA
    ${PROJECT_BINARY_DIR}/installer/sluice-odbc/postinst
    ${PROJECT_BINARY_DIR}/installer/sluice-odbc/prerm
    ${PROJECT_BINARY_DIR}/installer/sluice-odbc/postrm)

set(CPACK_DEBIAN_RELAY_PACKAGE_NAME sluice-relay)
set(CPACK_DEBIAN_RELAY_PACKAGE_SECTION database)
set(CPACK_DEBIAN_RELAY_PACKAGE_DEPENDS adduser)
set(CPACK_COMPONENT_RELAY_DESCRIPTION
    "relay with pooled PostgreSQL, MySQL and MariaDB connections
sluiced owns the database connections and serves them to the clients of the Sluice
ODBC driver. It is not started before it has been configured.")
set(CPACK_DEBIAN_RELAY_PACKAGE_CONTROL_EXTRA
    ${PROJECT_BINARY_DIR}/installer/sluice-relay/postinst
    ${PROJECT_BINARY_DIR}/installer/sluice-relay/prerm
    ${PROJECT_BINARY_DIR}/installer/sluice-relay/postrm
    ${PROJECT_SOURCE_DIR}/installer/debian/conffiles)
include(CPack)
