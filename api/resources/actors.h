// Who acted, for people: of the account that an event names, whose it is.
#pragma once

#include "api/resources/question.h"

namespace rireki::api {

class ActorNames {
 public:
  explicit ActorNames(const Question& question) : question_(question) {}

  // {"account", "login", "name"} of an event's actor: an account's id, or a word such as "system", "sealed", whose account is null.
  const nlohmann::json& ref(std::string_view actor);
  // Name and login in one text, for tables.
  std::string words(std::string_view actor);

 private:
  const Question& question_;
  std::map<std::string, nlohmann::json, std::less<>> known_;
};

nlohmann::json actor_schema();

}  // namespace rireki::api
