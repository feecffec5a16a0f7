#include "tests/crash/faulty_disk.h"

namespace rireki::crash {

class FaultyDisk::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, FaultyDisk& disk, std::string name)
      : rocksdb::FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), name_(std::move(name)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    size_ += data.size();
    return target()->Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options, const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
    size_ += data.size();
    return target()->Append(data, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (auto status = disk_.sync(name_, size_); !status.ok()) return status;
    return target()->Sync(options, debug);
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (auto status = disk_.sync(name_, size_); !status.ok()) return status;
    return target()->Fsync(options, debug);
  }

 private:
  FaultyDisk& disk_;
  std::string name_;
  std::uint64_t size_ = 0;
};

rocksdb::IOStatus FaultyDisk::sync(const std::string& name, std::uint64_t size) {
  if (failing_) {
    ++failed_;
    return rocksdb::IOStatus::IOError("Input/output error", name);
  }
  std::lock_guard lock(mutex_);
  synced_[std::filesystem::path(name).lexically_normal().string()] = size;
  return rocksdb::IOStatus::OK();
}

rocksdb::IOStatus FaultyDisk::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* file,
                                              rocksdb::IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSWritableFile> plain;
  auto status = target()->NewWritableFile(name, options, &plain, debug);
  if (!status.ok()) return status;
  {
    std::lock_guard lock(mutex_);
    synced_[std::filesystem::path(name).lexically_normal().string()] = 0;
  }
  *file = std::make_unique<File>(std::move(plain), *this, name);
  return status;
}

rocksdb::IOStatus FaultyDisk::RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) {
  auto status = target()->RenameFile(from, to, options, debug);
  if (status.ok()) {
    std::lock_guard lock(mutex_);
    if (auto moved = synced_.extract(std::filesystem::path(from).lexically_normal().string()); !moved.empty()) synced_[std::filesystem::path(to).lexically_normal().string()] = moved.mapped();
  }
  return status;
}

void FaultyDisk::copy_after_power_cut(const std::filesystem::path& from, const std::filesystem::path& to) const {
  std::lock_guard lock(mutex_);
  std::filesystem::create_directories(to);
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    const auto copy = to / entry.path().filename();
    std::filesystem::copy_file(entry.path(), copy);
    // A file that was never opened through this disk is older than it, hence durable.
    if (const auto known = synced_.find(entry.path().lexically_normal().string()); known != synced_.end() && known->second < std::filesystem::file_size(copy))
      std::filesystem::resize_file(copy, known->second);
  }
}

}  // namespace rireki::crash
