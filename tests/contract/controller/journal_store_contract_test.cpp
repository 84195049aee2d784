#include "controller/disk.hpp"
#include "controller/journal_store.hpp"
#include "controller/sim_clock.hpp"
#include "tests/contract/controller/store_contract.hpp"

#include <cstdlib>
#include <filesystem>

namespace vectis::controller {
namespace {

class MemorySubject final : public StoreUnderTest {
public:
    Store& store() override { return store_; }
    bool reopen() override { return false; }

private:
    SimClock clock_;
    SeededRandom random_{7};
    NoJournal journal_;
    JournalStore store_{journal_, clock_, random_};
};

/// A FileStore on a disk, which outlives it.
class DiskSubject final : public StoreUnderTest {
public:
    explicit DiskSubject(std::unique_ptr<Disk> disk, std::string folder = {})
        : folder_(std::move(folder)), disk_(std::move(disk)) {
        open();
    }
    ~DiskSubject() override {
        if (!folder_.empty()) std::filesystem::remove_all(folder_);
    }

    Store& store() override { return *store_; }
    bool reopen() override {
        store_.reset();
        open();
        return true;
    }

private:
    void open() {
        journal_.emplace(*disk_);
        store_.emplace(*journal_, clock_, random_);
    }

    std::string folder_;
    SimClock clock_;
    SeededRandom random_{7};
    std::unique_ptr<Disk> disk_;
    std::optional<DiskJournal> journal_;
    std::optional<JournalStore> store_;
};

std::unique_ptr<StoreUnderTest> on_folder() {
    std::string folder = (std::filesystem::temp_directory_path() / "vectis-store-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for the test");
    return std::make_unique<DiskSubject>(std::make_unique<FolderDisk>(folder), folder);
}

INSTANTIATE_TEST_SUITE_P(
    Journal,
    StoreContract,
    testing::Values(
        StoreFactory{
            .name = "Memory",
            .make = [] { return std::make_unique<MemorySubject>(); },
        },
        StoreFactory{
            .name = "FileOnSimDisk",
            .make = [] { return std::make_unique<DiskSubject>(std::make_unique<SimDisk>()); },
        },
        StoreFactory{.name = "FileOnFolder", .make = on_folder}
    ),
    name_of
);

}  // namespace
}  // namespace vectis::controller
