#include "msm/fixed_sum.hpp"

#include <algorithm>

namespace zkc {

FixedSum::FixedSum(const std::vector<Affine<G1>>& points)
    : multiples_(points.size() * kMultiples) {
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

Xyzz<G1> FixedSum::operator()(const Fr::Int* scalars) const {
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

}  // namespace zkc
