#include "api/resources/actors.h"


#include "api/log_read.h"
#include "api/resources/present.h"
#include "api/resources/schema.h"

namespace rireki::api {

using nlohmann::json;

const json& ActorNames::ref(std::string_view actor) {
  const auto before = known_.find(actor);
  if (before != known_.end()) return before->second;
  json ref = {{"account", nullptr}, {"login", nullptr}, {"name", nullptr}};
  if (const auto account = parse<AccountId>(actor)) {
    ref["account"] = to_text(*account);
    const auto end = question_.resources.office.log().read(with_tag("account:" + to_text(*account)), {}, [&](const EventView& event) {
      const auto body = decode(event);
      const auto* opened = body ? std::get_if<AccountOpened>(&*body) : nullptr;
      if (!opened) return true;
      if (!opened->login.empty()) ref["login"] = opened->login;
      ref["name"] = opened->person ? person_ref(question_, opened->person)["name"] : ref["login"];
      return false;
    });
    require_read(end);
  } else if (actor == "sealed") {
    ref["name"] = question_.words({"（秘）", "(sealed)"});
  } else {
    ref["name"] = actor == "system" ? question_.words({"システム", "the system"}) : std::string(actor);
  }
  return known_.emplace(actor, std::move(ref)).first->second;
}

std::string ActorNames::words(std::string_view actor) {
  const json& one = ref(actor);
  const auto text = [&](const char* member) { return one[member].is_string() ? one[member].get<std::string>() : std::string(); };
  const std::string name = text("name"), login = text("login");
  if (name.empty()) return login.empty() ? std::string(actor) : login;
  return login.empty() || login == name ? name : name + "（" + login + "）";
}

json actor_schema() {
  using namespace schema;
  return object({{"account", or_null(text())}, {"login", or_null(text())}, {"name", or_null(text())}});
}

}  // namespace rireki::api
