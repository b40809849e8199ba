# For install(CODE): the configuration of what lies in /usr is in /etc (FHS 3.7), of anything else beside it.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(SYSCONFDIR /etc)
else()
  set(SYSCONFDIR "${CMAKE_INSTALL_PREFIX}/etc")
endif()
