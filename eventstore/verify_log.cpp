#include "eventstore/verify_log.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "eventstore/envelope.h"
#include "proof/checkpoint.h"

namespace rireki {
namespace {

using proof::Fault;
using proof::Hashes;
using proof::kTileWidth;

std::string place(unsigned level, std::uint64_t index) { return to_text(proof::TilePath{.entries = false, .level = level, .index = index, .width = kTileWidth}); }

class Verification {
 public:
  Verification(const EventLog& log, const TransparencyLog& tree, const VerifyOptions& options) : log_(log), tree_(tree), options_(options), head_(tree.tree_head()) {}

  VerifyReport run() {
    report_.events = head_.size;
    by_events_.resize(head_.size / kTileWidth);
    check_events();
    tell_differences();
    check_tiles();
    check_root();
    check_checkpoints();
    std::sort(report_.findings.begin(), report_.findings.end(), [](const LogFinding& a, const LogFinding& b) { return a.position < b.position; });
    return std::move(report_);
  }

 private:
  bool going() const { return !full_.load(std::memory_order_relaxed) && !(options_.stop && options_.stop->load(std::memory_order_relaxed)); }

  void find(Position position, const std::string& where, const std::string& ja, const std::string& en) {
    std::lock_guard lock(mutex_);
    if (report_.findings.size() >= options_.findings_max) {
      full_ = true;
      report_.complete = false;
      return;
    }
    report_.findings.push_back({position, Fault{where + "：" + ja, where + ": " + en}});
  }
  void find(Position position, const Fault& fault) {
    std::lock_guard lock(mutex_);
    if (report_.findings.size() < options_.findings_max) report_.findings.push_back({position, fault});
  }

  // Where an event and its tile differ, the last checkpoint that was signed says which of the two was altered.
  void tell_differences() {
    if (differing_.empty()) return;
    const auto sizes = tree_.checkpoints(head_.size, 1, Direction::kBackward);
    const auto note = sizes.empty() ? proof::Checked<proof::Note>(Fault{}) : proof::parse_note(tree_.checkpoint(sizes.front()).value_or(""));
    const auto checkpoint = note ? proof::parse_checkpoint_text(note->text) : proof::Checked<proof::Checkpoint>(Fault{});
    const auto holds = [&](const proof::TiledTree& tree) {
      const auto root = checkpoint ? tree.root(checkpoint->size) : proof::Checked<Digest>(Fault{});
      return root && *root == checkpoint->root;
    };
    const bool tiles_hold = holds(tree_.tree()), events_hold = !tiles_hold && holds(tree_of_events());
    std::uint64_t told = ~std::uint64_t{0};
    std::sort(differing_.begin(), differing_.end());
    for (const auto position : differing_) {
      const auto index = (position - 1) / kTileWidth;
      if (tiles_hold) find(position, "position " + std::to_string(position), "記録が、書かれたときのものと違います。", "the event is not what was recorded.");
      else if (!events_hold) find(position, "position " + std::to_string(position), "記録とそのタイルが違います。", "the event and its tile differ.");
      else if (index != std::exchange(told, index)) find(position, place(0, index), "書き換えられています。記録のほうは署名されたままです。", "it was altered; the events are as they were signed.");
    }
  }

  // The tree as the events give it, whatever the tiles say.
  proof::TiledTree tree_of_events() const {
    return proof::TiledTree([this](unsigned level, std::uint64_t index, std::uint64_t count) -> proof::Checked<Hashes> {
      Hashes hashes;
      if (level == 0) {
        const auto leaves = tree_.leaves(index * kTileWidth + 1, index * kTileWidth + count);
        if (!leaves) return leaves.error();
        for (const auto& leaf : *leaves) hashes.push_back(proof::leaf_hash(leaf));
        return hashes;
      }
      // Each hash above is that of whole tiles below.
      const std::uint64_t bundles = 1ull << (proof::kTileHeight * (level - 1));
      for (std::uint64_t i = 0; i < count; ++i) hashes.push_back(proof::reduce(std::span(by_events_).subspan((index * kTileWidth + i) * bundles, bundles)));
      return hashes;
    });
  }

  // Threads take bundle after bundle, some at once so that reading ahead pays.
  void check_events() {
    constexpr std::uint64_t kBundlesAtOnce = 32;
    const std::uint64_t bundles = (head_.size + kTileWidth - 1) / kTileWidth;
    std::atomic<std::uint64_t> next{0}, done{0};
    const auto began = std::chrono::steady_clock::now();
    const auto work = [&] {
      while (going()) {
        const auto from = next.fetch_add(kBundlesAtOnce);
        if (from >= bundles) return;
        const auto to = std::min(bundles, from + kBundlesAtOnce);
        check_bundles(from, to);
        const auto reached = done.fetch_add(to - from) + to - from;
        if (options_.progress) options_.progress(static_cast<double>(reached) / static_cast<double>(bundles));
        if (options_.events_per_second > 0) rest(began, reached * kTileWidth);
      }
    };
    std::vector<std::thread> helpers;
    for (unsigned i = 1; i < options_.threads; ++i) helpers.emplace_back(work);
    work();
    for (auto& helper : helpers) helper.join();
    if (options_.stop && *options_.stop) report_.complete = false;
  }

  void rest(std::chrono::steady_clock::time_point began, std::uint64_t events) const {
    const auto until = began + std::chrono::microseconds(events * 1'000'000 / options_.events_per_second);
    while (going() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }

  void check_bundles(std::uint64_t from, std::uint64_t to) {
    const Position last = std::min<Position>(head_.size, to * kTileWidth);
    Position position = from * kTileWidth;
    proof::Checked<Hashes> tile = Fault{};
    Hashes hashes;  // of the events of this bundle so far
    std::vector<Position> differing;
    struct Unreadable {
      Position first, last;
      std::string what;
    };
    std::vector<Unreadable> unreadable;
    // A damaged event ends a read; the next goes on behind it.
    while (position < last && going()) {
      const auto end = log_.read(AllEvents{}, {.after = position, .up_to = last, .bulk = true}, [&](const EventView& event) {
        const auto index = (event.position() - 1) / kTileWidth, at = (event.position() - 1) % kTileWidth;
        if (at == 0 || position + 1 != event.position()) {
          tile = tree_.tile(0, index, proof::tile_width(0, index, head_.size));
          if (!tile) find(0, tile.error());
          hashes.clear();
        }
        position = event.position();
        const bool formed = well_formed(event.metadata());
        if (!formed) find(position, "position " + std::to_string(position), "記録の形が壊れています。", "the event is not of the form of one.");
        const Digest hash = formed ? proof::leaf_hash(leaf_of(event)) : Digest{};
        if (formed && tile && hash != (*tile)[at]) differing.push_back(position);
        hashes.push_back(hash);
        if (hashes.size() == kTileWidth) by_events_[index] = proof::reduce(hashes);
        return going();
      });
      if (end) break;
      ++position;
      // One damaged block holds many events: they are told in one.
      if (!unreadable.empty() && unreadable.back().last + 1 == position && unreadable.back().what == end.error().what) unreadable.back().last = position;
      else unreadable.push_back({position, position, end.error().what});
      hashes.clear();
      if (position % kTileWidth != 0) tile = tree_.tile(0, position / kTileWidth, proof::tile_width(0, position / kTileWidth, head_.size));
    }
    for (const auto& run : unreadable) {
      const std::string first = std::to_string(run.first), where = run.first == run.last ? "position " + first : "positions " + first + "–" + std::to_string(run.last);
      find(run.first, where, "記録を読めません（" + run.what + "）。", run.first == run.last ? "the event cannot be read (" + run.what + ")." : "the events cannot be read (" + run.what + ").");
    }
    if (differing.empty()) return;
    std::lock_guard lock(mutex_);
    differing_.insert(differing_.end(), differing.begin(), differing.end());
    if (differing_.size() > options_.findings_max) full_ = true, report_.complete = false;
  }

  void check_tiles() {
    for (unsigned level = 0; level < proof::kTileLevelsMax; ++level) {
      const std::uint64_t tiles = (head_.size >> (proof::kTileHeight * level)) / kTileWidth;  // full ones
      Hashes above;
      for (std::uint64_t index = 0; index < tiles && going(); ++index) {
        ++report_.tiles;
        const auto at = index % kTileWidth;
        if (at == 0 || above.empty()) {
          const auto given = tree_.tile(level + 1, index / kTileWidth, proof::tile_width(level + 1, index / kTileWidth, head_.size));
          if (!given) find(0, given.error());
          above = given ? *given : Hashes{};
        }
        const auto tile = tree_.tile(level, index, kTileWidth);
        if (!tile) find(0, tile.error());
        else if (!above.empty() && proof::reduce(*tile) != above[at]) find(0, place(level, index), "上のタイルと合いません。書き換えられています。", "it does not give the hash in the tile above it: it was altered.");
      }
    }
  }

  void check_root() {
    const auto root = tree_.tree().root(head_.size);
    if (!root) find(0, root.error());
    else if (*root != head_.root) find(0, "tile", "タイルから計算した根が、いまの根と違います。", "the root of the tiles is not the log's.");
  }

  void check_checkpoints() {
    for (Position from = 0; going();) {
      const auto sizes = tree_.checkpoints(from, 1'000);
      for (const auto size : sizes) check_checkpoint(size);
      if (sizes.size() < 1'000) break;
      from = sizes.back() + 1;
    }
    const auto explained = [&](const LogFinding& one) { return one.position == 0 || (one.position > last_good_ && one.position <= *first_wrong_); };
    if (!first_wrong_ || std::any_of(report_.findings.begin(), report_.findings.end(), explained)) return;
    // Behind the last full tile there is nothing else to compare with: what is known is between which checkpoints it happened.
    find(last_good_ + 1, "positions " + std::to_string(last_good_ + 1) + "–" + std::to_string(*first_wrong_), "この間の記録かタイルが、署名されたときのものと違います。",
         "events or tiles among these are not what was signed.");
  }
  void check_checkpoint(Position size) {
    ++report_.checkpoints;
    const std::string where = "checkpoint " + std::to_string(size);
    const auto text = tree_.checkpoint(size);
    const auto note = proof::parse_note(text.value_or(""));
    const auto checkpoint = note ? proof::parse_checkpoint_text(note->text) : proof::Checked<proof::Checkpoint>(note.error());
    if (!checkpoint || checkpoint->size != size) return find(0, where, "壊れています。", "it is damaged.");
    if (!options_.keys.empty())
      if (const auto verified = proof::verify(*note, options_.keys); !verified || verified->empty()) return find(0, where, "署名が正しくありません。", "its signature is wrong.");
    if (size > head_.size) return find(0, where, "いまのログより多い件数に署名しています。", "it is of more events than there are.");
    const auto root = tree_.tree().root(size);
    if (!root) find(0, root.error());
    else if (*root == checkpoint->root) last_good_ = std::max(last_good_, size);
    else if (!first_wrong_) first_wrong_ = size;
  }

  const EventLog& log_;
  const TransparencyLog& tree_;
  const VerifyOptions& options_;
  const TreeHead head_;
  std::mutex mutex_;
  std::atomic<bool> full_{false};
  Hashes by_events_;                     // the root of each full bundle, as its events give it; zeros where one cannot be read
  std::vector<Position> differing_;      // events that their tile does not know
  Position last_good_ = 0;               // the largest checkpoint that holds, and the first that does not
  std::optional<Position> first_wrong_;
  VerifyReport report_;
};

}  // namespace

VerifyReport verify_log(const EventLog& log, const TransparencyLog& tree, const VerifyOptions& options) { return Verification(log, tree, options).run(); }

}  // namespace rireki
