// Debian's libsqlcipher.a is compiled for programs: its two references to the standard streams reach across libraries
// in a way that a shared library may not. The linker's --wrap sends them to these variables instead. SQLCipher writes
// there only when its profiling is asked for, which the SDK never does.
#include <stdio.h>

extern FILE* __real_stdout;
extern FILE* __real_stderr;
__attribute__((visibility("hidden"))) FILE* __wrap_stdout;
__attribute__((visibility("hidden"))) FILE* __wrap_stderr;

__attribute__((constructor)) static void TakeStandardStreams(void) {
  __wrap_stdout = __real_stdout;
  __wrap_stderr = __real_stderr;
}
