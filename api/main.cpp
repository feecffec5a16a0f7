#include "api/cli/command_line.h"

int main(int argc, char** argv) { return rireki::api::run_command_line(argc, argv); }
