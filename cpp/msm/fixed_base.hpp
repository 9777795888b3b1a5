// Many multiples of one point: a table of d 2^(8 w) P for every window w and digit d
// (Brickell, Gordon, McCurley, Wilson, "Fast exponentiation with precomputation", 1992).
#pragma once

#include <vector>

#include "curve/curve.hpp"

namespace zkc {

template <class G>
class FixedBase {
   public:
    explicit FixedBase(const Affine<G>& point);

    Xyzz<G> times(const Fr::Int& scalar) const;

    /// out[i] = scalars[i] times the point; scalars are canonical.
    void times(const Fr::Int* scalars, Affine<G>* out, std::size_t n, unsigned threads) const;

   private:
    static constexpr std::size_t kWindows = 32;
    static constexpr std::size_t kDigits = 255;
    static constexpr std::size_t kBlock = 256;  // points per inversion and per task

    std::vector<Affine<G>> table_;
};

/// The table of the group's generator, built once.
template <class G>
const FixedBase<G>& generator_table();

}  // namespace zkc
