#include "eventstore/log.h"

#include <future>
#include <stdexcept>

namespace rireki {

Query with_tag(std::string tag) { return std::vector{QueryItem{.types = {}, .tags = {std::move(tag)}}}; }
Query with_type(std::string type) { return std::vector{QueryItem{.types = {std::move(type)}, .tags = {}}}; }

std::string_view name(AppendErrorCode code) {
  switch (code) {
    case AppendErrorCode::kConflict: return "conflict";
    case AppendErrorCode::kInvalid: return "invalid";
    case AppendErrorCode::kTooLarge: return "too-large";
    case AppendErrorCode::kCommandReused: return "command-reused";
    case AppendErrorCode::kBusy: return "busy";
    case AppendErrorCode::kNoSpace: return "no-space";
    case AppendErrorCode::kIo: return "io";
    case AppendErrorCode::kClosed: return "closed";
  }
  return "unknown";
}

Result<Appended, AppendError> EventLog::append(AppendRequest request) {
  std::promise<Result<Appended, AppendError>> answered;
  append(std::move(request), [&](Result<Appended, AppendError> answer) { answered.set_value(std::move(answer)); });
  return answered.get_future().get();
}

void throw_exception_from_error(const AppendError& error, const boost::source_location&) {
  throw std::logic_error("unchecked append error: " + std::string(name(error.code)) + " " + error.what);
}
void throw_exception_from_error(const ReadError& error, const boost::source_location&) {
  throw std::logic_error("unchecked read error: " + error.what);
}

}  // namespace rireki
