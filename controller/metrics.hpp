#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace vectis::controller {

using MetricLabels = std::map<std::string, std::string>;

/// Counters, gauges and histograms with Prometheus' text exposition (version 0.0.4). Thread-safe. A
/// series exists from its first mention on: `add` of 0 and `begin_histogram` mention it early, so
/// that rates can be computed from the first real value.
class Metrics {
public:
    void describe(const std::string& name, const std::string& type, const std::string& help);
    /// `bounds` are the upper bounds of the buckets, in seconds, ascending; +Inf comes by itself.
    void describe_histogram(
        const std::string& name, const std::string& help, std::vector<double> bounds
    );
    void begin_histogram(const std::string& name, const MetricLabels& labels);
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
        std::vector<double> bounds{};
        std::map<MetricLabels, double> values{};
        std::map<MetricLabels, Histogram> histograms{};
    };

    static Histogram& histogram_of(Family& family, const MetricLabels& labels);
    static void expose(std::string& out, const std::string& name, const Family& family);

    mutable std::mutex mutex_;
    std::map<std::string, Family> families_;
};

}  // namespace vectis::controller
