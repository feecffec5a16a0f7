// The command line of rireki: serve | init | import | export | rebuild | events | user | sample | report.
#pragma once

namespace rireki::api {

// Runs one command and returns the process's exit code (cli/console.h). Never throws.
int run_command_line(int argc, const char* const* argv);

}  // namespace rireki::api
