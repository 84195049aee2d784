#include "controller/metrics.hpp"

#include <locale>
#include <sstream>
#include <utility>

namespace vectis::controller {
namespace {

/// For histograms that nobody described: 5 ms to 60 s.
const std::vector<double> default_bounds{
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60
};

/// In label values quotes are escaped too.
std::string escaped(const std::string& text, bool is_label) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || (c == '"' && is_label)) out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    return out;
}

std::string label_text(const MetricLabels& labels, const std::string& bound = {}) {
    std::string out;
    for (const auto& [name, value] : labels) {
        out += (out.empty() ? "" : ",") + name + "=\"" + escaped(value, true) + '"';
    }
    if (!bound.empty()) out += (out.empty() ? "le=\"" : ",le=\"") + bound + '"';
    return out.empty() ? out : '{' + out + '}';
}

std::string number(double value) {
    std::ostringstream out;
    out.imbue(std::locale::classic());
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

void Metrics::describe_histogram(
    const std::string& name, const std::string& help, std::vector<double> bounds
) {
    const std::scoped_lock lock(mutex_);
    Family& family = families_[name];
    family.type = "histogram";
    family.help = help;
    family.bounds = std::move(bounds);
}

Metrics::Histogram& Metrics::histogram_of(Family& family, const MetricLabels& labels) {
    if (family.bounds.empty()) family.bounds = default_bounds;
    Histogram& histogram = family.histograms[labels];
    histogram.counts.resize(family.bounds.size());
    return histogram;
}

void Metrics::begin_histogram(const std::string& name, const MetricLabels& labels) {
    const std::scoped_lock lock(mutex_);
    histogram_of(families_[name], labels);
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
    Family& family = families_[name];
    Histogram& histogram = histogram_of(family, labels);
    for (std::size_t i = 0; i < family.bounds.size(); ++i) {
        if (seconds <= family.bounds[i]) ++histogram.counts[i];
    }
    histogram.sum += seconds;
    ++histogram.count;
}

void Metrics::expose(std::string& out, const std::string& name, const Family& family) {
    if (!family.help.empty()) out += "# HELP " + name + ' ' + escaped(family.help, false) + '\n';
    if (!family.type.empty()) out += "# TYPE " + name + ' ' + family.type + '\n';
    for (const auto& [labels, value] : family.values) {
        out += name + label_text(labels) + ' ' + number(value) + '\n';
    }
    for (const auto& [labels, histogram] : family.histograms) {
        for (std::size_t i = 0; i < family.bounds.size(); ++i) {
            out += name + "_bucket" + label_text(labels, number(family.bounds[i])) + ' ' +
                   std::to_string(histogram.counts[i]) + '\n';
        }
        out += name + "_bucket" + label_text(labels, "+Inf") + ' ' +
               std::to_string(histogram.count) + '\n';
        out += name + "_sum" + label_text(labels) + ' ' + number(histogram.sum) + '\n';
        out += name + "_count" + label_text(labels) + ' ' + std::to_string(histogram.count) + '\n';
    }
}

std::string Metrics::expose() const {
    const std::scoped_lock lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) expose(out, name, family);
    return out;
}

}  // namespace vectis::controller
