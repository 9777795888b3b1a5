#include "dispatch/processor.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace zkc {

#if defined(__x86_64__)

Processor this_processor() {
    Processor out{};
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) != 0) out.leaf1_ecx = c;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) {
        out.leaf7_ebx = b;
        out.leaf7_ecx = c;
    }
    if (out.saves_states()) {
        unsigned low, high;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        out.states = low;
    }
    return out;
}

#else

Processor this_processor() { return {}; }

#endif

}  // namespace zkc
