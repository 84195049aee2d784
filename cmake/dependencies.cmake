# Everything comes from the distribution; nothing is downloaded.
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)

# yaml-cpp's target is `yaml-cpp` in 0.7 and `yaml-cpp::yaml-cpp` later.
if(TARGET yaml-cpp::yaml-cpp)
  set(VECTIS_YAML_CPP yaml-cpp::yaml-cpp)
else()
  set(VECTIS_YAML_CPP yaml-cpp)
endif()
