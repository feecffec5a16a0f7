// From the text of a file to a Definition. Never fails: what is missing or of the wrong type is left empty, since the format's schema names it and
// the checks that follow go on with what is there. Internal to loading.
#pragma once

#include "domain/definition.h"

namespace rireki {

// The file as JSON; null with a finding (line and column) where it is none. Members that stand twice are findings: the parser would keep the last.
nlohmann::json parse_file(const NamedFile& file, std::vector<Finding>& findings);

// `content` need not follow the format. Forms that do not compile are left out.
Definition parse_definition(const nlohmann::json& content);

}  // namespace rireki
