# What `cmake --install` puts where a C or C++ program finds it: header, both libraries, and the two ways to ask for
# them, `pkg-config linnet` and `find_package(linnet)` with the targets linnet::linnet and linnet::linnet_static.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Before 1.0 the API may change with the second number, so that one belongs to the name of the shared library.
set_target_properties(linnet PROPERTIES VERSION ${PROJECT_VERSION}
                                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
if(NOT MSVC) # there it would be the name of the shared library's import library
  set_target_properties(linnet_static PROPERTIES OUTPUT_NAME linnet)
endif()

set(LINNET_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/linnet)
file(RELATIVE_PATH LINNET_PREFIX_FROM_HERE /${CMAKE_INSTALL_LIBDIR}/pkgconfig /) # so that the prefix may be moved
configure_file(${CMAKE_CURRENT_LIST_DIR}/linnet.pc.in ${CMAKE_CURRENT_BINARY_DIR}/linnet.pc @ONLY)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/linnet-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)

install(TARGETS linnet linnet_static EXPORT linnet-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${ENGINE}/include/linnet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT linnet-targets FILE linnet-config.cmake NAMESPACE linnet:: DESTINATION ${LINNET_PACKAGE_DIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/linnet-config-version.cmake DESTINATION ${LINNET_PACKAGE_DIR})
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/docs/linnet.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/linnet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
