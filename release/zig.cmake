# Cross-compiles with zig's clang, which has the headers and stubs of every C library that wheels
# are for. `release/wheels.py` sets the variables:
#   ZKCREDIT_ZIG        the program zig
#   ZKCREDIT_TARGET     zig's name of the system, with the oldest C library: x86_64-linux-gnu.2.27
#   ZKCREDIT_PROCESSOR  the processor
#   ZKCREDIT_PREFIXES   folders that differ between machines, separated by colons
#   ZKCREDIT_MUSL       how a system of musl calls its C library; empty for glibc
#   ZKCREDIT_PATCHELF   the program patchelf
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $ENV{ZKCREDIT_PROCESSOR})
set(CMAKE_CXX_COMPILER $ENV{ZKCREDIT_ZIG} c++ -target $ENV{ZKCREDIT_TARGET})
set(CMAKE_CXX_ARCHIVE_CREATE "$ENV{ZKCREDIT_ZIG} ar qcD <TARGET> <OBJECTS>")
set(CMAKE_CXX_ARCHIVE_FINISH "$ENV{ZKCREDIT_ZIG} ranlib -D <TARGET>")

# zig builds its C++ library for each level, when it first links; cmake's own tests name no level.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# Python's limited API leaves out stdio.h, which nanobind's headers need.
set(CMAKE_CXX_FLAGS_INIT "-O2 -include stdio.h")

# The same bytes from every folder: no path is in an object, and none decides what an object is.
string(REPLACE ":" ";" folders "$ENV{ZKCREDIT_PREFIXES}")
foreach(folder IN LISTS folders)
  string(APPEND CMAKE_CXX_FLAGS_INIT " -ffile-prefix-map=${folder}=.")
endforeach()
set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)

# TLS descriptors of x86-64 are younger than the C libraries that wheels are for.
set(NB_HAS_MTLS_GNU2 OFF CACHE INTERNAL "")

# zig's stub of musl is called libc.so. The systems call it by its full name, which a wheel of musl
# must do too (PEP 656).
if(NOT "$ENV{ZKCREDIT_MUSL}" STREQUAL "")
  set(CMAKE_CXX_CREATE_SHARED_MODULE
    "<CMAKE_CXX_COMPILER> <CMAKE_SHARED_MODULE_CXX_FLAGS> <LANGUAGE_COMPILE_FLAGS> <LINK_FLAGS> <CMAKE_SHARED_MODULE_CREATE_CXX_FLAGS> -o <TARGET> <OBJECTS> <LINK_LIBRARIES>"
    "$ENV{ZKCREDIT_PATCHELF} --replace-needed libc.so $ENV{ZKCREDIT_MUSL} <TARGET>")
endif()
