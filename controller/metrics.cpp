#include "controller/metrics.hpp"

#include <array>
#include <cmath>
#include <sstream>

namespace vectis::controller {
namespace {

/// Upper bounds in seconds, 5 ms to 60 s.
constexpr std::array<double, 14> bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60};

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') out += "\\n";
        else out += c;
    }
    return out;
}

std::string label_text(const MetricLabels& labels, const std::string& bound = {}) {
    std::string out;
    for (const auto& [name, value] : labels) out += (out.empty() ? "" : ",") + name + "=\"" + escaped(value) + '"';
    if (!bound.empty()) out += (out.empty() ? "le=\"" : ",le=\"") + bound + '"';
    return out.empty() ? out : '{' + out + '}';
}

std::string number(double value) {
    std::ostringstream out;
    out.precision(15);
    out << value;
    return out.str();
}

}  // namespace

void Metrics::describe(const std::string& name, const std::string& type, const std::string& help) {
    const std::scoped_lock lock(mutex_);
    families_[name].type = type;
    families_[name].help = help;
}

void Metrics::add(const std::string& name, const MetricLabels& labels, double value) {
    const std::scoped_lock lock(mutex_);
    families_[name].values[labels] += value;
}

void Metrics::set(const std::string& name, const MetricLabels& labels, double value) {
    const std::scoped_lock lock(mutex_);
    families_[name].values[labels] = value;
}

void Metrics::observe(const std::string& name, const MetricLabels& labels, double seconds) {
    const std::scoped_lock lock(mutex_);
    Histogram& histogram = families_[name].histograms[labels];
    histogram.counts.resize(bounds.size());
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        if (seconds <= bounds[i]) ++histogram.counts[i];
    }
    histogram.sum += seconds;
    ++histogram.count;
}

std::string Metrics::expose() const {
    const std::scoped_lock lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        if (!family.help.empty()) out += "# HELP " + name + ' ' + family.help + '\n';
        if (!family.type.empty()) out += "# TYPE " + name + ' ' + family.type + '\n';
        for (const auto& [labels, value] : family.values) out += name + label_text(labels) + ' ' + number(value) + '\n';
        for (const auto& [labels, histogram] : family.histograms) {
            for (std::size_t i = 0; i < bounds.size(); ++i) out += name + "_bucket" + label_text(labels, number(bounds[i])) + ' ' + std::to_string(histogram.counts[i]) + '\n';
            out += name + "_bucket" + label_text(labels, "+Inf") + ' ' + std::to_string(histogram.count) + '\n';
            out += name + "_sum" + label_text(labels) + ' ' + number(histogram.sum) + '\n';
            out += name + "_count" + label_text(labels) + ' ' + std::to_string(histogram.count) + '\n';
        }
    }
    return out;
}

}  // namespace vectis::controller
