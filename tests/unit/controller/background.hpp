#pragma once

#include <chrono>
#include <future>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>

namespace vectis::controller {

/// Work on a thread of its own, which is stopped and joined when this goes.
template <class Result>
class Background {
public:
    template <class Work>
    explicit Background(Work work) : task_(std::move(work)), result_(task_.get_future()) {
        thread_ = std::jthread([this](std::stop_token stop) { task_(std::move(stop)); });
    }

    bool ends_within(std::chrono::milliseconds patience) const {
        return result_.wait_for(patience) == std::future_status::ready;
    }
    Result get() { return result_.get(); }

private:
    std::packaged_task<Result(std::stop_token)> task_;
    std::future<Result> result_;
    std::jthread thread_;
};

template <class Work>
Background(Work) -> Background<std::invoke_result_t<Work, std::stop_token>>;

}  // namespace vectis::controller
