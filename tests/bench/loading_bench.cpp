#include "resources/load.hpp"

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>

namespace vectis {
namespace {

constexpr int mailboxes = 9'999;

std::string declarations() {
    std::string yaml =
        "apiVersion: mail.vectis.dev/v1\nkind: Domain\nmetadata: {name: example.test}\nspec: {}\n";
    for (int i = 0; i < mailboxes; ++i) {
        yaml += "---\napiVersion: mail.vectis.dev/v1\nkind: Mailbox\nmetadata: {name: user" +
                std::to_string(i) + ", namespace: example.test}\nspec: {quotaMiB: 100}\n";
    }
    return yaml;
}

/// A domain and 9,999 mailboxes from one YAML file: read and validated.
void load_10000_objects(benchmark::State& state) {
    const std::vector<resources::SourceFile> files{{"all.yaml", declarations()}};
    for (auto _ : state) {
        const resources::LoadResult result = resources::load(files, {});
        if (!result.errors.empty()) throw std::logic_error(to_text(result.errors.front()));
        benchmark::DoNotOptimize(result.objects.size());
    }
    state.SetItemsProcessed(state.iterations() * (mailboxes + 1));
}
BENCHMARK(load_10000_objects)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vectis
