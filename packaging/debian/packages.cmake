# Four .deb files. The SDK is two, as Debian does it: a server needs the library alone, and two versions of it can lie
# side by side while programs move from one to the next; headers are for the machine that builds.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vervet)
set(CPACK_PACKAGE_VENDOR Vervet)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has a first line of its own
set(VERVET_PACKAGE_CONTACT "Vervet <packages@vervet.invalid>" CACHE STRING
  "Who answers for the packages: name and address; whoever gives them to others sets it")
set(CPACK_PACKAGE_CONTACT ${VERVET_PACKAGE_CONTACT})
# With DESTDIR, so that the install rules see the prefix that will be.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL hub tools sdk sdk-dev)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
# Folders as Debian has them, whatever the umask of the machine that makes the packages.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# Names and versions of the libraries come from the programs themselves (dpkg-shlibdeps).
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What a platform's own packages will depend on: the library in this version or a later one of the same SONAME.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(CPACK_DEBIAN_HUB_PACKAGE_NAME vervet-hub)
set(CPACK_DEBIAN_HUB_DESCRIPTION
"hub of a coalition that shares hashed offender signatures
The server of a Vervet coalition: evaluates blinded identifiers, keeps the log
of offender records, and lets members sync. It never sees an identifier. Comes
with a systemd unit that is neither enabled nor started, because a hub needs
its coalition's name, a certificate and its keys first:
/usr/share/doc/vervet-hub/docs/operating.md.")
set(CPACK_DEBIAN_HUB_PACKAGE_SECTION net)
set(CPACK_DEBIAN_HUB_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_HUB_PACKAGE_RECOMMENDS vervet-tools)
set(CPACK_DEBIAN_HUB_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_LIST_DIR}/hub/postinst ${CMAKE_CURRENT_LIST_DIR}/hub/prerm ${CMAKE_CURRENT_LIST_DIR}/hub/postrm
  ${CMAKE_CURRENT_LIST_DIR}/hub/conffiles)

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME vervet-tools)
set(CPACK_DEBIAN_TOOLS_DESCRIPTION
"command lines for the coordinators and members of a Vervet coalition
vervet admits and suspends members and watches the coalition, vervet-member
checks users and publishes confirmed cases on a platform, vervet-certs makes
the certificates.")
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION net)
# vervet-certs: openssl, and flock from util-linux, which is essential.
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "openssl (>= 3.0)")

set(library libvervet-sdk${VERVET_SOVERSION})
set(CPACK_DEBIAN_SDK_PACKAGE_NAME ${library})
set(CPACK_DEBIAN_SDK_DESCRIPTION
"member SDK of Vervet: shared library
Lets a platform check its users against the records of a Vervet coalition and
publish confirmed cases, while every raw identifier stays in its own process.")
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION libs)

set(CPACK_DEBIAN_SDK-DEV_PACKAGE_NAME libvervet-sdk-dev)
set(CPACK_DEBIAN_SDK-DEV_DESCRIPTION
"member SDK of Vervet: headers, CMake package and examples
What a platform's build needs of the Vervet member SDK: find_package(Vervet)
or pkg-config vervet-sdk. The pages in /usr/share/doc/libvervet-sdk-dev/docs
begin with integrating.md.")
set(CPACK_DEBIAN_SDK-DEV_PACKAGE_SECTION libdevel)
# Abseil's release is part of the ABI: VervetConfig.cmake asks for exactly this one.
set(CPACK_DEBIAN_SDK-DEV_PACKAGE_DEPENDS
  "${library} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}), libabsl-dev (>= ${absl_VERSION}), libabsl-dev (<< ${absl_VERSION}.999)")

include(CPack)
