// Whole sums: over bases with a window table, or over bases alone.
#pragma once

#include "msm/buckets.hpp"
#include "msm/msm.hpp"

namespace zkc {

/// The sum over a window table, on up to `threads` threads.
template <class G>
Xyzz<G> window_msm(const WindowTable<G>& table, const Recoding& digits, unsigned threads) {
    const std::size_t parts = threads <= 1 ? 1 : std::size_t{threads};
    SecretVector<Xyzz<G>> sums(parts);
    parallel_for(threads, parts, [&](std::size_t i) {
        sums[i] = BucketRange<G>(table, digits, digits.part(i, parts), digits.part(i + 1, parts))
                      .sum();
    });
    Xyzz<G> out = Xyzz<G>::infinity();
    for (const Xyzz<G>& sum : sums) out = out + sum;
    return out;
}

/// The sum over bases that have no table; uses the batch adders if the unit has them.
template <class G>
Xyzz<G> sum_of_products(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n,
                        unsigned threads) {
    constexpr std::size_t kFew = 64;
    if (packed::Adders<G>::add == nullptr || n < kFew) return msm(bases, scalars, n, threads);
    const WindowShape shape = WindowShape::choose(n, 0);
    const WindowTable<G> table(bases, n, shape, threads);
    return window_msm(table, Recoding(scalars, n, shape), threads);
}

}  // namespace zkc
