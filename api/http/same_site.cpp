#include "api/http/same_site.h"

namespace rireki::api {

bool is_same_site(const SiteEvidence& evidence, const std::function<bool(const std::string&, const std::string&)>& csrf_matches) {
  const auto header = [&](const char* name) -> const std::string* {
    const auto found = evidence.headers.find(name);
    return found == evidence.headers.end() ? nullptr : &found->second;
  };
  if (const auto* site = header("sec-fetch-site")) return *site == "same-origin" || *site == "none";
  if (const auto* origin = header("origin")) return *origin == evidence.origin;
  if (evidence.session.empty()) return true;
  const auto* token = header("x-rireki-csrf");
  return token && csrf_matches && csrf_matches(evidence.session, *token);
}

}  // namespace rireki::api
