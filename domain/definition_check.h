// What the format's schema cannot say about a definition. Internal to loading.
#pragma once

#include "domain/definition.h"

namespace rireki {

// The definitions of one load by id: they may name each other, and two versions of one may stand beside each other.
using DefinitionsById = std::map<std::string, std::vector<const Definition*>>;

// One form: words outside the subset, fields without both names, choices without labels. `at` is its pointer in the file.
void check_form_definition(const std::string& file, const std::string& at, const nlohmann::json& schema, std::vector<Finding>& findings);

// States that cannot be reached or left, people who can never act, lines that decide nothing, names that mean nothing.
void check_structure(const Definition& definition, const std::string& file, const DefinitionsById& all, std::vector<Finding>& findings);

// Fields that no form has, that may be missing where they are needed, or that are sealed: in rules, effects, deadlines and the cases an action opens.
void check_fields(const Definition& definition, const std::string& file, const DefinitionsById& all, std::vector<Finding>& findings);

}  // namespace rireki
