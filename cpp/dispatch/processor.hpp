// What the processor and its system offer, as far as the units need to know.
#pragma once

#include <cstdint>

namespace zkc {

/// Registers that CPUID and XGETBV fill; all zero on other architectures. Tests make them up.
struct Processor {
    std::uint32_t leaf1_ecx;
    std::uint32_t leaf7_ebx, leaf7_ecx;
    std::uint32_t states;  // the low half of XCR0: which registers the system saves

    /// BMI2 and ADX.
    bool has_adx() const { return all(leaf7_ebx, 1u << 8 | 1u << 19); }

    /// FMA and AVX2; and a system that saves the 256-bit registers.
    bool has_avx2() const {
        constexpr std::uint32_t saved = 0x6;
        return saves_states() && all(states, saved) && all(leaf1_ecx, 1u << 12) &&
               all(leaf7_ebx, 1u << 5);
    }

    /// BMI1, AVX2, BMI2, AVX512F, DQ, ADX, IFMA, BW, VL and VBMI2; and a system that saves opmask
    /// and all parts of the 512-bit registers.
    bool has_ifma() const {
        constexpr std::uint32_t ebx = 1u << 3 | 1u << 5 | 1u << 8 | 1u << 16 | 1u << 17 |
                                      1u << 19 | 1u << 21 | 1u << 30 | 1u << 31;
        constexpr std::uint32_t saved = 0xe6;
        return saves_states() && all(states, saved) && all(leaf7_ebx, ebx) &&
               all(leaf7_ecx, 1u << 6);
    }

    /// OSXSAVE: the instruction XGETBV may be used.
    bool saves_states() const { return all(leaf1_ecx, 1u << 27); }

   private:
    static bool all(std::uint32_t value, std::uint32_t mask) { return (value & mask) == mask; }
};

Processor this_processor();

}  // namespace zkc
