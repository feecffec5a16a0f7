#include "api/export.h"

#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>

#include "api/import.h"
#include "api/import_vocabulary.h"
#include "api/log_read.h"

namespace rireki::api {
namespace {

class Exporting {
 public:
  Exporting(const Register& reg, const RegisterLists& lists, Day on, const ExportStyle& style, const std::function<void(double)>& progress)
      : reg_(reg), lists_(lists), on_(on), style_(style), progress_(progress) {}

  std::vector<ExportedFile> all() {
    std::vector<ExportedFile> files;
    files.push_back(file(ImportKind::kUnits, {"code", "name", "parent", "level", "from", "last_day"}, lists_.units, [&](CsvWriter& out, UnitId id) { unit(out, id); }));
    files.push_back(file(ImportKind::kPosts, {"code", "title", "unit", "quota", "grade", "head", "categories", "function", "from", "last_day"}, lists_.posts,
                         [&](CsvWriter& out, PostId id) { post(out, id); }));
    files.push_back(file(ImportKind::kStaff, {"number", "family", "given", "family_kana", "given_kana", "birth", "sex", "exam_category", "type", "job_category", "grade", "from",
                                              "last_day", "article", "ground", "separated", "separation"},
                         lists_.people, [&](CsvWriter& out, PersonId id) { person(out, id); }));
    files.push_back(file(ImportKind::kPostings, {"number", "post", "kind", "from", "last_day", "order_kind", "order_number"}, lists_.people,
                         [&](CsvWriter& out, PersonId id) { postings(out, id); }));
    return files;
  }

 private:
  template <class IdType, class Write>
  ExportedFile file(ImportKind kind, std::initializer_list<const char*> keys, const std::vector<IdType>& ids, const Write& write) {
    CsvWriter out(style_.encoding, style_.for_spreadsheet);
    std::vector<std::string> header;
    for (const char* key : keys)
      for (const auto& column : columns_of(kind))
        if (column.key == key) header.push_back(column.headings.front());
    out.row(header);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      write(out, ids[i]);
      if (progress_ && i % 256 == 0) progress_((static_cast<double>(kind) + static_cast<double>(i) / static_cast<double>(ids.size())) / 4);
    }
    return {std::string(to_text(kind)) + ".csv", out.bytes(), out.rows() - 1, out.report()};
  }

  void unit(CsvWriter& out, UnitId id) {
    const auto unit = reg_.unit(id, {on_});
    if (!unit) return;
    out.row({unit_code(id), unit->name, unit->parent ? unit_code(unit->parent) : "", exported(unit->level), date(unit->period.first), last(unit->period.last)});
  }

  void post(CsvWriter& out, PostId id) {
    const auto post = reg_.post(id, {on_});
    if (!post) return;
    std::string categories;
    for (const auto& one : post->job_categories) categories += (categories.empty() ? "" : "・") + one;
    out.row({post_code(id), post->title, unit_code(post->unit), std::to_string(post->quota), exported(post->grade), post->head ? "○" : "", categories, post->function,
             date(post->period.first), last(post->period.last)});
  }

  void person(CsvWriter& out, PersonId id) {
    const auto person = reg_.person(id, {on_});
    const auto employment = reg_.employment(id, {on_});
    if (!person || !employment) return;
    std::string ground, separated, separation;
    for (const auto* entry : reg_.visible("person:" + to_text(id))) {
      if (const auto* appointed = std::get_if<Appointed>(&entry->fact); appointed && appointed->from == employment->period.first)
        ground = appointed->term_reason.empty() ? entry->reason : appointed->term_reason;
      if (const auto* ended = std::get_if<Separated>(&entry->fact); ended && ended->last_day == employment->period.last) {
        separated = date(ended->last_day);
        separation = exported(ended->kind);
      }
    }
    out.row({person->staff_number, person->name.family, person->name.given, person->name.family_kana, person->name.given_kana, person->birth ? date(*person->birth) : "",
             exported(person->sex), exported_exam_category(employment->exam_category), exported(employment->type), employment->job_category, exported(employment->grade),
             date(employment->period.first), separated.empty() ? last(employment->period.last) : "", employment->term_article, ground, separated, separation});
  }

  void postings(CsvWriter& out, PersonId id) {
    const auto person = reg_.person(id, {on_});
    if (!person || !reg_.employment(id, {on_})) return;
    for (const auto& one : reg_.postings(id, {on_}))
      if (one.kind != PostingKind::kCover)
        out.row({person->staff_number, post_code(one.post), exported(one.kind), date(one.period.first), last(one.period.last), one.order_kind, one.order_number});
  }

  std::string date(Day day) const { return style_.wareki ? wareki(day) : iso(day); }
  std::string last(Day day) const { return day == kForever ? "" : date(day); }
  std::string unit_code(UnitId id) const { return style_.unit_code ? style_.unit_code(id) : to_text(id); }
  std::string post_code(PostId id) const { return style_.post_code ? style_.post_code(id) : to_text(id); }

  const Register& reg_;
  const RegisterLists& lists_;
  const Day on_;
  const ExportStyle& style_;
  const std::function<void(double)>& progress_;
};

template <class FactType>
const FactType* fact_of(const std::optional<Body>& body) {
  const auto* entry = body ? std::get_if<FactEntry>(&*body) : nullptr;
  return entry && !entry->corrects ? std::get_if<FactType>(&entry->fact) : nullptr;
}

}  // namespace

RegisterLists list_register(const EventLog& log) {
  RegisterLists lists;
  const Query entered = std::vector{QueryItem{.types = {"fact/unit-established", "fact/post-created", "fact/person-registered"}, .tags = {}}};
  const auto end = log.read(entered, ReadOptions{.bulk = true}, [&](const EventView& event) {
    auto decoded = decode(event);
    if (!decoded) throw std::runtime_error("the event at position " + std::to_string(event.position()) + " cannot be decoded: " + decoded.error().what);
    const std::optional<Body> body(std::move(*decoded));
    if (const auto* unit = fact_of<UnitEstablished>(body)) lists.units.push_back(unit->unit);
    if (const auto* post = fact_of<PostCreated>(body)) lists.posts.push_back(post->post);
    if (const auto* person = fact_of<PersonRegistered>(body)) lists.people.push_back(person->person);
    return true;
  });
  require_read(end);
  return lists;
}

std::vector<ExportedFile> export_register(const Register& reg, const RegisterLists& lists, Day on, const ExportStyle& style,
                                          const std::function<void(double)>& progress) {
  return Exporting(reg, lists, on, style, progress).all();
}

nlohmann::json event_json(const EventView& event, bool with_body) {
  const auto id_or_null = [](const Id128& id) { return id ? nlohmann::json(to_text(id)) : nlohmann::json(); };
  nlohmann::json out{{"position", event.position()}, {"id", to_text(event.id())}, {"type", event.type()}, {"tags", event.tags()},
                     {"recorded_at", iso_utc(event.recorded_at())}, {"actor", event.actor()}, {"schema_version", event.schema_version()},
                     {"command", id_or_null(event.command())}, {"causation", id_or_null(event.causation())}, {"correlation", id_or_null(event.correlation())}};
  if (!event.on_behalf_of().empty()) out["on_behalf_of"] = event.on_behalf_of();
  if (!with_body) return out;
  const auto body = decode(event);
  if (!body) throw std::runtime_error("the event at position " + std::to_string(event.position()) + " cannot be decoded: " + body.error().what);
  out["body"] = to_json(*body);
  return out;
}

ExportStyle municipal_style(const Register& reg, const RegisterLists& lists, Day on) {
  const auto units = std::make_shared<std::map<UnitId, std::string>>();
  const auto posts = std::make_shared<std::map<PostId, std::string>>();
  std::map<UnitId, int> children;
  for (const auto id : lists.units) {
    const auto unit = reg.unit(id, {on});
    if (!unit) continue;
    char digits[16];
    std::snprintf(digits, sizeof digits, "%02d", ++children[unit->parent]);
    (*units)[id] = (unit->parent ? units->at(unit->parent) : "") + digits;
  }
  for (const auto id : lists.posts) {
    char code[16];
    std::snprintf(code, sizeof code, "P%04d", static_cast<int>(posts->size()) + 1);
    (*posts)[id] = code;
  }
  return {.encoding = CsvEncoding::kCp932, .for_spreadsheet = false, .wareki = true, .unit_code = [units](UnitId id) { return units->at(id); },
          .post_code = [posts](PostId id) { return posts->at(id); }};
}

}  // namespace rireki::api
