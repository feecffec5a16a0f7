// A disk between RocksDB and the file system: can fail every sync, and knows what of each file would be left after a power cut.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace rireki::crash {

class FaultyDisk final : public rocksdb::FileSystemWrapper {
 public:
  FaultyDisk() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultyDisk"; }

  void fail_syncs(bool fail) { failing_ = fail; }
  std::size_t failed_syncs() const { return failed_; }
  // What a power cut would leave: every file as far as it was synced.
  void copy_after_power_cut(const std::filesystem::path& from, const std::filesystem::path& to) const;

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;

 private:
  class File;
  rocksdb::IOStatus sync(const std::string& name, std::uint64_t size);

  std::atomic<bool> failing_{false};
  std::atomic<std::size_t> failed_{0};
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> synced_;  // name → bytes that a power cut leaves
};

}  // namespace rireki::crash
