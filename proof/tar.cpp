#include "proof/tar.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace rireki::proof {

struct TarWriter::Parts {
  ByteSink sink;
  std::unique_ptr<archive, int (*)(archive*)> writer{archive_write_new(), &archive_write_free};
  bool wanted = true, finished = false;
  std::string last_name;
};

TarWriter::TarWriter(ByteSink sink) : parts_(std::make_unique<Parts>(Parts{.sink = std::move(sink)})) {
  auto* writer = parts_->writer.get();
  archive_write_set_format_ustar(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  const auto write = [](archive*, void* context, const void* bytes, std::size_t count) -> la_ssize_t {
    auto& parts = *static_cast<Parts*>(context);
    parts.wanted = parts.wanted && parts.sink({static_cast<const char*>(bytes), count});
    return parts.wanted ? static_cast<la_ssize_t>(count) : -1;
  };
  if (archive_write_open(writer, parts_.get(), nullptr, write, nullptr) != ARCHIVE_OK) throw std::runtime_error("a tar file cannot be begun");
}
TarWriter::~TarWriter() {
  if (!parts_->finished) archive_write_fail(parts_->writer.get());  // else letting it go writes an end
}

bool TarWriter::add(const std::string& name, std::string_view content) {
  if (name <= parts_->last_name) throw std::logic_error("a tar file out of order: " + name);
  parts_->last_name = name;
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), &archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (archive_write_header(parts_->writer.get(), entry.get()) != ARCHIVE_OK) return false;
  return content.empty() || archive_write_data(parts_->writer.get(), content.data(), content.size()) == static_cast<la_ssize_t>(content.size());
}

bool TarWriter::finish() {
  parts_->finished = true;
  return archive_write_close(parts_->writer.get()) == ARCHIVE_OK && parts_->wanted;
}

namespace {

using Reader = std::unique_ptr<archive, int (*)(archive*)>;
Reader tar_reader() {
  Reader reader(archive_read_new(), &archive_read_free);
  archive_read_support_format_tar(reader.get());
  return reader;
}

constexpr std::size_t kEndBytes = 1'024;  // of zeros; libarchive takes a file that just stops between two entries for a whole one
const Fault kCut{"束（tar）が途中で切れているか、壊れています。", "The bundle (tar) is cut off or damaged."};

bool ends(std::string_view last_bytes) { return last_bytes.size() == kEndBytes && std::all_of(last_bytes.begin(), last_bytes.end(), [](char byte) { return byte == 0; }); }
bool ends(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kEndBytes, '\1');
  return file.seekg(-static_cast<std::streamoff>(kEndBytes), std::ios::end) && file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) && ends(std::string_view(bytes));
}

bool climbs(const std::string& name) { return name.empty() || name.front() == '/' || ("/" + name + "/").find("/../") != std::string::npos; }

std::optional<Fault> walk(const Reader& reader, std::size_t most, const std::function<std::optional<Fault>(const std::string& name, std::string_view content)>& visit) {
  std::string last, content;
  archive_entry* entry = nullptr;
  while (true) {
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK) return kCut;
    const char* raw = archive_entry_pathname(entry);
    const std::string name = raw ? raw : "";
    if (climbs(name) || archive_entry_filetype(entry) != AE_IFREG) return Fault{"束の中に普通のファイルでないものがあります。", "The bundle holds something that is no plain file."};
    if (name <= last) return Fault{"束の中の順番が正しくありません（" + name + "）。", "The bundle is out of order at " + name + "."};
    last = name;
    const auto size = archive_entry_size(entry);
    if (size < 0 || static_cast<std::uint64_t>(size) > most) return Fault{name + "が大きすぎます。", name + " is too large."};
    content.resize(static_cast<std::size_t>(size));
    std::size_t got = 0;
    while (got < content.size()) {
      const auto part = archive_read_data(reader.get(), content.data() + got, content.size() - got);
      if (part <= 0) return kCut;
      got += static_cast<std::size_t>(part);
    }
    if (auto fault = visit(name, content)) return fault;
  }
  return last.empty() ? std::optional(kCut) : std::nullopt;
}

}  // namespace

std::optional<Fault> read_tar(const std::string& path, std::size_t most, const std::function<std::optional<Fault>(const std::string& name, std::string_view content)>& visit) {
  const auto reader = tar_reader();
  if (archive_read_open_filename(reader.get(), path.c_str(), 1 << 20) != ARCHIVE_OK)
    return Fault{path + "を読めません（" + archive_error_string(reader.get()) + "）。", path + " cannot be read (" + archive_error_string(reader.get()) + ")."};
  if (!ends(path)) return kCut;
  return walk(reader, most, visit);
}

std::optional<Fault> read_tar_bytes(std::string_view bytes, std::size_t most, const std::function<std::optional<Fault>(const std::string& name, std::string_view content)>& visit) {
  const auto reader = tar_reader();
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return Fault{"束（tar）ではありません。", "This is no bundle (tar)."};
  if (bytes.size() < kEndBytes || !ends(bytes.substr(bytes.size() - kEndBytes))) return kCut;
  return walk(reader, most, visit);
}

}  // namespace rireki::proof
