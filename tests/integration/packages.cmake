# What the packages' scripts do to odbcinst.ini, and what is installed.
find_program(SLUICE_DPKG_DEB dpkg-deb)
if(SLUICE_DPKG_DEB AND SLUICE_BUILD_DRIVER AND SLUICE_BUILD_RELAY)
  add_test(NAME packages.driver_registration
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/driver_registration.sh
                   ${PROJECT_SOURCE_DIR}/installer/register-driver.in)
  add_test(NAME packages.installed_files
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/installed_files.sh ${CMAKE_COMMAND}
                   ${CMAKE_BINARY_DIR})
  set_tests_properties(packages.driver_registration packages.installed_files
                       PROPERTIES TIMEOUT 120 LABELS packages)
endif()
