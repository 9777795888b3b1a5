// Sums k_1 P_1 + ... + k_n P_n over a few fixed points, as verification needs them. All points
// share one chain of doublings (Straus, "Addition chains of vectors", 1964); windows have four
// bits, and the multiples 1..15 of each point are kept (960 bytes a point).
#pragma once

#include <vector>

#include "curve/curve.hpp"

namespace zkc {

class FixedSum {
   public:
    explicit FixedSum(const std::vector<Affine<G1>>& points);

    std::size_t size() const { return multiples_.size() / kMultiples; }

    /// The sum for size() canonical scalars.
    Xyzz<G1> operator()(const Fr::Int* scalars) const;

   private:
    static constexpr std::size_t kMultiples = 15;

    std::vector<Affine<G1>> multiples_;
};

}  // namespace zkc
