// What a crash at each step leaves. The folder is copied while the one thread that writes stands inside the progress callback: nothing is
// buffered in our process, so the copy holds what kill -9 at that moment would leave.
#include <rapidcheck/gtest.h>

#include <fstream>

#include "letters.h"

using namespace rireki;
using namespace rireki::testing;
namespace fs = std::filesystem;

namespace {

struct CrashedAt {
  RebuildProgress::Phase phase;
  Position position;
  fs::path copy;
};

// RocksDB removes files that are no longer needed on a thread of its own; one that vanishes under the copy makes it begin again.
void copy_folder(const fs::path& from, const fs::path& to) {
  for (int tries = 0; tries < 100; ++tries) {
    std::error_code failed;
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive, failed);
    if (!failed) return;
  }
  ADD_FAILURE() << "the folder cannot be copied";
}

AllRows rows_after_restart(const fs::path& folder, EventLog& log) {
  auto views = Views::open(folder, log, only(std::make_unique<Letters>())).value();
  EXPECT_TRUE(views->wait_for(log.head(), kPatience));
  return rows_of(*views->snapshot("letters").rows);
}

// The rows that stand in the folder, before anything is folded.
struct Standing {
  AllRows rows;
  Checkpoint checkpoint;
};
Standing standing_in(const fs::path& folder) {
  auto store = ViewStore::open(folder, {"letters"}).value();
  EXPECT_FALSE(store->emptied());
  const auto live = store->live("letters");
  return live ? Standing{rows_of(*live), live->checkpoint()} : Standing{};
}

void fill(EventLog& log, int count) {
  for (int i = 0; i < count; ++i) append(log, {letter(std::string(1, static_cast<char>('a' + i * i % 11)))});
}

}  // namespace

TEST(ViewsCrash, AtAnyMomentOfARebuildLeavesTheFormerOrTheNewRowsWhole) {
  MemoryEventLog log;
  TempFolder folder, copies;
  fill(log, 200);
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>()), {.events_max = 30}).value();
  ASSERT_TRUE(views->wait_for(log.head(), kPatience));
  const auto whole = rows_of(*views->snapshot("letters").rows);

  std::vector<CrashedAt> crashes;
  ASSERT_TRUE(views->rebuild("letters", [&](const RebuildProgress& progress) {
    const auto copy = copies.path / std::to_string(crashes.size());
    copy_folder(folder.path, copy);
    crashes.push_back({progress.phase, progress.position, copy});
    return true;
  }));
  ASSERT_GE(crashes.size(), 9u);
  EXPECT_EQ(crashes[crashes.size() - 2].phase, RebuildProgress::Phase::kSwapping);
  EXPECT_EQ(crashes.back().phase, RebuildProgress::Phase::kSwapped);
  for (const auto& crash : crashes) {
    EXPECT_EQ(standing_in(crash.copy).rows, whole) << "crashed at " << crash.position;
    EXPECT_EQ(rows_after_restart(crash.copy, log), whole);
  }
}

TEST(ViewsCrash, DuringTheFirstBuildLeavesNothingToReadAndTheNextStartBuilds) {
  MemoryEventLog log;
  TempFolder folder, copies;
  fill(log, 100);
  const auto copy = copies.path / "copy";
  {
    auto store = ViewStore::open(folder.path, {"letters"}).value();
    auto half = store->begin("letters");
    PendingRows rows(*half);
    rows.put("n/a", "1");
    half->commit(rows, {.version = 1, .position = 50}, Generation::Durability::kBuilding);
    half->flush();
    copy_folder(folder.path, copy);
  }
  EXPECT_TRUE(standing_in(copy).rows.empty());
  AllRows expected;
  { TempFolder fresh; expected = rows_after_restart(fresh.path, log); }
  EXPECT_EQ(rows_after_restart(copy, log), expected);
}

// Live batches are not synced: a power cut takes the end of the write-ahead log, at any byte.
TEST(ViewsCrash, APowerCutLeavesRowsThatAreExactlyThoseOfTheirPosition) {
  MemoryEventLog log;
  TempFolder folder, copies;
  {
    auto views = Views::open(folder.path, log, only(std::make_unique<Letters>())).value();
    for (int i = 0; i < 60; ++i) {
      fill(log, 1);
      ASSERT_TRUE(views->wait_for(log.head(), kPatience));
    }
    copy_folder(folder.path, copies.path / "whole");
  }
  std::set<Position> positions;
  for (int cut = 1; cut <= 40; ++cut) {
    const auto copy = copies.path / "cut";
    fs::remove_all(copy);
    fs::copy(copies.path / "whole", copy, fs::copy_options::recursive);
    fs::path newest;
    for (const auto& file : fs::directory_iterator(copy))
      if (file.path().extension() == ".log" && (newest.empty() || file.path() > newest)) newest = file.path();
    ASSERT_FALSE(newest.empty());
    const auto size = fs::file_size(newest);
    fs::resize_file(newest, size - size * static_cast<unsigned>(cut) / 40);
    const auto standing = standing_in(copy);
    positions.insert(standing.checkpoint.position);
    TempFolder fresh;
    auto store = ViewStore::open(fresh.path, {"letters"}).value();
    auto expected = store->begin("letters");
    PendingRows rows(*expected);
    const Letters letters;
    ASSERT_TRUE(log.read(letters.query(), {.up_to = standing.checkpoint.position}, [&](const EventView& event) { return letters.fold(event, rows), true; }));
    EXPECT_EQ(standing.rows, rows_of(rows));
  }
  EXPECT_GT(positions.size(), 20u) << "the cuts must have fallen between different batches";
}

TEST(ViewsCrash, ADamagedStoreIsBuiltAnewAtTheStart) {
  MemoryEventLog log;
  TempFolder folder;
  fill(log, 50);
  const auto expected = rows_after_restart(folder.path, log);
  for (const auto& file : fs::directory_iterator(folder.path))
    if (file.path().filename() == "CURRENT") std::ofstream(file.path(), std::ios::trunc) << "nonsense";
  EXPECT_EQ(rows_after_restart(folder.path, log), expected);
}

TEST(ViewsCrash, RowsDamagedOnDiskAreBuiltAnewWhenTheyAreRead) {
  MemoryEventLog log;
  TempFolder folder;
  fill(log, 400);
  const auto expected = rows_after_restart(folder.path, log);
  int damaged = 0;
  for (const auto& file : fs::directory_iterator(folder.path)) {
    if (file.path().extension() != ".sst") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(10);  // in the first data block; the index at the end stays readable
    bytes << "damage";
    ++damaged;
  }
  ASSERT_GT(damaged, 0);
  auto views = Views::open(folder.path, log, only(std::make_unique<Letters>())).value();
  // Whether opening or reading finds it: in the end the rows stand as they were.
  AllRows rows;
  for (int tries = 0; rows != expected && tries < 1000; ++tries) {
    const auto snapshot = views->wait_for(log.head(), kPatience) ? views->snapshot("letters") : Generation::Snapshot{};
    try {
      if (snapshot.rows) rows = rows_of(*snapshot.rows);
    } catch (const ViewDamaged&) {
      rows.clear();
    }
  }
  EXPECT_EQ(rows, expected);
}
