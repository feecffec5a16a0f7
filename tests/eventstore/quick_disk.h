// A file system that takes every sync for done: for tests of answers, not of durability (those are in tests/crash, on the real disk).
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace rireki {

class QuickDisk final : public rocksdb::FileSystemWrapper {
 public:
  QuickDisk() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "QuickDisk"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options, std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSWritableFile> plain;
    auto status = target()->NewWritableFile(name, options, &plain, debug);
    if (status.ok()) *file = std::make_unique<File>(std::move(plain));
    return status;
  }
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options, std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSDirectory> plain;
    auto status = target()->NewDirectory(name, options, &plain, debug);
    if (status.ok()) *directory = std::make_unique<Directory>();
    return status;
  }

  static rocksdb::Env* env() {
    static const auto env = rocksdb::NewCompositeEnv(std::make_shared<QuickDisk>());
    return env.get();
  }

 private:
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    using rocksdb::FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
    rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return rocksdb::IOStatus::OK(); }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return rocksdb::IOStatus::OK(); }
  };
  class Directory final : public rocksdb::FSDirectory {
   public:
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return rocksdb::IOStatus::OK(); }
  };
};

}  // namespace rireki
