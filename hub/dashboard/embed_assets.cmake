# cmake -DDIST=folder -DOUTPUT=assets_data.cc -P embed_assets.cmake: the files of a folder as a C++ source. NAME.gz is
# the compressed form of NAME.
function(literal file out)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" text "${hex}")
  file(SIZE "${file}" size)
  set(${out} "absl::string_view(\"${text}\", ${size})" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE "${DIST}" "${DIST}/*")
list(SORT files)
list(REMOVE_ITEM files index.html)
list(PREPEND files index.html)
set(rows "")
foreach(name IN LISTS files)
  if(name MATCHES "\\.gz$")
    continue()
  endif()
  string(REGEX REPLACE "^.*\\." "" suffix "${name}")
  set(type application/octet-stream)
  if(suffix STREQUAL html)
    set(type "text/html\\; charset=utf-8")
  elseif(suffix STREQUAL css)
    set(type "text/css\\; charset=utf-8")
  elseif(suffix STREQUAL js)
    set(type "text/javascript\\; charset=utf-8")
  elseif(suffix STREQUAL svg)
    set(type image/svg+xml)
  elseif(suffix STREQUAL woff2)
    set(type font/woff2)
  elseif(suffix STREQUAL txt)
    set(type "text/plain\\; charset=utf-8")
  endif()
  string(REPLACE "\\;" ";" type "${type}")
  literal("${DIST}/${name}" plain)
  set(gzipped "absl::string_view()")
  if(EXISTS "${DIST}/${name}.gz")
    literal("${DIST}/${name}.gz" gzipped)
  endif()
  string(APPEND rows "      {\"/${name}\", \"${type}\",\n       ${plain},\n       ${gzipped}},\n")
endforeach()
file(WRITE "${OUTPUT}.new" "// Made by embed_assets.cmake.
#include \"hub/dashboard/assets.h\"

namespace vervet::dashboard {

absl::Span<const Asset> Assets() {
  static constexpr Asset kAssets[] = {
${rows}  };
  return kAssets;
}

}  // namespace vervet::dashboard
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
