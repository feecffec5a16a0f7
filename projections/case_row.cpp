// The row of a case as bytes and back: numbers, and texts behind their length, one after the other. Not a format that lasts: a view is built anew
// when its version changes. A row is read and written with every event of its case, which JSON made the dearest part of following the log.
#include <concepts>
#include <cstring>
#include <stdexcept>

#include "projections/cases_view.h"

namespace rireki {
namespace {

template <class V, class R> requires std::same_as<std::remove_const_t<R>, StationRecord>
void each_field(V& v, R& r) {
  v(r.round), v(r.station), v(r.outcome), v(r.mode), v(r.by), v(r.for_person), v(r.comment), v(r.sent_back_to), v(r.position), v(r.at);
}

template <class V, class R> requires std::same_as<std::remove_const_t<R>, Alert>
void each_field(V& v, R& r) {
  v(r.to.kind), v(r.to.value), v(r.to.pointer), v(r.handed_up);
}

template <class V, class R> requires std::same_as<std::remove_const_t<R>, CaseRow>
void each_field(V& v, R& row) {
  auto& c = row.state;
  v(c.id), v(c.procedure), v(c.version), v(c.subject.kind), v(c.subject.id), v(c.state), v(c.visited), v(c.form), v(c.writers), v(c.written_at), v(c.remarks), v(c.withdrawn), v(c.author), v(c.drafter), v(c.named), v(c.assigned);
  v(c.opened_from), v(c.opened_at), v(c.entered_at), v(c.last), v(c.round), v(c.resume_at), v(c.stations), v(c.reviews_owed), v(c.erased);
  v(c.deadline.due), v(c.deadline.steps), v(c.deadline.alerts), v(row.next_step);
  v(row.opened), v(row.open), v(row.due), v(row.may_ask), v(row.units);
}

class RowWriter {
 public:
  template <class T> void operator()(const T& value) { put(value); }
  std::string take() { return std::move(bytes_); }

 private:
  template <std::integral T> void put(T value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  template <class E> requires std::is_enum_v<E> void put(E value) { put(static_cast<int>(value)); }
  template <class Tag> void put(Id<Tag> id) { put(id.value); }
  void put(Instant at) { put(static_cast<std::int64_t>(at.time_since_epoch().count())); }
  void put(Day day) { put(static_cast<std::int32_t>(day.time_since_epoch().count())); }
  void put(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  void put(const nlohmann::json& form) { put(form.dump()); }
  void put(const StationRecord& record) { each_field(*this, record); }
  void put(const Alert& alert) { each_field(*this, alert); }
  template <class A, class B> void put(const std::pair<A, B>& pair) { put(pair.first), put(pair.second); }
  template <class T> void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T> void put_all(const T& values) {
    put(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values) put(value);
  }
  template <class T> void put(const std::vector<T>& values) { put_all(values); }
  template <class T> void put(const std::set<T>& values) { put_all(values); }
  template <class K, class T> void put(const std::map<K, T>& values) { put_all(values); }

  std::string bytes_;
};

class RowParser {
 public:
  explicit RowParser(std::string_view bytes) : left_(bytes) {}
  template <class T> void operator()(T& value) { take(value); }
  bool done() const { return left_.empty(); }

 private:
  std::string_view cut(std::size_t size) {
    if (size > left_.size()) throw std::runtime_error("a row of a case is cut off");
    const auto part = left_.substr(0, size);
    left_.remove_prefix(size);
    return part;
  }
  template <std::integral T> void take(T& value) { std::memcpy(&value, cut(sizeof value).data(), sizeof value); }
  template <class E> requires std::is_enum_v<E> void take(E& value) {
    int number = 0;
    take(number);
    value = static_cast<E>(number);
  }
  template <class Tag> void take(Id<Tag>& id) { take(id.value); }
  void take(Instant& at) {
    std::int64_t micros = 0;
    take(micros);
    at = Instant{std::chrono::microseconds{micros}};
  }
  void take(Day& day) {
    std::int32_t number = 0;
    take(number);
    day = Day{days{number}};
  }
  std::uint32_t count() {
    std::uint32_t number = 0;
    take(number);
    return number;
  }
  void take(std::string& text) { text = cut(count()); }
  void take(nlohmann::json& form) { form = nlohmann::json::parse(cut(count())); }
  void take(StationRecord& record) { each_field(*this, record); }
  void take(Alert& alert) { each_field(*this, alert); }
  template <class A, class B> void take(std::pair<A, B>& pair) { take(pair.first), take(pair.second); }
  template <class T> void take(std::optional<T>& value) {
    bool there = false;
    take(there);
    if (there) take(value.emplace());
  }
  template <class T> void take(std::vector<T>& values) {
    for (auto left = count(); left > 0; --left) take(values.emplace_back());
  }
  template <class K, class T> void take(std::map<K, T>& values) {
    for (auto left = count(); left > 0; --left) {
      std::pair<K, T> value;
      take(value);
      values.insert(values.end(), std::move(value));
    }
  }
  template <class T> void take(std::set<T>& values) {
    for (auto left = count(); left > 0; --left) {
      T value{};
      take(value);
      values.insert(values.end(), std::move(value));
    }
  }

  std::string_view left_;
};

}  // namespace

std::string encode_row(const CaseRow& row) {
  RowWriter writer;
  each_field(writer, row);
  return writer.take();
}

CaseRow decode_row(std::string_view bytes) {
  CaseRow row;
  RowParser parser(bytes);
  each_field(parser, row);
  if (!parser.done()) throw std::runtime_error("a row of a case is too long");
  return row;
}

}  // namespace rireki
