#include "system/parallel.hpp"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "system/placement.hpp"

namespace zkc {

namespace {

/// Whether memory is left for what a thread needs besides its stack. A thread's first exception
/// takes thread-local memory, and glibc ends the process if it cannot have it.
bool can_start_thread() {
    void* spare = std::malloc(std::size_t{1} << 16);
    __asm__ __volatile__("" : : "r"(spare) : "memory");  // keeps the allocation
    std::free(spare);
    return spare != nullptr;
}

/// Takes that memory now, before the work takes the rest.
void ready_for_exceptions() { static_cast<void>(std::uncaught_exceptions()); }

}  // namespace

void run_on_threads(unsigned threads, std::size_t n, void (*run)(const void* task, std::size_t i),
                    const void* task) {
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex failure_lock;
    auto work = [&]() noexcept {
        try {
            for (std::size_t i; (i = next.fetch_add(1)) < n;) run(task, i);
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

}  // namespace zkc
