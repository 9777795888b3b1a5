// Whole sums: over bases with a window table, or over bases alone.
#pragma once

#include "msm/msm.hpp"
#include "msm/recoding.hpp"

namespace zkc {

/// The sum over a window table, on up to `threads` threads.
template <class G>
Xyzz<G> window_msm(const WindowTable<G>& table, const Recoding& digits, unsigned threads);

/// The sum over bases that have no table.
template <class G>
Xyzz<G> sum_of_products(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n,
                        unsigned threads);

}  // namespace zkc
