#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace vectis::controller::log {

enum class Level { debug, info, warn, error, off };
enum class Format { text, json };

struct Field {
    std::string_view name;
    std::string value;
};

/// Puts a reconcile's id into every line that this thread writes while it lives.
class Scope {
public:
    explicit Scope(std::string id);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

private:
    std::string before_;
};

/// This thread writes nothing while it lives: what is only rehearsed did not happen.
class Silence {
public:
    Silence();
    ~Silence();
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
};

/// Where lines go: "" is standard error. Call once, before threads start.
void configure(Level level, Format format, const std::string& path = "");

/// Constant message, data as fields. Never secrets: what holds one has no text form.
void debug(std::string_view message, std::initializer_list<Field> fields = {});
void info(std::string_view message, std::initializer_list<Field> fields = {});
void warn(std::string_view message, std::initializer_list<Field> fields = {});
void error(std::string_view message, std::initializer_list<Field> fields = {});

}  // namespace vectis::controller::log
