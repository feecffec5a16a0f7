#include "proof/bundle.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "proof/envelope.capnp.h"
#include "proof/tar.h"
#include "proof/text.h"

namespace rireki::proof {
namespace {

constexpr std::string_view kOpening = "rireki-open/v1";

Fault damaged(const std::string& name) { return {name + "が壊れているか、書き換えられています。", name + " is damaged or was altered."}; }
Fault not_as_logged(std::uint64_t position, const std::string& what) {
  return {"位置" + std::to_string(position) + "：" + what + "が、記録されたときのものと違います。", "position " + std::to_string(position) + ": its " + what + " is not what was recorded."};
}

// The commitments that an event's metadata pins, in the order of its sections.
Checked<std::vector<std::string>> commitments_of(const std::string& name, std::string_view metadata) {
  if (metadata.size() % 8 != 0 || metadata.size() < 16) return damaged(name);
  std::vector<std::uint64_t> aligned(metadata.size() / 8);
  std::memcpy(aligned.data(), metadata.data(), metadata.size());
  try {
    capnp::FlatArrayMessageReader message(kj::arrayPtr(reinterpret_cast<const capnp::word*>(aligned.data()), aligned.size()));
    const auto bytes = message.getRoot<stored::Envelope>().getCommitments();
    std::vector<std::string> commitments;
    for (std::size_t at = 0; at + 32 <= bytes.size(); at += 32) commitments.emplace_back(reinterpret_cast<const char*>(bytes.begin()) + at, 32);
    return commitments;
  } catch (const kj::Exception&) {
    return damaged(name);
  }
}

// What was opened must be what the metadata committed to. Gives how many sections.
Checked<std::uint64_t> check_openings(const std::string& name, std::string_view openings, const std::vector<std::string>& commitments) {
  std::uint64_t opened = 0;
  while (!openings.empty()) {
    const std::size_t name_bytes = static_cast<unsigned char>(openings.front());
    if (openings.size() < 1 + name_bytes + 4) return damaged(name);
    std::uint32_t length = 0;
    std::memcpy(&length, openings.data() + 1 + name_bytes, sizeof length);
    openings.remove_prefix(1 + name_bytes + 4);
    if (length < 32 || length > openings.size()) return damaged(name);
    const auto digest = sha256({kOpening, openings.substr(0, length)});
    if (std::find(commitments.begin(), commitments.end(), view(digest)) == commitments.end()) return damaged(name);
    openings.remove_prefix(length);
    ++opened;
  }
  return opened;
}

class Checking {
 public:
  explicit Checking(const BundleCheck& check) : check_(check) {}

  std::optional<Fault> file(const std::string& name, std::string_view content) {
    if (name == "README.txt" || name == "key.pub" || name == "witness.pub") return std::nullopt;
    if (name == "checkpoint") return checkpoint(content);
    if (!begun_) return Fault{"束にチェックポイントがありません。", "The bundle has no checkpoint."};
    if (name.starts_with("checkpoints/")) return older(name, content);
    if (name.starts_with("events/")) return event(name, content);
    if (name == "keys.txt") return keys(content);
    if (name.starts_with("proofs/")) return proof(name, content);
    if (name.starts_with("tile/")) return tile(name, content);
    return Fault{name + "：この束の形式にないファイルです。", name + ": no file of a bundle."};
  }

  Checked<BundleReport> finish() {
    if (!begun_) return Fault{"束にチェックポイントがありません。", "The bundle has no checkpoint."};
    if (report_.tiles > 0 || tree_.size() > 0) {
      if (auto fault = finish_whole()) return *fault;
    } else if (size() > 0) {
      if (report_.leaves == 0) return Fault{"束に、確かめられる記録が一つもありません。途中で切れています。", "The bundle proves no event at all: it was cut off."};
      for (const auto& [old, root] : older_)
        if (old != 0 && old != size() && !consistent_.contains(old))
          return Fault{"大きさ" + std::to_string(old) + "の古いチェックポイントとのつながりを、この束では確かめられません。全体の束を取り寄せてください。",
                       "That this goes on from the older checkpoint of size " + std::to_string(old) + " cannot be checked with this bundle: ask for one of everything."};
    }
    if (!key_events_.empty()) {
      if (report_.whole) return Fault{"keys.txt が、鍵の記録（位置" + std::to_string(*key_events_.begin()) + "）と合いません。", "keys.txt does not fit the key events: there is none at position " + std::to_string(*key_events_.begin()) + "."};
      report_.erased_keys.clear();  // a part does not show what stands there
    }
    if (!disclosed_.empty()) {
      const auto position = disclosed_.begin()->first;
      return Fault{"位置" + std::to_string(position) + "の記録が開示されていますが、ログにあることの証明がありません。", "The event at position " + std::to_string(position) + " is disclosed without a proof that it is in the log."};
    }
    return std::move(report_);
  }

 private:
  struct Disclosed {
    std::optional<Digest> metadata, body;
    std::vector<std::string> commitments;
  };
  std::uint64_t size() const { return report_.checkpoint.checkpoint.size; }

  std::optional<Fault> checkpoint(std::string_view content) {
    auto opened = open_checkpoint(content, check_.keys);
    if (!opened) return at("checkpoint", opened.error());
    report_.checkpoint = std::move(*opened);
    begun_ = true;
    older_.emplace(size(), report_.checkpoint.checkpoint.root);
    for (std::size_t i = 0; i < check_.older.size(); ++i)
      if (auto fault = compare_with(check_.older[i], "older checkpoint")) return fault;
    return std::nullopt;
  }

  std::optional<Fault> older(const std::string& name, std::string_view content) { return compare_with(content, name); }
  std::optional<Fault> compare_with(std::string_view note, const std::string& name) {
    const auto opened = open_checkpoint(note, check_.keys);
    if (!opened) return at(name, opened.error());
    const auto& old = opened->checkpoint;
    const bool former = is_former_epoch(old.origin, report_.checkpoint.checkpoint.origin);
    if (old.origin != report_.checkpoint.checkpoint.origin && !former) return Fault{name + "：別のログのチェックポイントです。", name + ": a checkpoint of another log."};
    if (old.size > size())
      return Fault{name + "：この束より多い" + std::to_string(old.size) + "件に署名しています。記録が失われました。", name + ": it is of " + std::to_string(old.size) + " events, more than this bundle: events were lost."};
    const auto [known, fresh] = older_.emplace(old.size, old.root);
    if (former) former_.insert(old.size);
    if (!fresh && known->second != old.root) {
      if (former) return at(name, not_the_former(old.size));
      return Fault{name + "：同じ大きさの別の記録に署名しています。履歴が二つあります。", name + ": another history of the same size was signed. There are two."};
    }
    ++report_.older;
    return std::nullopt;
  }

  static Fault not_the_former(std::uint64_t size) {
    return {"先頭から" + std::to_string(size) + "件が、前のログ（版が変わる前）のチェックポイントのときのものと違います。失われたと記録された部分でなければ、履歴が書き換えられました。",
            "The first " + std::to_string(size) + " events are not those of the former epoch's checkpoint: unless they are among those that are on record as lost, the history was rewritten."};
  }

  std::optional<Fault> event(const std::string& name, std::string_view content) {
    const auto dot = name.find('.');
    const auto position = dot == name.npos ? std::nullopt : parse_number(std::string_view(name).substr(7, dot - 7));
    if (!position || *position == 0 || *position > size()) return damaged(name);
    const auto kind = std::string_view(name).substr(dot);
    if (kind == ".body") {
      disclosed_[*position].body = sha256({content});
    } else if (kind == ".meta") {
      auto& one = disclosed_[*position];
      one.metadata = sha256({content});
      auto commitments = commitments_of(name, content);
      if (!commitments) return commitments.error();
      one.commitments = std::move(*commitments);
    } else if (kind == ".open") {
      const auto opened = check_openings(name, content, disclosed_[*position].commitments);
      if (!opened) return opened.error();
      report_.opened += *opened;
    } else {
      return damaged(name);
    }
    return std::nullopt;
  }

  std::optional<Fault> keys(std::string_view content) {
    while (!content.empty()) {
      const auto line = take_line(content);
      std::vector<std::string_view> words;
      for (std::string_view rest = line.value_or(""); !rest.empty();) {
        const auto space = rest.find(' ');
        words.push_back(rest.substr(0, space));
        rest.remove_prefix(space == rest.npos ? rest.size() : space + 1);
      }
      const auto created = words.size() >= 3 && words[1] == "created" ? parse_number(words[2]) : std::nullopt;
      const auto erased = words.size() == 5 && words[3] == "erased" ? parse_number(words[4]) : std::nullopt;
      if (!created || (words.size() != 3 && !erased) || *created == 0 || *created > size() || (erased && (*erased <= *created || *erased > size()))) return damaged("keys.txt");
      key_events_.insert(*created);
      if (!erased) continue;
      key_events_.insert(*erased);
      report_.erased_keys.emplace_back(*created, *erased);
    }
    return std::nullopt;
  }

  // A disclosed event's bytes are those of its leaf.
  std::optional<Fault> matches(const Leaf& leaf) {
    const auto found = disclosed_.find(leaf.position);
    if (found == disclosed_.end()) return std::nullopt;
    if (found->second.metadata && *found->second.metadata != leaf.metadata) return not_as_logged(leaf.position, "metadata");
    if (found->second.body && (!leaf.body || *found->second.body != *leaf.body)) return not_as_logged(leaf.position, "body");
    ++report_.disclosed;
    disclosed_.erase(found);
    return std::nullopt;
  }

  std::optional<Fault> proof(const std::string& name, std::string_view content) {
    const auto dot = name.find('.');
    const auto number = dot == name.npos ? std::nullopt : parse_number(std::string_view(name).substr(7, dot - 7));
    const auto kind = dot == name.npos ? std::string_view() : std::string_view(name).substr(dot);
    if (!number) return damaged(name);
    if (kind == ".consistency") return consistency(name, *number, content);
    if (kind == ".leaf") {
      leaf_ = std::string(content);
      leaf_of_ = *number;
      return std::nullopt;
    }
    if (kind != ".tlog-proof" || leaf_of_ != *number) return damaged(name);
    const auto leaf = parse_leaf(leaf_);
    const auto parsed = parse_inclusion_proof(content);
    if (!leaf) return at(name, leaf.error());
    if (!parsed) return at(name, parsed.error());
    if (leaf->position != *number || parsed->index != *number - 1) return damaged(name);
    const auto held = check_inclusion(*parsed, leaf_, check_.keys);
    if (!held) return at(name, held.error());
    if (held->checkpoint != report_.checkpoint.checkpoint) return Fault{name + "：別のチェックポイントの証明です。", name + ": a proof for another checkpoint."};
    report_.first = report_.leaves == 0 ? *number : std::min(report_.first, *number);
    report_.last = std::max(report_.last, *number);
    ++report_.leaves;
    return matches(*leaf);
  }

  std::optional<Fault> consistency(const std::string& name, std::uint64_t old, std::string_view content) {
    const auto root = older_.find(old);
    Hashes hashes;
    while (!content.empty()) {
      const auto line = take_line(content);
      const auto hash = line ? digest_of_base64(*line) : std::nullopt;
      if (!hash || hashes.size() == kProofHashesMax) return damaged(name);
      hashes.push_back(*hash);
    }
    if (root == older_.end() || !verify_consistency(old, size(), root->second, report_.checkpoint.checkpoint.root, hashes))
      return Fault{name + "：古いチェックポイントの続きであることの証明が成り立ちません。", name + ": the proof that this goes on from the older checkpoint does not hold."};
    consistent_.insert(old);
    return std::nullopt;
  }

  std::optional<Fault> tile(const std::string& name, std::string_view content) {
    const auto path = parse_tile_path(name);
    if (!path) return at(name, path.error());
    const auto width = tile_width(path->entries ? 0 : path->level, path->index, size());
    if (width == 0 || path->width != width) return Fault{name + "：この大きさのログにないタイルです。", name + ": no tile of a log of this size."};
    if (path->entries) return entries(name, *path, content);
    auto hashes = hashes_of(content);
    if (!hashes || hashes->size() != width) return damaged(name);
    tiles_[{path->level, path->index}] = std::move(*hashes);
    ++report_.tiles;
    return std::nullopt;
  }

  std::optional<Fault> entries(const std::string& name, const TilePath& path, std::string_view content) {
    const auto leaves = parse_bundle(content);
    if (!leaves) return at(name, leaves.error());
    if (leaves->size() != path.width) return damaged(name);
    const auto hashes = tiles_.find({0, path.index});
    if (hashes == tiles_.end()) return Fault{name + "：同じ場所のハッシュのタイルがありません。", name + ": the tile of hashes for it is missing."};
    if (tree_.size() != path.index * kTileWidth) return Fault{name + "の前に、欠けている束があります。", "Bundles before " + name + " are missing."};
    for (std::size_t i = 0; i < leaves->size(); ++i) {
      const Leaf& leaf = (*leaves)[i];
      if (leaf.position != tree_.size() + 1) return not_as_logged(tree_.size() + 1, "leaf");
      if (leaf.time < time_) return Fault{"位置" + std::to_string(leaf.position) + "：時刻が前の記録より戻っています。", "position " + std::to_string(leaf.position) + ": its time is before that of the event before it."};
      time_ = leaf.time;
      const Digest hash = leaf_hash(leaf);
      if (hash != hashes->second[i]) return not_as_logged(leaf.position, "leaf");
      std::optional<Fault> wrong;
      tree_.push(hash, [&](unsigned level, std::uint64_t index, const Hashes& full) {
        const auto given = tiles_.find({level, index});
        if (!wrong && (given == tiles_.end() || given->second != full)) wrong = damaged(to_text(TilePath{.entries = false, .level = level, .index = index, .width = kTileWidth}));
        if (given != tiles_.end()) tiles_.erase(given);
      });
      if (wrong) return wrong;
      if (kClasses[leaf.event_class] == "key") key_events_.erase(leaf.position);
      if (const auto old = older_.find(tree_.size()); old != older_.end() && old->second != tree_.root()) {
        if (former_.contains(tree_.size())) return not_the_former(tree_.size());
        return Fault{"先頭から" + std::to_string(tree_.size()) + "件が、古いチェックポイントのときのものと違います。その後に履歴が書き換えられました。",
                     "The first " + std::to_string(tree_.size()) + " events are not those of the older checkpoint: the history was rewritten since."};
      }
      if (auto fault = matches(leaf)) return fault;
    }
    report_.leaves = tree_.size();
    if (check_.progress) check_.progress(tree_.size(), size());
    return std::nullopt;
  }

  std::optional<Fault> finish_whole() {
    if (tree_.size() != size()) return Fault{"葉が" + std::to_string(tree_.size()) + "件しかありません（" + std::to_string(size()) + "件のはずです）。", "There are only " + std::to_string(tree_.size()) + " leaves of " + std::to_string(size()) + "."};
    // What is left are the tiles at the right edge, which no full one covers.
    for (unsigned level = 0; level < kTileLevelsMax; ++level) {
      const auto& partial = tree_.partial(level);
      if (partial.empty()) continue;
      const auto given = tiles_.find({level, size() >> (kTileHeight * (level + 1))});
      const auto name = to_text(TilePath{.entries = false, .level = level, .index = size() >> (kTileHeight * (level + 1)), .width = partial.size()});
      if (given == tiles_.end()) return Fault{name + "がありません。", name + " is missing."};
      if (given->second != partial) return damaged(name);
      tiles_.erase(given);
    }
    if (!tiles_.empty()) return damaged("tile");
    if (tree_.root() != report_.checkpoint.checkpoint.root)
      return Fault{"葉から計算した根が、署名されたものと違います。", "The root of the leaves is not the one that was signed."};
    report_.whole = true;
    report_.first = size() > 0 ? 1 : 0;
    report_.last = size();
    return std::nullopt;
  }

  const BundleCheck& check_;
  BundleReport report_;
  bool begun_ = false;
  std::map<std::uint64_t, Digest> older_;
  std::set<std::uint64_t> former_;      // sizes of checkpoints of former epochs
  std::set<std::uint64_t> consistent_;
  std::set<std::uint64_t> key_events_;  // where keys.txt says that keys were created or erased, and no such event was seen yet
  std::map<std::uint64_t, Disclosed> disclosed_;
  std::string leaf_;
  std::uint64_t leaf_of_ = 0;
  std::map<std::pair<unsigned, std::uint64_t>, Hashes> tiles_;
  GrowingTree tree_;
  std::int64_t time_ = 0;
};

}  // namespace

Checked<BundleReport> check_bundle(const std::string& path, const BundleCheck& check) {
  Checking checking(check);
  if (auto fault = read_tar(path, kBundleFileBytesMax, [&](const std::string& name, std::string_view content) { return checking.file(name, content); })) return *fault;
  return checking.finish();
}

Checked<BundleReport> check_bundle_bytes(std::string_view bytes, const BundleCheck& check) {
  Checking checking(check);
  if (auto fault = read_tar_bytes(bytes, kBundleFileBytesMax, [&](const std::string& name, std::string_view content) { return checking.file(name, content); })) return *fault;
  return checking.finish();
}

}  // namespace rireki::proof
