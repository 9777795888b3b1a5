// Compiled for every processor: asks this one, and its system, whether the unit may run.
#include "unit.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace zkc::ifma {

#if defined(ZKC_BUILD_IFMA) && defined(__x86_64__)

bool available() {
    unsigned a, b, c, d;
    constexpr unsigned kOsXsave = 1u << 27;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kOsXsave) == 0) return false;
    // The system must save opmask and all parts of the 512-bit registers.
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    constexpr unsigned kStates = 0xe6;
    if ((low & kStates) != kStates) return false;
    // EBX: BMI1, AVX2, BMI2, AVX512F, DQ, ADX, IFMA, BW, VL; ECX: VBMI2.
    constexpr unsigned kEbx = 1u << 3 | 1u << 5 | 1u << 8 | 1u << 16 | 1u << 17 | 1u << 19 |
                              1u << 21 | 1u << 30 | 1u << 31;
    constexpr unsigned kEcx = 1u << 6;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & kEbx) == kEbx &&
           (c & kEcx) == kEcx;
}

#else

bool available() { return false; }

#endif

}  // namespace zkc::ifma
