#include "eventstore/checkpoint_keeper.h"

#include <pthread.h>

#include <algorithm>

namespace rireki {

using proof::Checked;
using proof::Fault;

namespace {
const Fault kNotKept{"署名したチェックポイントを保存できません。", "The signed checkpoint cannot be kept."};
}

std::optional<Fault> check_high_water(const TransparencyLog& log, const std::optional<proof::Checkpoint>& last) {
  const auto head = log.tree_head();
  if (!last) {
    if (log.checkpoints(0, 1).empty()) return std::nullopt;
    return Fault{"ログには署名済みのチェックポイントがありますが、署名者は何も署名していません。署名者のフォルダーを元に戻してください。",
                 "The log has signed checkpoints and its signer has signed nothing: put the signer's folder back."};
  }
  const std::string size = std::to_string(last->size), there = std::to_string(head.size);
  if (last->size > head.size)
    return Fault{"署名済みの記録は" + size + "件ですが、ログには" + there + "件しかありません。古い控えから戻した場合は rireki epoch の説明を読んでください。",
                 size + " events were signed and the log has only " + there + ". If it was restored from an old backup, read rireki epoch --help."};
  const auto root = log.tree().root(last->size);
  if (!root) return root.error();
  if (*root != last->root)
    return Fault{"先頭から" + size + "件の記録が、署名したときのものと違います。rireki verify が場所を示します。",
                 "The first " + size + " events are not those that were signed. rireki verify says where."};
  return std::nullopt;
}

Checked<std::unique_ptr<CheckpointKeeper>> CheckpointKeeper::open(TransparencyLog& log, CheckpointSigner& signer, CheckpointOptions options) {
  if (!options.clock) options.clock = [] { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); };
  std::unique_ptr<CheckpointKeeper> keeper(new CheckpointKeeper(log, signer, std::move(options)));
  if (auto fault = keeper->resume()) return *fault;
  keeper->thin();
  keeper->thread_ = std::thread([raw = keeper.get()] { raw->run(); });
  return keeper;
}

CheckpointKeeper::~CheckpointKeeper() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  thread_.join();
  if (log_.tree_head().size > 0) (void)sign_now();
}

void CheckpointKeeper::run() {
  ::pthread_setname_np(::pthread_self(), "checkpoints");
  auto next_thin = std::chrono::steady_clock::now() + std::chrono::hours{24};
  std::unique_lock lock(stop_mutex_);
  while (!stopped_.wait_for(lock, options_.every, [this] { return stopping_; })) {
    lock.unlock();
    if (log_.tree_head().size > 0) (void)sign_now();
    if (std::chrono::steady_clock::now() >= next_thin) {
      thin();
      next_thin += std::chrono::hours{24};
    }
    lock.lock();
  }
}

std::optional<Fault> CheckpointKeeper::fault() const {
  std::lock_guard lock(told_mutex_);
  return fault_;
}

Checked<std::string> CheckpointKeeper::sign_now() {
  std::lock_guard lock(mutex_);
  auto note = sign_locked();
  bool told = true;
  {
    std::lock_guard told_lock(told_mutex_);
    if (!note) told = fault_ && fault_->en == note.error().en;
    fault_ = note ? std::nullopt : std::optional(note.error());
  }
  if (!told && options_.on_fault) options_.on_fault(note.error());
  return note;
}

std::vector<proof::Verifier> CheckpointKeeper::keys() const {
  std::lock_guard lock(told_mutex_);
  return keys_;
}

// From what the signer says: its keys, and what it signed last, which may be more than what was heard of it.
std::optional<Fault> CheckpointKeeper::resume() {
  auto keys = signer_.keys();
  if (!keys) return keys.error();
  if (keys->empty() || (!origin_.empty() && keys->front().name != origin_))
    return Fault{"署名者は別のログの鍵を持っています。サーバーを始め直してください。", "The signer holds another log's key: start the server again."};
  origin_ = keys->front().name;
  const bool others = !keys_.empty() && keys_ != *keys;
  {
    std::lock_guard lock(told_mutex_);
    keys_ = std::move(*keys);
  }
  if (others && options_.on_keys) options_.on_keys(keys_);
  const auto note = signer_.last();
  if (!note) return note.error();
  if (!*note) return check_high_water(log_, std::nullopt);
  const auto opened = proof::open_checkpoint(**note, keys_);
  if (!opened) return opened.error();
  if (auto fault = check_high_water(log_, opened->checkpoint)) return fault;
  // Cut off between the signature and here.
  if (!log_.checkpoint(opened->checkpoint.size) && !log_.keep_checkpoint(opened->checkpoint.size, **note)) return kNotKept;
  last_ = opened->checkpoint;
  last_note_ = **note;
  return std::nullopt;
}

Checked<std::string> CheckpointKeeper::sign_locked() {
  const auto head = log_.tree_head();
  const auto current = [&] { return !last_note_.empty() && last_.size == head.size; };
  if (!current()) {
    if (const auto note = ask(head); !note) {
      // An answer that was lost, or another key since: what the signer remembers decides.
      if (auto fault = resume()) return *fault;
      if (!current())
        if (const auto again = ask(head); !again) return again;
    }
  }
  return {boost::system::in_place_value, last_note_};
}

Checked<std::string> CheckpointKeeper::ask(const TreeHead& head) {
  proof::ExtensionRequest request{.old = last_.size, .proof = {}, .checkpoint = to_text(proof::Checkpoint{.origin = origin(), .size = head.size, .root = head.root})};
  if (request.old > 0) {
    auto proof = log_.tree().consistency(request.old, head.size);
    if (!proof) return proof.error();
    request.proof = std::move(*proof);
  }
  auto note = signer_.sign(request);
  if (!note) return note;
  const auto opened = proof::open_checkpoint(*note, keys_);
  if (!opened) return opened.error();
  if (opened->note.text != request.checkpoint) return Fault{"署名者が別のものに署名しました。", "The signer signed something else."};
  if (!log_.keep_checkpoint(head.size, *note)) return kNotKept;
  last_ = opened->checkpoint;
  last_note_ = *note;
  // A line that no key here fits: there is a new key, and whoever reads should learn of it while the former one still signs.
  if (opened->note.signatures.size() > opened->signatures.size())
    if (auto fault = resume()) return *fault;
  return note;
}

void CheckpointKeeper::thin() {
  const auto young = options_.clock() - kCheckpointsKept;
  std::optional<Position> before;  // the last one so far of the day that is being looked at
  std::chrono::sys_days day{};
  for (Position from = 0;;) {
    const auto sizes = log_.checkpoints(from, 1'000);
    for (const auto size : sizes) {
      const auto leaf = size > 0 ? log_.leaves(size, size) : Fault{};
      if (!leaf) return;
      const Instant at{std::chrono::microseconds{leaf->front().time}};
      if (at >= young) return;
      const auto of_day = std::chrono::floor<std::chrono::days>(at);
      const auto note = before && of_day == day ? log_.checkpoint(*before) : std::nullopt;
      const auto parsed = note ? proof::parse_note(*note) : Fault{};
      const bool cosigned = parsed && std::any_of(parsed->signatures.begin(), parsed->signatures.end(), [&](const proof::NoteSignature& one) { return one.name != origin(); });
      if (parsed && !cosigned) log_.drop_checkpoint(*before);
      before = size;
      day = of_day;
    }
    if (sizes.size() < 1'000) return;
    from = sizes.back() + 1;
  }
}

}  // namespace rireki
