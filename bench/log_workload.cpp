#include "bench/log_workload.h"

#include <rocksdb/cache.h>

#include <algorithm>
#include <stdexcept>

#include "eventstore/rocks_options.h"
#include "eventstore/rocks_store.h"

namespace rireki::bench {
namespace {

constexpr std::size_t kBodyBytes = 130;  // with about 350 bytes of metadata

void expect_ok(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

std::string hex(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

std::string person_tag(std::size_t person) { return "person:" + hex(0x9e3779b97f4a7c15u * (person + 1)); }

Clerk::Clerk(std::size_t number, std::size_t of) : number_(number), of_(of), random_(number * 0x9e3779b97f4a7c15u + 1) {}

NewEvent Clerk::next() {
  static constexpr const char* kTypes[] = {"case/opened", "case/acted", "case/commented", "fact/posted", "fact/graded", "case/closed"};
  random_ = random_ * 6364136223846793005u + 1442695040888963407u;
  const std::size_t step = made_ % kEventsPerCase;
  if (step == 0) {
    case_ = "case:" + hex(random_ ^ number_);
    person_ = person_tag(number_ + of_ * (random_ >> 33) % (kPeople / of_ * of_));
  }
  ++made_;
  NewEvent event{.id = {random_, made_ * of_ + number_}, .type = kTypes[step % 6], .tags = {case_, person_, "unit:" + std::to_string((random_ >> 40) % 400)},
                 .actor = "account:" + hex(number_ + 1), .correlation = {random_, 7}, .body = std::string(kBodyBytes, static_cast<char>('a' + step))};
  if (step % 2) event.tags.push_back("post:" + std::to_string((random_ >> 20) % 3'000));
  std::sort(event.tags.begin(), event.tags.end());
  return event;
}

std::vector<QueryItem> Clerk::boundary() const {
  return {QueryItem{.types = {}, .tags = {case_}}, QueryItem{.types = {"fact/posted", "fact/graded"}, .tags = {person_}}};
}

RawLog::RawLog(const std::filesystem::path& folder) : batch_(0, 0, kProtectionBytesPerKey, 0) {
  const RocksOptions options;
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
  rocksdb::DB* opened = nullptr;
  expect_ok(rocksdb::DB::Open(database_options(options, cache), folder.string(), families(options, cache), &handles_, &opened));
  db_.reset(opened);
}
RawLog::~RawLog() {
  for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
}

std::vector<RawLog::Put> RawLog::puts_of(std::vector<NewEvent> events) {
  std::vector<Put> puts, postings;
  const auto word = [&](WordKind kind, const std::string& text) {
    const std::string key = Word{kind, text}.key();
    const auto [found, fresh] = words_.try_emplace(key, static_cast<WordId>(words_.size() + 1));
    if (fresh) puts.push_back({3, key, word_value(found->second)});
    return found->second;
  };
  const auto posting = [&](WordId id, WordId type) {
    postings.push_back({2, std::string(PostingKey(id, head_).view()), word_value(type)});
  };
  for (auto& event : events) {
    ++head_;
    puts.push_back({1, std::string(LogKey(head_).view()), encode_record(event, {}, event.id, event.id)});
    const auto type = word(WordKind::kType, event.type);
    posting(type, type);
    for (const auto& tag : event.tags) posting(word(WordKind::kTag, tag), type);
  }
  std::sort(postings.begin(), postings.end(), [](const Put& a, const Put& b) { return a.key < b.key; });
  std::move(postings.begin(), postings.end(), std::back_inserter(puts));
  return puts;
}

void RawLog::write(const std::vector<Put>& group) {
  batch_.Clear();
  for (const auto& put : group) expect_ok(batch_.Put(handles_[static_cast<std::size_t>(put.family)], put.key, put.value));
  rocksdb::WriteOptions options;
  options.sync = true;
  expect_ok(db_->Write(options, &batch_));
}

}  // namespace rireki::bench
