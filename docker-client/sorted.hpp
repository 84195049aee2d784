#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <vector>

namespace vectis::docker {

/// The decoded items of a list, by name; none if it is no list (engines write null for an empty
/// one).
template <class T, class Decode>
std::vector<T> sorted_by_name(const boost::json::value& list, Decode decode) {
    std::vector<T> out;
    if (list.is_array()) {
        for (const boost::json::value& item : list.as_array()) out.push_back(decode(item));
    }
    std::ranges::sort(out, {}, &T::name);
    return out;
}

}  // namespace vectis::docker
