// Fork and join: run tasks 0..n-1 on up to `threads` threads, the caller's included.
#pragma once

#include <cstddef>

namespace zkc {

/// What parallel_for does with more than one thread: calls run(task, i) for each i.
void run_on_threads(unsigned threads, std::size_t n, void (*run)(const void* task, std::size_t i),
                    const void* task);

/// Tasks are taken in order from a shared counter. The first exception is rethrown after all threads
/// have stopped. If the system refuses a thread, the work is done by those that exist.
template <class Task>
void parallel_for(unsigned threads, std::size_t n, const Task& task) {
    if (threads <= 1 || n <= 1) {
        for (std::size_t i = 0; i < n; ++i) task(i);
        return;
    }
    const auto run = [](const void* one, std::size_t i) { (*static_cast<const Task*>(one))(i); };
    run_on_threads(threads, n, run, &task);
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
