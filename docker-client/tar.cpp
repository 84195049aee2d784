#include "docker-client/tar.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace vectis::docker {
namespace {

// A sparse entry of some bytes can claim any size.
constexpr std::size_t content_size_max = 256U << 20U;

struct FreeWriter {
    void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeReader {
    void operator()(archive* a) const { archive_read_free(a); }
};
struct FreeEntry {
    void operator()(archive_entry* e) const { archive_entry_free(e); }
};

la_ssize_t append(archive*, void* target, const void* bytes, std::size_t size) {
    static_cast<std::string*>(target)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

[[noreturn]] void fail(archive* a, const std::string& what) {
    const char* why = archive_error_string(a);
    throw std::runtime_error(what + ": " + (why == nullptr ? "no reason given" : why));
}

void check(int code, archive* a, const char* what) {
    if (code < ARCHIVE_WARN) fail(a, what);
}

unsigned int file_type(TarEntry::Type type) {
    switch (type) {
        case TarEntry::Type::folder:
            return AE_IFDIR;
        case TarEntry::Type::link:
            return AE_IFLNK;
        case TarEntry::Type::file:
            break;
    }
    return AE_IFREG;
}

void check_entry(const TarEntry& entry) {
    const bool is_link = entry.type == TarEntry::Type::link;
    if (entry.path.empty()) throw std::invalid_argument("a tar entry has no path");
    if (entry.path.find('\0') != std::string::npos ||
        (is_link && entry.content.find('\0') != std::string::npos)) {
        throw std::invalid_argument("the path of a tar entry has a zero byte");
    }
    if (entry.uid < 0 || entry.gid < 0 || entry.mode < 0 || entry.mode > 07777) {
        throw std::invalid_argument(
            "tar entry '" + entry.path + "' has an impossible owner or mode"
        );
    }
}

bool is_ascii(const TarEntry& entry) {
    const auto is_plain = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    const bool has_target = entry.type == TarEntry::Type::link;
    return std::ranges::all_of(entry.path, is_plain) &&
           (!has_target || std::ranges::all_of(entry.content, is_plain));
}

void write_entry(archive* out, const TarEntry& entry) {
    check_entry(entry);
    const std::unique_ptr<archive_entry, FreeEntry> header(archive_entry_new());
    archive_entry_set_pathname(header.get(), entry.path.c_str());
    archive_entry_set_filetype(header.get(), file_type(entry.type));
    archive_entry_set_perm(header.get(), static_cast<unsigned int>(entry.mode));
    archive_entry_set_uid(header.get(), entry.uid);
    archive_entry_set_gid(header.get(), entry.gid);
    archive_entry_set_mtime(header.get(), 0, 0);
    const bool is_file = entry.type == TarEntry::Type::file;
    archive_entry_set_size(
        header.get(), is_file ? static_cast<la_int64_t>(entry.content.size()) : 0
    );
    if (entry.type == TarEntry::Type::link)
        archive_entry_set_symlink(header.get(), entry.content.c_str());
    check(archive_write_header(out, header.get()), out, "write tar header");
    if (!is_file || entry.content.empty()) return;
    if (archive_write_data(out, entry.content.data(), entry.content.size()) < 0) {
        fail(out, "write tar content");
    }
}

/// A path as its bytes, or as UTF-8 where the archive says that and the locale has no bytes for it.
std::string text_of(const char* raw, const char* utf8) {
    if (raw != nullptr) return raw;
    return utf8 == nullptr ? std::string{} : utf8;
}

/// Reads all entries of an archive, with a limit on the content of all together.
class Reader {
public:
    explicit Reader(archive* in) : in_(in) {}

    TarEntry read(archive_entry* header) {
        TarEntry entry;
        entry.path = text_of(archive_entry_pathname(header), archive_entry_pathname_utf8(header));
        entry.mode = static_cast<int>(archive_entry_perm(header));
        entry.uid = archive_entry_uid(header);
        entry.gid = archive_entry_gid(header);
        if (archive_entry_hardlink(header) != nullptr) refuse(entry.path);
        switch (archive_entry_filetype(header)) {
            case AE_IFDIR:
                entry.type = TarEntry::Type::folder;
                while (entry.path.size() > 1 && entry.path.back() == '/') entry.path.pop_back();
                break;
            case AE_IFLNK:
                entry.type = TarEntry::Type::link;
                entry.content =
                    text_of(archive_entry_symlink(header), archive_entry_symlink_utf8(header));
                break;
            case AE_IFREG:
                entry.content = read_content();
                break;
            default:
                refuse(entry.path);
        }
        return entry;
    }

private:
    [[noreturn]] static void refuse(const std::string& path) {
        throw std::runtime_error("tar entry '" + path + "' is no file, folder or symbolic link");
    }

    std::string read_content() {
        std::string content;
        std::string buffer(65536, '\0');
        for (;;) {
            const la_ssize_t size = archive_read_data(in_, buffer.data(), buffer.size());
            if (size < 0) fail(in_, "read tar content");
            if (size == 0) return content;
            total_size_ += static_cast<std::size_t>(size);
            if (total_size_ > content_size_max) {
                throw std::runtime_error("the tar holds more than 256 MiB");
            }
            content.append(buffer.data(), static_cast<std::size_t>(size));
        }
    }

    archive* in_;
    std::size_t total_size_ = 0;
};

}  // namespace

std::string make_tar(const std::vector<TarEntry>& entries) {
    std::string bytes;
    const std::unique_ptr<archive, FreeWriter> out(archive_write_new());
    check(archive_write_set_format_pax_restricted(out.get()), out.get(), "choose tar format");
    if (!std::ranges::all_of(entries, is_ascii)) {
        // Paths are bytes. libarchive would convert them to the locale, and in "C" it fails at, or
        // even crashes on, all but ASCII.
        check(
            archive_write_set_options(out.get(), "hdrcharset=BINARY"), out.get(), "choose charset"
        );
    }
    check(archive_write_set_bytes_in_last_block(out.get(), 1), out.get(), "choose block size");
    check(archive_write_open(out.get(), &bytes, nullptr, append, nullptr), out.get(), "open tar");
    for (const TarEntry& entry : entries) write_entry(out.get(), entry);
    check(archive_write_close(out.get()), out.get(), "close tar");
    return bytes;
}

std::vector<TarEntry> read_tar(const std::string& bytes) {
    const std::unique_ptr<archive, FreeReader> in(archive_read_new());
    check(archive_read_support_format_tar(in.get()), in.get(), "choose tar format");
    check(archive_read_open_memory(in.get(), bytes.data(), bytes.size()), in.get(), "open tar");
    std::vector<TarEntry> entries;
    Reader reader(in.get());
    for (archive_entry* header = nullptr;;) {
        const int code = archive_read_next_header(in.get(), &header);
        if (code == ARCHIVE_EOF) return entries;
        check(code, in.get(), "read tar header");
        entries.push_back(reader.read(header));
    }
}

}  // namespace vectis::docker
