// Sums k_1 P_1 + ... + k_n P_n over a few fixed points, as verification needs them. All points
// share one chain of doublings (Straus, "Addition chains of vectors", 1964); windows have four
// bits, and the multiples 1..15 of each point are kept (960 bytes a point).
#pragma once

#include <algorithm>
#include <vector>

#include "curve/curve.hpp"

namespace zkc {

class FixedSum {
   public:
    explicit FixedSum(const std::vector<Affine<G1>>& points) : multiples_(points.size() * kMultiples) {
        std::vector<Xyzz<G1>> sums(multiples_.size());
        for (std::size_t i = 0; i < points.size(); ++i) {
            Xyzz<G1> running = Xyzz<G1>::infinity();
            for (std::size_t k = 0; k < kMultiples; ++k) {
                running.add(points[i]);
                sums[kMultiples * i + k] = running;
            }
        }
        batch_to_affine(sums.data(), multiples_.data(), sums.size());
    }

    std::size_t size() const { return multiples_.size() / kMultiples; }

    /// The sum for size() canonical scalars.
    Xyzz<G1> operator()(const Fr::Int* scalars) const {
        std::size_t windows = 0;
        for (std::size_t i = 0; i < size(); ++i) {
            windows = std::max(windows, (bit_length(scalars[i]) + 3) / 4);
        }
        Xyzz<G1> out = Xyzz<G1>::infinity();
        for (std::size_t at = windows; at-- > 0;) {
            for (int k = 0; k < 4; ++k) out = out.doubled();
            for (std::size_t i = 0; i < size(); ++i) {
                const u64 digit = bits_at(scalars[i], 4 * at, 4);
                if (digit != 0) out.add(multiples_[kMultiples * i + digit - 1]);
            }
        }
        return out;
    }

   private:
    static constexpr std::size_t kMultiples = 15;

    std::vector<Affine<G1>> multiples_;
};

}  // namespace zkc
