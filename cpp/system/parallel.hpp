// Fork and join: run tasks 0..n-1 on up to `threads` threads, the caller's included.
#pragma once

#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "system/placement.hpp"

namespace zkc {

/// Whether memory is left for what a thread needs besides its stack. A thread's first exception
/// takes thread-local memory, and glibc ends the process if it cannot have it.
inline bool can_start_thread() {
    void* spare = std::malloc(std::size_t{1} << 16);
    __asm__ __volatile__("" : : "r"(spare) : "memory");  // keeps the allocation
    std::free(spare);
    return spare != nullptr;
}

/// Takes that memory now, before the work takes the rest.
inline void ready_for_exceptions() { static_cast<void>(std::uncaught_exceptions()); }

/// Tasks are taken in order from a shared counter. The first exception is rethrown after all threads
/// have stopped. If the system refuses a thread, the work is done by those that exist.
template <class Task>
void parallel_for(unsigned threads, std::size_t n, const Task& task) {
    if (threads <= 1 || n <= 1) {
        for (std::size_t i = 0; i < n; ++i) task(i);
        return;
    }
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex failure_lock;
    auto work = [&]() noexcept {
        try {
            for (std::size_t i; (i = next.fetch_add(1)) < n;) task(i);
        } catch (...) {
            next.store(n);
            const std::lock_guard<std::mutex> guard(failure_lock);
            if (!failure) failure = std::current_exception();
        }
    };
    std::vector<std::thread> helpers;
    const std::size_t wanted = (threads < n ? threads : n) - 1;
    helpers.reserve(wanted);
    const Placement placement;
    try {
        while (helpers.size() < wanted && can_start_thread()) {
            helpers.emplace_back([&work] {
                ready_for_exceptions();
                work();
            });
            placement.spread(helpers.back(), helpers.size() - 1);
        }
    } catch (...) {
        // The system refused a thread, or memory for one. The threads that exist do all the work,
        // and must be joined.
    }
    work();
    for (auto& helper : helpers) helper.join();
    if (failure) std::rethrow_exception(failure);
}

/// Splits [0, n) into contiguous ranges of at least `grain` and calls body(begin, end) for each.
template <class Body>
void parallel_ranges(unsigned threads, std::size_t n, std::size_t grain, const Body& body) {
    if (n == 0) return;
    const std::size_t by_grain = (n + grain - 1) / grain;
    std::size_t parts = threads < 1 ? 1 : threads;
    if (parts > by_grain) parts = by_grain;
    parallel_for(threads, parts, [&](std::size_t i) { body(n * i / parts, n * (i + 1) / parts); });
}

}  // namespace zkc
