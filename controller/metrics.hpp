#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace vectis::controller {

using MetricLabels = std::map<std::string, std::string>;

/// Counters, gauges and histograms with Prometheus' text exposition (version 0.0.4). Thread-safe. A series exists, at 0, from its
/// first mention on.
class Metrics {
public:
    void describe(const std::string& name, const std::string& type, const std::string& help);
    void add(const std::string& name, const MetricLabels& labels, double value = 1);
    void set(const std::string& name, const MetricLabels& labels, double value);
    void observe(const std::string& name, const MetricLabels& labels, double seconds);

    std::string expose() const;

private:
    struct Histogram {
        std::vector<std::uint64_t> counts{};
        double sum = 0;
        std::uint64_t count = 0;
    };
    struct Family {
        std::string type{};
        std::string help{};
        std::map<MetricLabels, double> values{};
        std::map<MetricLabels, Histogram> histograms{};
    };

    mutable std::mutex mutex_;
    std::map<std::string, Family> families_;
};

}  // namespace vectis::controller
