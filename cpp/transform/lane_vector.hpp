// Vectors over F_r for units that have them (see lanes/unit.hpp).
#pragma once

#include <array>
#include <cstring>

#include "field/bn254.hpp"
#include "lanes/unit.hpp"
#include "system/aligned.hpp"

namespace zkc {

/// The unit with vectors that is in use, or null. dispatch/dispatch.cpp sets it once.
struct LaneUnit {
    static inline const lanes::Unit* in_use = nullptr;
};

/// Words of a vector array for n elements.
inline std::size_t lane_words(std::size_t n) { return (n + 7) / 8 * lanes::kVectorWords; }

/// x 2^260 mod r, from the field element x.
inline Fr::Int times_2_to_260(const Fr& x) {
    static const Fr sixteen = Fr::from_u64(16);
    return (x * sixteen).to_montgomery();
}

/// Aligned vectors for n elements; memory for secrets is wiped before it is released.
class LaneVector {
   public:
    LaneVector() = default;
    LaneVector(std::size_t n, bool secret) : bytes_(lane_words(n) * sizeof(u64), secret) {
        if (bytes_.size() > 0) std::memset(bytes_.data(), 0, bytes_.size());
    }
    u64* data() { return reinterpret_cast<u64*>(bytes_.data()); }
    const u64* data() const { return reinterpret_cast<const u64*>(bytes_.data()); }
    void set(std::size_t i, const Fr& value) {
        u64* at = data() + i / 8 * lanes::kVectorWords + i % 8;
        const std::array<u64, 5> limbs = split(value);
        for (std::size_t k = 0; k < 5; ++k) at[8 * k] = limbs[k];
    }
    Fr get(std::size_t i) const {
        const u64* at = data() + i / 8 * lanes::kVectorWords + i % 8;
        const u64 a = at[0], b = at[8], c = at[16], d = at[24], e = at[32];
        Fr::Int v{a | b << 52, b >> 12 | c << 40, c >> 24 | d << 28, d >> 36 | e << 16}, less;
        while (sub(less, v, Fr::Params::modulus) == 0) v = less;
        static const Fr sixteenth = Fr::from_u64(16).inverse();
        return Fr::from_montgomery(v) * sixteenth;
    }
    /// The 52-bit limbs of x 2^260.
    static std::array<u64, 5> split(const Fr& x) {
        constexpr u64 mask = (u64{1} << 52) - 1;
        const Fr::Int v = times_2_to_260(x);
        return {v[0] & mask, (v[0] >> 52 | v[1] << 12) & mask, (v[1] >> 40 | v[2] << 24) & mask,
                (v[2] >> 28 | v[3] << 36) & mask, v[3] >> 16};
    }

   private:
    AlignedBytes bytes_;
};

}  // namespace zkc
