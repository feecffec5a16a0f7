// A projection: a name, a version, a query and a pure fold into rows. Rows and the position reached are written in one batch.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/log.h"

namespace rireki {

// The rows of one view, ordered by key bytes. A damaged store throws ViewDamaged (view_store.h): no caller can act on it, the view is rebuilt.
class RowReader {
 public:
  virtual ~RowReader() = default;
  virtual std::optional<std::string> get(std::string_view key) const = 0;
  // Calls for every row whose key starts with `prefix`, from `from` on (a whole key, inclusive; empty: the first), in order; return
  // false to stop.
  virtual void scan(std::string_view prefix, std::string_view from,
                    const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
};

// Inside a fold, reads see the fold's own writes.
class Rows : public RowReader {
 public:
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;
};

class Projection {
 public:
  virtual ~Projection() = default;
  virtual std::string name() const = 0;            // lower-case letters and "-"
  virtual int version() const = 0;                 // raise it when the fold changes: the view is built anew
  virtual Query query() const = 0;
  // Pure: same events, same rows, byte for byte. An exception stops this projection at the event before, and no other one.
  virtual void fold(const EventView& event, Rows& rows) const = 0;
};

}  // namespace rireki
