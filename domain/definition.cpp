// Loading: text, the format's schema, forms, then what a schema cannot say. All findings of all files are reported at once, and nothing is loaded
// unless there are none.
#include "domain/definition.h"

#include <algorithm>
#include <stdexcept>

#include "domain/definition_check.h"
#include "domain/definition_parse.h"

namespace rireki {
namespace {

using nlohmann::json;

struct Loaded {
  std::string file;
  std::shared_ptr<const Definition> definition;
  std::vector<std::string> faulty;  // pointers that do not follow the format
};

bool within(const std::string& pointer, const std::string& place) {
  return pointer.starts_with(place) && (pointer.size() == place.size() || pointer[place.size()] == '/');
}

// The file against the format, and each of its forms.
std::vector<std::string> check_format(const NamedFile& file, const json& content, std::vector<Finding>& findings) {
  static const Form format(procedure_schema());
  const std::size_t before = findings.size();
  for (const auto& fault : format.check(content)) findings.push_back({file.name, fault.pointer, fault.message});
  if (content.is_object() && content.contains("forms") && content["forms"].is_object())
    for (const auto& [id, form] : content["forms"].items()) check_form_definition(file.name, "/forms/" + pointer_step(id), form, findings);
  std::vector<std::string> pointers;
  for (std::size_t i = before; i < findings.size(); ++i) pointers.push_back(findings[i].pointer);
  return pointers;
}

// Where a whole part does not follow the format, whatever names it would only be reported as unknown.
bool fit_to_check(const Loaded& loaded) {
  return std::none_of(loaded.faulty.begin(), loaded.faulty.end(), [](const std::string& at) {
    return at.empty() || at == "/id" || at == "/states" || at == "/actions" || at == "/forms" || at == "/subject" || at == "/opens" || at == "/secrecy";
  });
}

void check(const Loaded& loaded, const DefinitionsById& all, std::vector<Finding>& findings) {
  std::vector<Finding> found;
  check_structure(*loaded.definition, loaded.file, all, found);
  check_fields(*loaded.definition, loaded.file, all, found);
  for (auto& finding : found) {
    const bool consequence = std::any_of(loaded.faulty.begin(), loaded.faulty.end(), [&](const std::string& at) { return within(finding.pointer, at); });
    if (!consequence) findings.push_back(std::move(finding));
  }
}

}  // namespace

const ActionDefinition* Definition::action(std::string_view id) const {
  const auto found = std::find_if(actions.begin(), actions.end(), [&](const auto& one) { return one.id == id; });
  return found == actions.end() ? nullptr : &*found;
}
const ActionDefinition* Definition::opening_action() const {
  const auto found = std::find_if(actions.begin(), actions.end(), [](const auto& one) { return one.opens_case; });
  return found == actions.end() ? nullptr : &*found;
}

Result<std::vector<std::shared_ptr<const Definition>>, std::vector<Finding>> load_definitions(const std::vector<NamedFile>& files) {
  std::vector<Finding> findings;
  std::vector<Loaded> loaded;
  std::set<std::pair<std::string, int>> versions;
  for (const auto& file : files) {
    const json content = parse_file(file, findings);
    if (content.is_null()) continue;
    auto faulty = check_format(file, content, findings);
    if (!content.is_object()) continue;
    auto definition = std::make_shared<const Definition>(parse_definition(content));
    if (!definition->id.empty() && !versions.insert({definition->id, definition->version}).second)
      findings.push_back({file.name, "/id", {"同じIDと版の手続が二つあります。", "Two procedures have this id and version."}});
    loaded.push_back({file.name, std::move(definition), std::move(faulty)});
  }
  DefinitionsById all;
  for (const auto& one : loaded) all[one.definition->id].push_back(one.definition.get());
  for (const auto& one : loaded)
    if (fit_to_check(one)) check(one, all, findings);
  if (!findings.empty()) return findings;
  std::vector<std::shared_ptr<const Definition>> definitions;
  for (auto& one : loaded) definitions.push_back(std::move(one.definition));
  return definitions;
}

std::shared_ptr<const Definition> published_definition(const std::string& text) {
  auto definition = std::make_shared<const Definition>(parse_definition(json::parse(text)));
  if (definition->id.empty() || definition->states.empty() || !definition->opening_action()) throw std::runtime_error("the text of a published definition is none");
  return definition;
}

void throw_exception_from_error(const std::vector<Finding>& findings, const boost::source_location&) {
  throw std::runtime_error("unchecked findings, first: " + (findings.empty() ? std::string("?") : findings.front().file + findings.front().pointer + " " + findings.front().reason.en));
}

}  // namespace rireki
