// Where a new thread starts.
//
// Linux may start a thread on its creator's processor, which stays busy for as long as the work
// takes, while another processor idles. Linux evens out the load only at the next tick, some 4 ms
// later, and 4 ms are a noticeable part of a proof. So each helper is moved to a processor of its
// own at once; Linux may move it again afterwards. Only speed depends on this, so a refusal by the
// system is ignored.
#pragma once

#include <cstddef>
#include <thread>

#ifdef __linux__
#include <pthread.h>
#include <sched.h>
#endif

namespace zkc {

#ifdef __linux__

/// The processors that this process may use, and the one that the caller runs on.
class Placement {
   public:
    Placement() {
        if (sched_getaffinity(0, sizeof all_, &all_) != 0) CPU_ZERO(&all_);  // more than 1,024
        here_ = sched_getcpu();
        if (here_ >= 0 && CPU_ISSET(here_, &all_)) others_ = CPU_COUNT(&all_) - 1;
    }

    /// Moves helper number `index` away from the caller and, while processors are left, away from
    /// the other helpers.
    void spread(std::thread& helper, std::size_t index) const {
        if (others_ <= 0) return;
        int left = static_cast<int>(index % static_cast<std::size_t>(others_));
        int cpu = 0;
        while (cpu == here_ || !CPU_ISSET(cpu, &all_) || left-- > 0) ++cpu;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_setaffinity_np(helper.native_handle(), sizeof one, &one);
        pthread_setaffinity_np(helper.native_handle(), sizeof all_, &all_);
    }

   private:
    cpu_set_t all_;
    int here_ = -1;
    int others_ = 0;
};

#else

class Placement {
   public:
    void spread(std::thread&, std::size_t) const {}
};

#endif

}  // namespace zkc
