// Reading the log where it must be readable.
#pragma once

#include <stdexcept>

#include "eventstore/log.h"

namespace rireki::api {

// A store that cannot be read is nothing a caller can act on: caught around the request.
template <class T>
void require_read(const Result<T, ReadError>& end) {
  if (!end) throw std::runtime_error("the log cannot be read: " + end.error().what);
}

}  // namespace rireki::api
