# Writes the files below a folder into one C++ source, byte for byte, so that the binary needs no files beside it.
#   cmake -DFOLDER=<folder> -DOUTPUT=<file.cpp> -P embed.cmake
#   vectis_embed(<folder> <file.cpp>), when included: the same at build time, again whenever a file changes
cmake_minimum_required(VERSION 3.25)

# Hidden files, CMake's own lists and the folder's documentation are not part of the data.
set(VECTIS_EMBED_SKIP "(^|/)(\\.[^/]*|CMakeLists\\.txt|README\\.md)(/|$)")

function(vectis_embed folder output)
  file(GLOB_RECURSE files LIST_DIRECTORIES false CONFIGURE_DEPENDS ${folder}/*)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUTPUT=${output} -P ${CMAKE_SOURCE_DIR}/.cmake/embed.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/.cmake/embed.cmake
    COMMENT "Embedding ${folder}"
    VERBATIM)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE)
  return()
endif()

file(GLOB_RECURSE paths LIST_DIRECTORIES false RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT paths)
set(rows "")
set(count 0)
foreach(path IN LISTS paths)
  if(path MATCHES "${VECTIS_EMBED_SKIP}")
    continue()
  endif()
  file(READ ${FOLDER}/${path} bytes HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" literal "${bytes}")
  string(APPEND rows "    {\"${path}\", {\"${literal}\", sizeof(\"${literal}\") - 1}},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Made by .cmake/embed.cmake from ${count} files; do not edit.
#include \"controller/embedded_manifests.hpp\"

namespace vectis::controller {

namespace {
constexpr EmbeddedFile files[] = {
${rows}};
}  // namespace

std::span<const EmbeddedFile> embedded_files() { return files; }

}  // namespace vectis::controller
")
